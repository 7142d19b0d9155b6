//! A mail server (RFC 5321).

use super::{Mail, SendError};
use crate::config::{MailFrom, NotifyTimings, SmtpConfig, SmtpCredentials, SmtpTls, SmtpUrl};
use domain::account::Email;
use lettre::{
    Address, Message,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0},
    },
    transport::smtp::{
        Error as SmtpError,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        extension::ClientId,
    },
};
use std::{error::Error as _, time::Duration};
use tokio::time::timeout;

/// How long the server may take over saying goodbye: the mail is its own by then.
const GOODBYE: Duration = Duration::from_secs(2);

/// Sends mails through one server, each over a connection of its own: there are few, and one that
/// is kept open would be closed by the server between them. With TLS it takes certificates that the
/// system trusts, or those that `SSL_CERT_FILE` names.
pub(super) struct SmtpClient {
    url: SmtpUrl,
    credentials: Option<Credentials>,
    tls: TlsParameters,
    from: Mailbox,
    hello: ClientId,
    connect: Duration,
}

impl SmtpClient {
    pub(super) fn new(config: &SmtpConfig, timings: &NotifyTimings) -> Result<Self, SendError> {
        let settings = |reason: &'static str| SendError::Settings(reason.into());
        let tls = TlsParameters::new(config.url.host.clone());
        let MailFrom { name, email } = &config.from;
        let address = address(email).map_err(|_| settings("MAIL_FROM is no address for SMTP"))?;
        let secret = |found: &SmtpCredentials| {
            let (user, password) = (found.user.expose(), found.password.expose());
            Credentials::new(user.to_owned(), password.to_owned())
        };
        Ok(Self {
            tls: tls.map_err(|_| settings("TLS can't be used"))?,
            credentials: config.url.credentials.as_ref().map(secret),
            url: config.url.clone(),
            from: Mailbox::new(name.clone(), address),
            hello: ClientId::default(),
            connect: timings.connect,
        })
    }

    /// The mail as it is sent. Its `Message-ID` is the same for all tries: a server that got it twice after
    /// all can notice.
    pub(super) fn write(&self, mail: &Mail) -> Result<Message, SendError> {
        let to = address(mail.to())?;
        // Not the name of this machine, which is nobody's business.
        let (id, host) = (mail.id(), self.from.email.domain());
        let message = Message::builder()
            .message_id(Some(format!("<{id}@{host}>")))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject())
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .raw_header(automatic());
        let message = match mail.unsubscribe() {
            Some(url) => {
                let [list, one_click] = unsubscribe(url);
                message.raw_header(list).raw_header(one_click)
            }
            None => message,
        };
        message
            .body(mail.text().to_owned())
            .map_err(|_| SendError::Unsendable("it can't be written as RFC 5322 wants it"))
    }

    /// One try, given up after `limit`.
    pub(super) async fn send(&self, message: &Message, limit: Duration) -> Result<(), SendError> {
        let body = message.formatted();
        let handed_over = async {
            let mut connection = self.connect().await?;
            let taken = connection.send(message.envelope(), &body).await;
            taken.map_err(|error| told(&error))?;
            Ok(connection)
        };
        let handed_over = timeout(limit, handed_over).await;
        let mut connection = handed_over.unwrap_or(Err(SendError::Timeout))?;
        // Whatever happens now, the mail must not be sent again.
        let _left_or_not = timeout(GOODBYE, connection.abort()).await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let server = (self.url.host.as_str(), self.url.port);
        let implicit = (self.url.tls == SmtpTls::Implicit).then(|| self.tls.clone());
        let (limit, hello) = (Some(self.connect), &self.hello);
        let connection = AsyncSmtpConnection::connect_tokio1(server, limit, hello, implicit, None);
        let mut connection = connection.await.map_err(|error| told(&error))?;
        if self.url.tls == SmtpTls::Required {
            if !connection.can_starttls() {
                let reason = "the mail server does not offer STARTTLS";
                return Err(SendError::Settings(reason.into()));
            }
            let encrypted = connection.starttls(self.tls.clone(), hello).await;
            encrypted.map_err(|error| told(&error))?;
        }
        if let Some(credentials) = &self.credentials {
            let signed_in = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            signed_in.map_err(|error| told(&error))?;
        }
        Ok(connection)
    }
}

/// Asks for no answer by a machine, such as "I am on holiday" (RFC 3834 §5).
fn automatic() -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    HeaderValue::new(name, "auto-generated".to_owned())
}

/// Where such mails are ended, and that one `POST` does it (RFC 8058 §3.1).
fn unsubscribe(url: &str) -> [HeaderValue; 2] {
    let list = HeaderName::new_from_ascii_str("List-Unsubscribe");
    let post = HeaderName::new_from_ascii_str("List-Unsubscribe-Post");
    [
        HeaderValue::new(list, format!("<{url}>")),
        HeaderValue::new(post, "List-Unsubscribe=One-Click".to_owned()),
    ]
}

fn address(email: &Email) -> Result<Address, SendError> {
    let address = email.as_str().parse();
    address.map_err(|_| SendError::Unsendable("the address is none for SMTP"))
}

fn told(error: &SmtpError) -> SendError {
    if let Some(code) = error.status() {
        let code = u32::from(u16::from(code));
        if error.is_permanent() {
            let reason = if code == 535 || code == 534 {
                ": user or password in SMTP_URL are wrong"
            } else {
                ""
            };
            return SendError::Refused { code, reason };
        }
        return SendError::Temporary { code };
    }
    if error.is_timeout() {
        return SendError::Timeout;
    }
    if error.is_response() {
        return SendError::Unreachable("its answer is not SMTP".into());
    }
    let cause = error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string);
    if error.is_client() {
        return SendError::Settings(cause.into());
    }
    SendError::Unreachable(cause.into())
}

#[cfg(test)]
mod tests;
