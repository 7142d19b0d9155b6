//! Webhooks: programs that are told, signed, what people are told. What is to be sent lies with everything
//! else that is (`notifications`).

mod error;
mod message;
mod names;
mod reach;
mod sender;
mod view;

pub use error::WebhookError;
pub use names::{Lookup, Names};
pub use reach::Unfit;
pub(crate) use sender::{Failure, Sender};

use crate::{
    auth::{Auth, AuthError, Identity, Visitor, audit::Act, new_secret},
    cache::Cache,
    clock::Clock,
    config::Config,
    notifications::CLAIM_FOR,
    notify::{
        Mail, Notifier,
        messages::{webhook_enabled, webhook_made},
    },
    store::{DeliveryRecord, DeliveryState, Page, Store, StoreError, WebhookRecord},
};
use domain::{
    DeliveryId, NotificationId, WebhookId,
    account::{Email, Scope, Sensitive},
    api::FieldError,
    notification::{Message, Target, Topic},
    portfolio::Note,
    webhook::{Delivery, MOST_WEBHOOKS, NewWebhook, Webhook, WebhookMade},
};
use std::{fmt, sync::Arc, time::Duration};
use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

/// Tests that one person may have sent within [`TESTS_WITHIN`].
const MOST_TESTS: u64 = 10;
const TESTS_WITHIN: Duration = Duration::from_secs(60);

/// A handle on webhooks. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks(Arc<Parts>);

struct Parts {
    store: Store,
    auth: Auth,
    cache: Arc<dyn Cache>,
    clock: Clock,
    sender: Sender,
    notifier: Notifier,
    /// Scheme, host and port people use.
    public_url: String,
}

/// A mail about a webhook: to whom, the public address of this desk, the webhook's host, and when.
type Letter = fn(Email, &str, &str, OffsetDateTime) -> Mail;

impl Webhooks {
    pub(crate) fn new(
        config: &Config,
        store: &Store,
        auth: &Auth,
        cache: &Arc<dyn Cache>,
        sender: Sender,
        notifier: &Notifier,
    ) -> Self {
        Self(Arc::new(Parts {
            store: store.clone(),
            auth: auth.clone(),
            cache: Arc::clone(cache),
            clock: config.clock.clone(),
            sender,
            notifier: notifier.clone(),
            public_url: config.http.public_url.clone(),
        }))
    }

