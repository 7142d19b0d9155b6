//! The address of a mail server.

use super::{secret::Secret, values};
use percent_encoding::percent_decode_str;
use std::fmt;
use url::Url;

/// A mail server and how to speak to it. `Debug` leaves the credentials out.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    /// Name or IP address, without brackets.
    pub host: String,
    /// 465 for `smtps://`, 587 for `?tls=required` and 25 on this machine, unless given.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: SmtpTls,
    /// Who signs in there.
    pub credentials: Option<SmtpCredentials>,
}

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// Not at all: only within this machine.
    None,
    /// `STARTTLS` before anything else; a server that does not offer it is not used (RFC 3207).
    Required,
    /// From the first byte (RFC 8314).
    Implicit,
}

/// Who signs in at a mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpCredentials {
    /// Name, percent-decoded. At many providers it is as good as a secret.
    pub user: Secret,
    /// Password, percent-decoded.
    pub password: Secret,
}

impl SmtpUrl {
    /// Reads `smtps://[user:password@]host[:port]`, `smtp://…?tls=required` or, for a server on
    /// this machine, `smtp://localhost[:port]`.
    ///
    /// # Errors
    /// What is expected. Mails hold links that are as good as passwords: without TLS they go to
    /// no other machine.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || {
            "must be smtps://user:password@host[:port], or smtp://…?tls=required for STARTTLS; \
             letters such as @ and / in user and password percent-encoded"
                .to_owned()
        };
        let url = Url::parse(text).map_err(|_| expected())?;
        let bare = matches!(url.path(), "" | "/") && url.fragment().is_none();
        let host = url.host_str().unwrap_or_default();
        if !bare || !is_host(host) || url.port() == Some(0) {
            return Err(expected());
        }
        let (tls, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (SmtpTls::Implicit, 465),
            ("smtp", Some("tls=required")) => (SmtpTls::Required, 587),
            ("smtp", None) if values::is_this_machine(host) => (SmtpTls::None, 25),
            ("smtp", None) => {
                let reason = "smtp:// without TLS is for a server on this machine; \
                              use smtps:// or add ?tls=required";
                return Err(reason.to_owned());
            }
            _ => return Err(expected()),
        };
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            tls,
            credentials: credentials(&url).ok_or_else(expected)?,
        })
    }
}

fn is_host(host: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    !host.is_empty() && host.bytes().all(is_plain)
}

/// Nothing when they can't be read; a user without a password or the reverse is a slip.
fn credentials(url: &Url) -> Option<Option<SmtpCredentials>> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8().ok()?;
        (!text.is_empty() && !text.contains('\0')).then(|| Secret::new(text))
    };
    match (url.username(), url.password()) {
        ("", None) => Some(None),
        (user, Some(password)) => Some(Some(SmtpCredentials {
            user: decoded(user)?,
            password: decoded(password)?,
        })),
        (_, None) => None,
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.tls {
            SmtpTls::Implicit => "smtps",
            SmtpTls::None | SmtpTls::Required => "smtp",
        };
        write!(f, "{scheme}://")?;
        if self.credentials.is_some() {
            f.write_str("[redacted]@")?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)?;
        } else {
            write!(f, "{}:{}", self.host, self.port)?;
        }
        if self.tls == SmtpTls::Required {
            f.write_str("?tls=required")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{SmtpTls, SmtpUrl};

    #[test]
    fn each_kind_of_address_has_its_port_and_shows_no_credentials() {
        for (text, tls, shown) in [
            (
                "smtps://mail.example",
                SmtpTls::Implicit,
                "smtps://mail.example:465",
            ),
            (
                "smtp://ann:hunter2@mail.example/?tls=required",
                SmtpTls::Required,
                "smtp://[redacted]@mail.example:587?tls=required",
            ),
            ("smtp://localhost", SmtpTls::None, "smtp://localhost:25"),
            (
                "smtp://127.0.0.1:1025",
                SmtpTls::None,
                "smtp://127.0.0.1:1025",
            ),
            ("smtp://[::1]:1025", SmtpTls::None, "smtp://[::1]:1025"),
        ] {
            let url = SmtpUrl::parse(text);
            let read = url.as_ref().map(|url| (url.tls, format!("{url:?}")));
            assert_eq!(read, Ok((tls, shown.to_owned())));
        }
    }

    #[test]
    fn credentials_are_percent_decoded() {
        let url = SmtpUrl::parse("smtps://ann%40example.com:p%C3%A4ss%2Fword+1@mail.example");
        let credentials = url.ok().and_then(|url| url.credentials);
        let read = credentials.as_ref();
        let read = read.map(|found| (found.user.expose(), found.password.expose()));
        assert_eq!(read, Some(("ann@example.com", "päss/word+1")));
    }

    #[test]
    fn what_would_show_a_password_or_reach_nobody_is_refused_without_being_quoted() {
        for text in [
            "",
            "mail.example:587",
            "http://ann:hunter2@mail.example",
            "smtp://ann:hunter2@mail.example",
            "smtp://ann:hunter2@10.0.0.1:25",
            "smtp://ann:hunter2@localhost.mail.example",
            "smtp://mail.example?tls=opportunistic",
            "smtps://mail.example?tls=none",
            "smtps://ann@mail.example",
            "smtps://:hunter2@mail.example",
            "smtps://ann:%ff@mail.example",
            "smtps://mail.example/hunter2",
            "smtps://mail.example:0",
            "smtps://",
        ] {
            let reason = SmtpUrl::parse(text).err();
            let reason = reason.unwrap_or_else(|| format!("{text} was taken"));
            assert!(reason.contains("tls=required"), "{text}: {reason}");
            assert!(!reason.contains("hunter2"), "{reason}");
        }
    }
}
