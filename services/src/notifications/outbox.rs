//! Sends what lies in the database to be sent.

use super::mail;
use crate::{
    clock::Clock,
    notify::{Notifier, SendError},
    store::{DeliveryRecord, DeliveryState, Store, StoreError},
};
use domain::notification::Target;
use futures_util::future::join_all;
use time::{Duration, OffsetDateTime};
use tokio_util::sync::CancellationToken;

/// Between two looks.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(500);
/// What was taken and not finished in this time is somebody else's: longer than any try takes.
const CLAIM_FOR: Duration = Duration::minutes(2);
/// Messages that are sent at a time.
const TOGETHER: u32 = 16;
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

/// The task that sends.
pub(super) struct Outbox {
    pub(super) store: Store,
    pub(super) notifier: Notifier,
    pub(super) clock: Clock,
    /// Scheme, host and port people use.
    pub(super) public_url: String,
}

/// Why one try failed.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("there is no verified address")]
    NoAddress,
    #[error(transparent)]
    Send(#[from] SendError),
    #[error("the database does not answer")]
    Store(#[from] StoreError),
}

impl Outbox {
    /// Sends until `shutdown`. What is being sent then comes to its end, or is tried again by the next
    /// process.
    pub(super) async fn run(self, shutdown: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = looks.tick() => {}
            }
            while !shutdown.is_cancelled() {
                match self.send_some().await {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "what is to be sent can't be read");
                        break;
                    }
                }
            }
        }
    }

    /// Sends what is due, and tells how much that was.
    async fn send_some(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let notifications = &self.store.notifications;
        let claimed = notifications.claim(now, now + CLAIM_FOR, TOGETHER).await?;
        let count = claimed.len();
        join_all(claimed.into_iter().map(|delivery| self.see_off(delivery))).await;
        Ok(count)
    }

    async fn see_off(&self, mut delivery: DeliveryRecord) {
        let outcome = self.send(&delivery).await;
        let now = self.clock.now();
        delivery.state = match &outcome {
            Ok(()) => DeliveryState::Sent(now),
            Err(error) if error.is_final() => DeliveryState::Failed(now),
            Err(_) => next(&delivery, now),
        };
        delivery.error = outcome.err().map(|error| error.to_string());
        if let Some(error) = &delivery.error {
            let (id, tries) = (delivery.id, delivery.tries);
            tracing::warn!(%id, tries, error, "a notification was not sent");
        }
        if let Err(error) = self.store.notifications.finish(&delivery).await {
            tracing::warn!(%error, "that a notification was sent can't be noted");
        }
    }

    async fn send(&self, delivery: &DeliveryRecord) -> Result<(), Failed> {
        match delivery.target {
            Target::Email => {
                let user = self.store.users.by_id(delivery.user).await?;
                let user = user.filter(|user| user.email_verified);
                let address = user.and_then(|user| user.email);
                let address = address.ok_or(Failed::NoAddress)?;
                let mail = mail::written(address, &self.public_url, delivery);
                Ok(self.notifier.deliver_mail(mail).await?)
            }
        }
    }
}

impl Failed {
    /// Whether another try would end alike.
    const fn is_final(&self) -> bool {
        match self {
            Self::NoAddress => true,
            Self::Send(error) => error.is_permanent(),
            Self::Store(_) => false,
        }
    }
}

/// When it is tried again, if it is.
fn next(delivery: &DeliveryRecord, now: OffsetDateTime) -> DeliveryState {
    let failed = usize::try_from(delivery.tries).unwrap_or(usize::MAX);
    let wait = WAITS.get(failed.saturating_sub(1)).or(WAITS.last());
    let at = now + wait.copied().unwrap_or(GIVE_UP_AFTER);
    if at > delivery.created_at + GIVE_UP_AFTER {
        return DeliveryState::Failed(now);
    }
    DeliveryState::Due(at)
}
