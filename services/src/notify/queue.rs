//! Messages on their way.

use super::{
    DevMailbox, Mail, SendError, Sms,
    deliver::{Message, Prepared, Ways},
};
use crate::{
    config::{NotifyConfig, NotifyTimings},
    market::backoff::Backoff,
};
use std::{fmt, path::Path, sync::Arc};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Connections at a time: enough that one that hangs holds nothing up, few enough for any server.
const LANES: usize = 4;

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
#[error("SMTP_URL, MAIL_FROM or TWILIO_URL: {0}")]
pub struct NotifyStartError(#[from] SendError);

/// Sends mails and text messages in the background. Cheap to clone.
#[derive(Clone)]
pub struct Notifier {
    inner: Arc<Inner>,
}

struct Inner {
    ways: Ways,
    timings: NotifyTimings,
    /// A permit a message, from its being taken to its end.
    room: Arc<Semaphore>,
    /// First come, first served.
    lanes: Semaphore,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

/// How a message ended.
#[derive(Debug)]
enum Outcome {
    Sent,
    /// Another try would end alike.
    Refused(SendError),
    /// No try was left.
    Failed(SendError),
}

impl Notifier {
    /// Opens the ways that `config` names. `tasks` counts messages on their way; when `shutdown` is
    /// cancelled each gets one last try, within [`NotifyTimings::shutdown`].
    ///
    /// # Errors
    /// [`NotifyStartError`] when a setting can't be used. No server is waited for.
    pub fn start(
        config: &NotifyConfig,
        data_dir: &Path,
        tasks: &TaskTracker,
        shutdown: &CancellationToken,
    ) -> Result<Self, NotifyStartError> {
        let inner = Inner {
            ways: Ways::open(config, data_dir)?,
            timings: config.timings,
            room: Arc::new(Semaphore::new(config.timings.capacity)),
            lanes: Semaphore::new(LANES),
            tasks: tasks.clone(),
            shutdown: shutdown.clone(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Takes a mail and returns at once; `false` when too many are waiting or the server stops.
    /// Whether it arrives is told by the log and by `cryptovault_mail_total`.
    ///
    /// Must be called within a Tokio runtime.
    pub fn send_mail(&self, mail: Mail) -> bool {
        self.take(Message::Mail(mail))
    }

    /// Takes a text message, like [`Notifier::send_mail`].
    pub fn send_sms(&self, sms: Sms) -> bool {
        self.take(Message::Sms(sms))
    }

    /// Tries once to deliver a mail, and waits for that. For what is kept elsewhere until it has arrived.
    ///
    /// # Errors
    /// [`SendError`] when it has not.
    pub(crate) async fn deliver_mail(&self, mail: Mail) -> Result<(), SendError> {
        self.deliver_once(Message::Mail(mail)).await
    }

    /// Tries once to deliver a text message, like [`Notifier::deliver_mail`].
    ///
    /// # Errors
    /// [`SendError`] when it has not arrived.
    pub(crate) async fn deliver_sms(&self, sms: Sms) -> Result<(), SendError> {
        self.deliver_once(Message::Sms(sms)).await
    }

    async fn deliver_once(&self, message: Message) -> Result<(), SendError> {
        let kind = message.kind();
        let prepared = self.inner.ways.prepare(message)?;
        let outcome = self.inner.attempt(&prepared).await;
        count(kind, if outcome.is_ok() { "sent" } else { "failed" });
        outcome
    }

    /// Whether a mail would go anywhere.
    #[must_use]
    pub fn has_mail(&self) -> bool {
        self.inner.ways.has_mail()
    }

    /// Whether a text message would go anywhere.
    #[must_use]
    pub fn has_sms(&self) -> bool {
        self.inner.ways.has_sms()
    }

    /// Messages on their way, and how many there may be.
    #[must_use]
    pub fn on_their_way(&self) -> (usize, usize) {
        let capacity = self.inner.timings.capacity;
        let free = self.inner.room.available_permits();
        (capacity.saturating_sub(free), capacity)
    }

    /// Where messages without a server go in development.
    #[must_use]
    pub fn mailbox(&self) -> Option<&DevMailbox> {
        self.inner.ways.mailbox.as_ref()
    }

    fn take(&self, message: Message) -> bool {
        let kind = message.kind();
        if self.inner.shutdown.is_cancelled() {
            count(kind, "abandoned");
            tracing::error!(kind, "a message came after the server was told to stop");
            return false;
        }
        let Ok(place) = Arc::clone(&self.inner.room).try_acquire_owned() else {
            count(kind, "overflow");
            tracing::error!(kind, "a message was not sent: too many are waiting");
            return false;
        };
        let inner = Arc::clone(&self.inner);
        self.inner
            .tasks
            .spawn(async move { inner.see_off(message, place).await });
        true
    }
}

impl Inner {
    async fn see_off(&self, message: Message, _place: OwnedSemaphorePermit) {
        let (kind, to) = (message.kind(), message.masked_address());
        let given_up = async {
            self.shutdown.cancelled().await;
            sleep(self.timings.shutdown).await;
        };
        let outcome = tokio::select! {
            outcome = self.deliver(message, &to) => outcome,
            () = given_up => {
                count(kind, "abandoned");
                tracing::error!(kind, to, "a message was not sent before the server stopped");
                return;
            }
        };
        match outcome {
            Outcome::Sent => count(kind, "sent"),
            Outcome::Refused(reason) => {
                count(kind, "refused");
                tracing::error!(kind, to, %reason, "a message can't be sent");
            }
            Outcome::Failed(reason) => {
                count(kind, "failed");
                tracing::error!(kind, to, %reason, "a message was given up");
            }
        }
    }

    async fn deliver(&self, message: Message, to: &str) -> Outcome {
        let kind = message.kind();
        let prepared = match self.ways.prepare(message) {
            Ok(prepared) => prepared,
            Err(reason) => return Outcome::Refused(reason),
        };
        let mut backoff = Backoff::new(self.timings.backoff, self.timings.backoff_max);
        let mut tries_left = self.timings.tries;
        loop {
            let stopping = self.shutdown.is_cancelled();
            let reason = match self.attempt(&prepared).await {
                Ok(()) => return Outcome::Sent,
                Err(reason) if reason.is_permanent() => return Outcome::Refused(reason),
                Err(reason) => reason,
            };
            tries_left = tries_left.saturating_sub(1);
            if tries_left == 0 || stopping {
                return Outcome::Failed(reason);
            }
            count(kind, "retried");
            tracing::warn!(kind, to, %reason, tries_left, "a message will be tried again");
            // The last try of a server that stops does not wait.
            let _waited_or_stopped = self
                .shutdown
                .run_until_cancelled(sleep(backoff.wait()))
                .await;
        }
    }

    async fn attempt(&self, prepared: &Prepared<'_>) -> Result<(), SendError> {
        // Never closed.
        let _lane = self
            .lanes
            .acquire()
            .await
            .map_err(|_| SendError::NoServer)?;
        prepared.send(self.timings.delivery).await
    }
}

fn count(kind: &'static str, outcome: &'static str) {
    let name = match kind {
        "mail" => "cryptovault_mail_total",
        _ => "cryptovault_sms_total",
    };
    metrics::counter!(name, "outcome" => outcome).increment(1);
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier")
            .field("has_mail", &self.has_mail())
            .field("has_sms", &self.has_sms())
            .finish_non_exhaustive()
    }
}
