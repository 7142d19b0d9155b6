//! Sends what lies in the database to be sent.

use super::{mail, sms, unsubscribe::Links};
use crate::{
    auth::AuthError,
    clock::Clock,
    notify::{Notifier, SendError},
    store::{DeliveryRecord, DeliveryState, Store, StoreError},
    webhooks::{Failure, Sender},
};
use domain::{
    WebhookId,
    account::{PhoneNumber, Role},
    notification::{Target, Topic},
};
use time::{Duration, OffsetDateTime};

/// What was taken and not finished in this time is somebody else's: longer than any try takes.
pub(crate) const CLAIM_FOR: Duration = Duration::minutes(2);
/// After the first, second, … try that failed; then every eight hours.
const WAITS: [Duration; 8] = [
    Duration::seconds(15),
    Duration::minutes(1),
    Duration::minutes(5),
    Duration::minutes(15),
    Duration::hours(1),
    Duration::hours(2),
    Duration::hours(4),
    Duration::hours(8),
];
/// What could not be sent for so long is given up.
const GIVE_UP_AFTER: Duration = Duration::hours(24);

/// What sends needs.
pub(super) struct Outbox {
    pub(super) store: Store,
    pub(super) notifier: Notifier,
    pub(super) sender: Sender,
    pub(super) clock: Clock,
    /// Scheme, host and port people use.
    pub(super) public_url: String,
    pub(super) links: Links,
}

/// Why one try failed.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("the account is suspended or gone")]
    NoAccount,
    #[error("there is no verified address")]
    NoAddress,
    #[error("there is no verified telephone number")]
    NoNumber,
    #[error("as many text messages as there may be in a day were sent")]
    TooManyTexts,
    #[error("the texts of the day can't be counted")]
    Count(#[from] AuthError),
    #[error("the webhook is gone")]
    NoWebhook,
    #[error("the webhook is switched off")]
    SwitchedOff,
    #[error(transparent)]
    Webhook(Failure),
    #[error(transparent)]
    Send(#[from] SendError),
    #[error("the database does not answer")]
    Store(#[from] StoreError),
}

impl Outbox {
    /// Sends it, and notes what came of that.
    pub(super) async fn see_off(&self, mut delivery: DeliveryRecord) {
        let outcome = self.send(&mut delivery).await;
        let now = self.clock.now();
        delivery.state = match &outcome {
            Ok(()) => DeliveryState::Sent(now),
            Err(error) if error.is_final() => DeliveryState::Failed(now),
            Err(_) => next(&delivery, now),
        };
        count(&delivery, outcome.as_ref().err());
        delivery.error = outcome.err().map(|error| error.to_string());
        if let Err(error) = self.store.notifications.finish(&delivery).await {
            tracing::warn!(%error, "that a notification was sent can't be noted");
        }
    }

    async fn send(&self, delivery: &mut DeliveryRecord) -> Result<(), Failed> {
        let owner = self.store.users.by_id(delivery.user).await?;
        let owner = owner.filter(|owner| owner.role != Role::Suspended);
        let owner = owner.ok_or(Failed::NoAccount)?;
        match delivery.target {
            Target::Email => {
                let address = owner.email.filter(|_| owner.email_verified);
                let address = address.ok_or(Failed::NoAddress)?;
                let link = self.links.of(delivery.user, delivery.message.topic);
                let mail = mail::written(address, &self.public_url, delivery, link);
                Ok(self.notifier.deliver_mail(mail).await?)
            }
            Target::Sms => self.text(owner.phone, delivery).await,
            Target::Webhook(id) => self.call(id, delivery).await,
        }
    }

    async fn text(
        &self,
        number: Option<PhoneNumber>,
        delivery: &DeliveryRecord,
    ) -> Result<(), Failed> {
        let number = number.ok_or(Failed::NoNumber)?;
        // Another try is the same message.
        if delivery.tries == 1 && !self.links.auth.may_text(delivery.user).await? {
            return Err(Failed::TooManyTexts);
        }
        let sms = sms::written(number, &self.public_url, &delivery.message);
        Ok(self.notifier.deliver_sms(sms).await?)
    }

    async fn call(&self, id: WebhookId, delivery: &mut DeliveryRecord) -> Result<(), Failed> {
        let webhook = self.store.webhooks.get(delivery.user, id).await?;
        let webhook = webhook.ok_or(Failed::NoWebhook)?;
        let is_test = delivery.message.topic == Topic::Test;
        if webhook.switched_off_at.is_some() && !is_test {
            return Err(Failed::SwitchedOff);
        }
        let outcome = self.sender.send(&webhook, delivery, self.clock.now()).await;
        delivery.note(outcome);
        outcome.map(drop).map_err(Failed::Webhook)
    }
}

impl Failed {
    /// Whether another try would end alike.
    const fn is_final(&self) -> bool {
        match self {
            Self::Webhook(failure) => failure.is_final(),
            Self::Send(error) => error.is_permanent(),
            Self::Store(_) | Self::Count(_) => false,
            own => own.is_of_owner(),
        }
    }

    /// Whether whoever was to be told has it so: nothing of the operator's has failed.
    const fn is_of_owner(&self) -> bool {
        matches!(
            self,
            Self::NoAccount
                | Self::NoAddress
                | Self::NoNumber
                | Self::TooManyTexts
                | Self::NoWebhook
                | Self::SwitchedOff
        )
    }
}

/// Tells operators what came of a try.
fn count(delivery: &DeliveryRecord, error: Option<&Failed>) {
    let channel = match delivery.target {
        Target::Email => "email",
        Target::Sms => "sms",
        Target::Webhook(_) => "webhook",
    };
    let outcome = match (delivery.state, error) {
        (_, Some(error)) if error.is_of_owner() => "dropped",
        (DeliveryState::Sent(_), _) => "sent",
        (DeliveryState::Due(_), _) => "retried",
        (DeliveryState::Failed(_), _) => "given_up",
    };
    let labels = [("channel", channel), ("outcome", outcome)];
    metrics::counter!("cryptovault_deliveries_total", &labels).increment(1);
    let (id, tries) = (delivery.id, delivery.tries);
    match error {
        None => {}
        Some(error) if error.is_of_owner() => {
            tracing::debug!(%id, tries, %error, "a notification was dropped");
        }
        Some(error) => tracing::warn!(%id, tries, %error, "a notification was not sent"),
    }
}

/// When it is tried again, if it is.
fn next(delivery: &DeliveryRecord, now: OffsetDateTime) -> DeliveryState {
    let failed = usize::try_from(delivery.tries).unwrap_or(usize::MAX);
    let wait = WAITS.get(failed.saturating_sub(1)).or(WAITS.last());
    let at = now + wait.copied().unwrap_or(GIVE_UP_AFTER);
    let is_test = delivery.message.topic == Topic::Test;
    if is_test || at > delivery.created_at + GIVE_UP_AFTER {
        return DeliveryState::Failed(now);
    }
    DeliveryState::Due(at)
}
