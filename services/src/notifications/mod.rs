//! What people are told: on the page, and on the ways they want.
//!
//! What is to be sent lies in the database (`store::Notifications`) since it happened, and is taken from
//! there by whichever process is free. One that dies meanwhile loses it to the next: a message may be sent
//! twice then, with the same id, and is never lost.

mod error;
mod journal;
mod lane;
mod mail;
mod outbox;
mod sms;
mod targets;
mod teller;
mod unsubscribe;

pub use error::NotificationError;
pub(crate) use outbox::CLAIM_FOR;
pub use teller::Teller;
pub(crate) use teller::Ways;
pub use unsubscribe::{ONE_CLICK_PATH, PAGE_PATH, Subscription};

use crate::{
    auth::{Auth, Identity, Visitor, audit::Act},
    clock::Clock,
    config::Config,
    exchange::Exchange,
    market::Background,
    notify::Notifier,
    store::{Store, Which},
    webhooks::Sender,
};
use domain::{
    account::Scope,
    notification::{Notification, PreferenceChange, Preferences},
};
use journal::Follower;
use outbox::Outbox;
use std::{fmt, sync::Arc};
use unsubscribe::Links;

/// A handle on notifications. Cheap to clone.
#[derive(Clone)]
pub struct Notifications(Arc<Parts>);

struct Parts {
    store: Store,
    auth: Auth,
    teller: Teller,
}

impl Notifications {
    /// Starts telling people what happens on the exchange, and sending, in the background.
    #[expect(clippy::too_many_arguments, reason = "each is a handle of its own")]
    pub(crate) fn start(
        config: &Config,
        store: &Store,
        auth: &Auth,
        notifier: &Notifier,
        exchange: &Exchange,
        teller: &Teller,
        sender: Sender,
        background: Background<'_>,
    ) -> Self {
        let follower = Follower {
            store: store.clone(),
            exchange: exchange.clone(),
            teller: teller.clone(),
        };
        let shutdown = background.shutdown.clone();
        background.tasks.spawn(follower.run(shutdown));
        let clock: Clock = config.clock.clone();
        let outbox = Outbox {
            store: store.clone(),
            notifier: notifier.clone(),
            sender,
            clock,
            public_url: config.http.public_url.clone(),
            links: Links {
                auth: auth.clone(),
                public_url: config.http.public_url.clone(),
            },
        };
        let shutdown = background.shutdown.clone();
        background.tasks.spawn(lane::run(outbox, shutdown));
        Self(Arc::new(Parts {
            store: store.clone(),
            auth: auth.clone(),
            teller: teller.clone(),
        }))
    }

    /// Somebody's notifications, the newest first: those before a number, or all; at most `limit`.
    ///
    /// # Errors
    /// [`NotificationError`].
    pub async fn list(
        &self,
        identity: &Identity,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Notification>, NotificationError> {
        require(identity, Scope::Read)?;
        let notifications = &self.0.store.notifications;
        Ok(notifications.list(identity.id(), before, limit).await?)
    }

    /// Those behind a number, the oldest first; at most `limit`.
    ///
    /// # Errors
    /// [`NotificationError`].
    pub async fn since(
        &self,
        identity: &Identity,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Notification>, NotificationError> {
        require(identity, Scope::Read)?;
        let notifications = &self.0.store.notifications;
        Ok(notifications.since(identity.id(), number, limit).await?)
    }

    /// How many were not seen.
    ///
    /// # Errors
    /// [`NotificationError`].
    pub async fn unread(&self, identity: &Identity) -> Result<u64, NotificationError> {
        require(identity, Scope::Read)?;
        Ok(self.0.store.notifications.unread(identity.id()).await?)
    }

    /// Notes that some were seen, and tells how many are left.
    ///
    /// # Errors
    /// [`NotificationError`].
    pub async fn mark_read(
        &self,
        identity: &Identity,
        which: &Which,
    ) -> Result<u64, NotificationError> {
        require(identity, Scope::Trade)?;
        let notifications = &self.0.store.notifications;
        if notifications.mark_read(identity.id(), which).await? > 0 {
            // Other tabs count as well.
            self.0.teller.told([identity.id()].into());
        }
        Ok(notifications.unread(identity.id()).await?)
    }

    /// What somebody wants to be told on which way.
    ///
    /// # Errors
    /// [`NotificationError`].
    pub async fn preferences(&self, identity: &Identity) -> Result<Preferences, NotificationError> {
        require(identity, Scope::Read)?;
        Ok(self
            .0
            .store
            .notifications
            .preferences(identity.id())
            .await?)
    }

    /// Changes that, and writes down what is wanted now.
    ///
    /// # Errors
    /// [`NotificationError`].
    pub async fn change_preferences(
        &self,
        identity: &Identity,
        change: &PreferenceChange,
        visitor: &Visitor,
    ) -> Result<(), NotificationError> {
        require(identity, Scope::Trade)?;
        let notifications = &self.0.store.notifications;
        notifications
            .change_preferences(identity.id(), change)
            .await?;
        let act = Act::own(identity.id(), "notifications_changed").with(said(change));
        Ok(self.0.auth.audit().record(act, Some(visitor)).await?)
    }
}

impl fmt::Debug for Notifications {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifications").finish_non_exhaustive()
    }
}

/// What is wanted now, in a word for the audit log.
fn said(change: &PreferenceChange) -> String {
    let (way, topics) = match change {
        PreferenceChange::Email(topics) => ("by e-mail", topics),
        PreferenceChange::Sms(topics) => ("by text message", topics),
        PreferenceChange::NoEmail(topic) => return format!("no {} by e-mail", topic.as_str()),
    };
    let topics: Vec<_> = topics.iter().map(|topic| topic.as_str()).collect();
    match topics.is_empty() {
        true => format!("nothing {way}"),
        false => format!("{way}: {}", topics.join(", ")),
    }
}

/// Refuses keys without the scope.
fn require(identity: &Identity, scope: Scope) -> Result<(), NotificationError> {
    if identity.may(scope) {
        return Ok(());
    }
    Err(NotificationError::Forbidden(scope.as_str()))
}
