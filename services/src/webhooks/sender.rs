//! Sends a message to a webhook: one try.

use super::{
    message,
    names::Names,
    reach::{Checked, NoWay, Reach, Transport, Unfit},
};
use crate::{
    auth::{
        Auth,
        keys::{hex, mac},
    },
    config::{Config, WebhookConfig},
    store::{DeliveryRecord, WebhookRecord},
};
use reqwest::{Client, StatusCode, header, redirect::Policy};
use std::{error::Error, io, sync::Arc};
use time::OffsetDateTime;

/// A handle on what sends. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sender(Arc<Parts>);

struct Parts {
    secure: Client,
    plain: Client,
    reach: Arc<Reach>,
    auth: Auth,
    /// Scheme, host and port people use.
    public_url: String,
}

/// Why one try failed. Holds nothing that the receiver has said but its status, and no address: its owner
/// reads it, and it may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the receiver answered {0}{hint}", hint = if (300..400).contains(.0) { ", and redirects are not followed" } else { "" })]
    Status(u16),
    #[error("the receiver did not answer in time")]
    Timeout,
    #[error("its URL {0}")]
    Unfit(Unfit),
    #[error("its host can't be found")]
    Unknown,
    #[error("the receiver's certificate is not valid for it")]
    Certificate,
    #[error("the receiver can't be reached")]
    Unreachable,
    #[error("the receiver broke the connection off")]
    Broken,
    #[error("its secret can't be read any more: please make a new webhook")]
    Secret,
}

impl Failure {
    /// Whether another try would end alike: the receiver says that it is gone for good.
    pub(crate) const fn is_final(self) -> bool {
        matches!(self, Self::Status(410) | Self::Secret)
    }

    /// The receiver's answer, if it gave one.
    pub(crate) const fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }
}

impl Sender {
    pub(crate) fn new(config: &Config, auth: &Auth) -> Result<Self, reqwest::Error> {
        crate::tls::install();
        let reach = Arc::new(Reach::new(&config.webhooks));
        let client = |transport| client(&config.webhooks, Arc::clone(&reach), transport);
        Ok(Self(Arc::new(Parts {
            secure: client(Transport::Tls)?,
            plain: client(Transport::Plain)?,
            auth: auth.clone(),
            public_url: config.http.public_url.clone(),
            reach,
        })))
    }

    pub(super) fn reach(&self) -> &Reach {
        &self.0.reach
    }

    /// One try; the status with which the receiver has taken it.
    pub(crate) async fn send(
        &self,
        webhook: &WebhookRecord,
        delivery: &DeliveryRecord,
        now: OffsetDateTime,
    ) -> Result<u16, Failure> {
        // What was allowed when it was made may not be any more.
        let (url, transport) = self.0.reach.read(&webhook.url).map_err(Failure::Unfit)?;
        let secret = self
            .0
            .auth
            .opened(webhook.id.uuid(), &webhook.sealed_secret);
        let secret = secret.ok_or(Failure::Secret)?.content;
        let body = message::written(delivery, &self.0.public_url);
        let timestamp = now.unix_timestamp().to_string();
        let signature = hex(&mac(
            &secret,
            &[timestamp.as_bytes(), b".", body.as_bytes()],
        ));
        let client = match transport {
            Transport::Tls => &self.0.secure,
            Transport::Plain => &self.0.plain,
        };
        let request = client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-delivery-id", delivery.id.to_string())
            .header("x-timestamp", timestamp)
            .header("x-signature", format!("sha256={signature}"))
            .body(body);
        // Of the answer nothing is read but its head: what stands in it is nobody's business.
        let answer = request.send().await.map_err(|error| told(&error))?;
        taken(answer.status())
    }
}

fn taken(status: StatusCode) -> Result<u16, Failure> {
    match status.is_success() {
        true => Ok(status.as_u16()),
        false => Err(Failure::Status(status.as_u16())),
    }
}

fn client(
    config: &WebhookConfig,
    reach: Arc<Reach>,
    transport: Transport,
) -> Result<Client, reqwest::Error> {
    let names: Names = config.names.clone();
    let checked = Checked {
        names,
        reach,
        transport,
    };
    Client::builder()
        .dns_resolver(Arc::new(checked))
        // It would connect in our place, to whatever it finds.
        .no_proxy()
        .redirect(Policy::none())
        // Every try looks up and checks anew.
        .pool_max_idle_per_host(0)
        .no_gzip()
        .timeout(config.time_limit)
        .https_only(transport == Transport::Tls)
        .user_agent(concat!("cryptovault/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// What became of a try that has no answer.
fn told(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::Timeout;
    }
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        match error.downcast_ref::<NoWay>() {
            Some(NoWay::Unknown) => return Failure::Unknown,
            Some(NoWay::Unfit(why)) => return Failure::Unfit(*why),
            None => {}
        }
        if error.downcast_ref::<io::Error>().is_some_and(is_of_tls) {
            return Failure::Certificate;
        }
        cause = error.source();
    }
    match error.is_connect() {
        true => Failure::Unreachable,
        false => Failure::Broken,
    }
}

/// Whether there is no trust. An error of reading and writing does not name the one within it as its source.
fn is_of_tls(error: &io::Error) -> bool {
    let Some(within) = error.get_ref() else {
        return false;
    };
    within.is::<rustls::Error>() || within.downcast_ref::<io::Error>().is_some_and(is_of_tls)
}