    /// Somebody's webhooks, the newest first.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub async fn list(&self, identity: &Identity) -> Result<Vec<Webhook>, WebhookError> {
        require(identity, Scope::Read)?;
        let found = self.0.store.webhooks.of_user(identity.id()).await?;
        Ok(found.into_iter().map(Webhook::from).collect())
    }

    /// Makes a webhook. Its secret is in this answer only, and its owner gets a mail.
    ///
    /// # Errors
    /// [`WebhookError::Invalid`] with every wrong field, [`WebhookError::Full`].
    pub async fn add(
        &self,
        identity: &Identity,
        new: &NewWebhook,
        visitor: &Visitor,
    ) -> Result<WebhookMade, WebhookError> {
        require(identity, Scope::Trade)?;
        let (id, secret) = (WebhookId::new(Uuid::now_v7()), new_secret());
        let webhook = self.made(identity, new, id, &secret)?;
        let webhooks = &self.0.store.webhooks;
        let present = webhooks.of_user(identity.id()).await?.len();
        if u32::try_from(present).is_ok_and(|present| present >= MOST_WEBHOOKS) {
            return Err(WebhookError::Full);
        }
        // Before it is there: nobody but this answer has its secret.
        let act = Act::own(identity.id(), "webhook_made").with(format!("webhook {id}"));
        self.0.auth.audit().record(act, Some(visitor)).await?;
        match webhooks.insert(&webhook, MOST_WEBHOOKS).await {
            Err(StoreError::Changed) => return Err(AuthError::Unauthenticated.into()),
            // Others were made at the same moment.
            Ok(false) => return Err(WebhookError::Full),
            other => other?,
        };
        self.mail(identity, &webhook, webhook_made);
        Ok(WebhookMade {
            webhook: webhook.into(),
            secret: Sensitive::new(secret),
        })
    }

    fn made(
        &self,
        identity: &Identity,
        new: &NewWebhook,
        id: WebhookId,
        secret: &str,
    ) -> Result<WebhookRecord, WebhookError> {
        let mut wrong = Vec::new();
        let mut refuse = |field: &str, why: String| {
            let field = field.to_owned();
            wrong.push(FieldError {
                field,
                message: why,
            });
        };
        let url = self.0.sender.reach().read(&new.url);
        let url = url.map_err(|why| refuse("url", why.to_string())).ok();
        let topics = new.wanted();
        let topics = topics.map_err(|why| refuse("topics", why.to_owned())).ok();
        let note = Note::parse(new.description.as_deref().unwrap_or_default());
        let note = note
            .map_err(|why| refuse("description", why.to_string()))
            .ok();
        let (Some((url, _)), Some(topics), Some(description)) = (url, topics, note) else {
            return Err(WebhookError::Invalid(wrong));
        };
        Ok(WebhookRecord {
            id,
            user: identity.id(),
            url: url.into(),
            topics,
            description,
            sealed_secret: self.0.auth.sealed(id.uuid(), secret.as_bytes()),
            given_up: 0,
            switched_off_at: None,
            created_at: self.0.clock.now(),
        })
    }

    /// Queues a mail to the owner, if one can be reached: whoever gets into an account could listen from now
    /// on.
    fn mail(&self, identity: &Identity, webhook: &WebhookRecord, letter: Letter) {
        let Some(to) = identity.user.email.clone() else {
            return;
        };
        let url = Url::parse(&webhook.url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        // What becomes of it is logged and counted there.
        let mail = letter(to, &self.0.public_url, host, self.0.clock.now());
        let _taken = self.0.notifier.send_mail(mail);
    }

    /// Deletes a webhook, and what is on its way to it.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`] also for somebody else's.
    pub async fn delete(
        &self,
        identity: &Identity,
        id: WebhookId,
        visitor: &Visitor,
    ) -> Result<(), WebhookError> {
        require(identity, Scope::Trade)?;
        if !self.0.store.webhooks.delete(identity.id(), id).await? {
            return Err(WebhookError::NotFound);
        }
        let act = Act::own(identity.id(), "webhook_deleted").with(format!("webhook {id}"));
        Ok(self.0.auth.audit().record(act, Some(visitor)).await?)
    }

    /// What was sent to a webhook within the last 30 days, the newest first.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`] also for somebody else's.
    pub async fn deliveries(
        &self,
        identity: &Identity,
        id: WebhookId,
        page: Page,
    ) -> Result<Vec<Delivery>, WebhookError> {
        require(identity, Scope::Read)?;
        let webhook = self.kept(identity, id).await?;
        let webhooks = &self.0.store.webhooks;
        let found = webhooks.deliveries(webhook.user, id, page).await?;
        Ok(found.iter().map(Delivery::from).collect())
    }

    /// Sends a test at once, also to a webhook that is switched off: if it arrives, that is switched on
    /// again, and its owner gets a mail. It is tried once.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`] also for somebody else's, [`WebhookError::TooMany`]. That it did not
    /// arrive is none: the answer says so.
    pub async fn test(
        &self,
        identity: &Identity,
        id: WebhookId,
        visitor: &Visitor,
    ) -> Result<Delivery, WebhookError> {
        require(identity, Scope::Trade)?;
        let webhook = self.kept(identity, id).await?;
        let name = format!("ratelimit:webhook-test:{}", identity.id());
        let tests = self.0.cache.increment(&name, TESTS_WITHIN).await;
        let tests = tests.map_err(AuthError::from)?;
        if tests.value > MOST_TESTS {
            return Err(WebhookError::TooMany(tests.expires_in));
        }
        let mut delivery = self.trial(&webhook);
        let begun = self.0.store.webhooks.begin(&delivery).await;
        begun.map_err(missing)?;
        let outcome = self
            .0
            .sender
            .send(&webhook, &delivery, delivery.created_at)
            .await;
        let now = self.0.clock.now();
        delivery.state = match outcome {
            Ok(_) => DeliveryState::Sent(now),
            Err(_) => DeliveryState::Failed(now),
        };
        delivery.note(outcome);
        let finished = self.0.store.notifications.finish(&delivery).await;
        finished.map_err(missing)?;
        let has_arrived = matches!(delivery.state, DeliveryState::Sent(_));
        if has_arrived && webhook.switched_off_at.is_some() {
            self.mail(identity, &webhook, webhook_enabled);
            let act = Act::own(identity.id(), "webhook_enabled").with(format!("webhook {id}"));
            self.0.auth.audit().record(act, Some(visitor)).await?;
        }
        Ok(Delivery::from(&delivery))
    }

    /// A test as if it had been claimed by somebody: whoever dies meanwhile loses it to the next.
    fn trial(&self, webhook: &WebhookRecord) -> DeliveryRecord {
        let now = self.0.clock.now();
        DeliveryRecord {
            id: DeliveryId::new(Uuid::now_v7()),
            user: webhook.user,
            notification: NotificationId::new(Uuid::now_v7()),
            message: Message {
                topic: Topic::Test,
                title: "A test".to_owned(),
                text: "Somebody wants to see whether this webhook works.".to_owned(),
                link: Some("/settings/webhooks".to_owned()),
                created_at: now,
            },
            target: Target::Webhook(webhook.id),
            tries: 1,
            state: DeliveryState::Due(now + CLAIM_FOR),
            error: None,
            http_status: None,
            created_at: now,
        }
    }

    async fn kept(
        &self,
        identity: &Identity,
        id: WebhookId,
    ) -> Result<WebhookRecord, WebhookError> {
        let found = self.0.store.webhooks.get(identity.id(), id).await?;
        found.ok_or(WebhookError::NotFound)
    }
}

/// A webhook that was deleted meanwhile is there no more.
fn missing(error: StoreError) -> WebhookError {
    match error {
        StoreError::Changed => WebhookError::NotFound,
        error => error.into(),
    }
}

impl DeliveryRecord {
    /// Keeps what came of a try.
    pub(crate) fn note(&mut self, outcome: Result<u16, Failure>) {
        self.http_status = match outcome {
            Ok(status) => Some(status),
            Err(failure) => failure.status(),
        };
        self.error = outcome.err().map(|failure| failure.to_string());
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").finish_non_exhaustive()
    }
}

/// Refuses keys without the scope.
fn require(identity: &Identity, scope: Scope) -> Result<(), WebhookError> {
    if identity.may(scope) {
        return Ok(());
    }
    Err(WebhookError::Forbidden(scope.as_str()))
}
