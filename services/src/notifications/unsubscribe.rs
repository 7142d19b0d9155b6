//! Ending mails of a kind by the link in one of them, by whoever has the mail and without signing in.
//!
//! The link holds whose mails of what it ends, sealed: nobody but us can read or make it, and it is good
//! for nothing else. It does not expire, because mails are kept for long and nothing but fewer mails comes
//! of it; but it ends with the secret behind the one before the present one.
//!
//! Sources: RFC 2369 §3.2, RFC 8058.

use super::{NotificationError, Notifications};
use crate::{
    auth::{Auth, Identity, Visitor, audit::Act},
    notify::Mail,
    store::StoreError,
};
use domain::{
    UserId,
    notification::{PreferenceChange, Topic},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

/// Where mail programs end mails by one `POST` (RFC 8058), without anything that a browser adds.
pub const ONE_CLICK_PATH: &str = "/unsubscribe";
/// The page that asks first.
pub const PAGE_PATH: &str = "/auth/unsubscribe";

/// What a link ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    /// Mails of this.
    pub topic: Topic,
    /// Whether they are still sent.
    pub is_on: bool,
}

/// Makes links.
pub(super) struct Links {
    pub(super) auth: Auth,
    /// Scheme, host and port people use.
    pub(super) public_url: String,
}

impl Links {
    /// The link to the page, and the one for mail programs.
    pub(super) fn of(&self, user: UserId, topic: Topic) -> Link {
        let base = self.public_url.trim_end_matches('/');
        let token = self.auth.sealed_link(&content(user, topic));
        let token = utf8_percent_encode(&token, NON_ALPHANUMERIC);
        Link {
            page: format!("{base}{PAGE_PATH}?token={token}"),
            one_click: format!("{base}{ONE_CLICK_PATH}?token={token}"),
        }
    }
}

/// How mails of a kind are ended.
pub(super) struct Link {
    pub(super) page: String,
    one_click: String,
}

impl Link {
    /// The mail with what mail programs need for a button of their own.
    pub(super) fn put_into(self, mail: Mail) -> Mail {
        mail.unsubscribed_at(self.one_click)
    }
}

impl Notifications {
    /// What a link ends. `asker` is who is signed in, if anybody is.
    ///
    /// # Errors
    /// [`NotificationError::NoLink`] for a text that is no link of ours, [`NotificationError::OtherAccount`]
    /// when somebody else is signed in.
    pub async fn subscription(
        &self,
        token: &str,
        asker: Option<&Identity>,
    ) -> Result<Subscription, NotificationError> {
        let (user, topic) = self.read(token, asker)?;
        let is_on = self.is_mailed(user, topic).await?;
        Ok(Subscription { topic, is_on })
    }

    /// Ends these mails; again changes nothing more.
    ///
    /// # Errors
    /// As [`Self::subscription`], and [`NotificationError::NoLink`] when the account is gone.
    pub async fn unsubscribe(
        &self,
        token: &str,
        asker: Option<&Identity>,
        visitor: &Visitor,
    ) -> Result<Topic, NotificationError> {
        let (user, topic) = self.read(token, asker)?;
        if !self.is_mailed(user, topic).await? {
            return Ok(topic);
        }
        let change = PreferenceChange::NoEmail(topic);
        let changed = self.0.store.notifications.change_preferences(user, &change);
        match changed.await {
            Err(StoreError::Changed) => return Err(NotificationError::NoLink),
            changed => changed?,
        }
        let act = Act {
            actor: None,
            action: "mails_ended",
            subject: Some(user.to_string()),
            detail: topic.as_str().to_owned(),
        };
        self.0.auth.audit().record(act, Some(visitor)).await?;
        Ok(topic)
    }

    async fn is_mailed(&self, user: UserId, topic: Topic) -> Result<bool, StoreError> {
        let preferences = self.0.store.notifications.preferences(user).await?;
        Ok(preferences.email.contains(&topic))
    }

    fn read(
        &self,
        token: &str,
        asker: Option<&Identity>,
    ) -> Result<(UserId, Topic), NotificationError> {
        let opened = self.0.auth.opened_link(token);
        let (user, topic) = opened
            .and_then(|content| parsed(&content))
            .ok_or(NotificationError::NoLink)?;
        match asker.is_some_and(|asker| asker.id() != user) {
            true => Err(NotificationError::OtherAccount),
            false => Ok((user, topic)),
        }
    }
}

/// Always of the same length, so that none tells what it is about.
fn content(user: UserId, topic: Topic) -> [u8; 17] {
    let mut content = [code(topic); 17];
    content[1..].copy_from_slice(user.uuid().as_bytes());
    content
}

fn parsed(content: &[u8]) -> Option<(UserId, Topic)> {
    let (first, user) = content.split_first()?;
    let mut topics = Topic::ALL.into_iter();
    let topic = topics.find(|topic| code(*topic) == *first)?;
    Some((UserId::new(Uuid::from_slice(user).ok()?), topic))
}

/// Stands in mails that were sent: never changed.
const fn code(topic: Topic) -> u8 {
    match topic {
        Topic::Alert => 1,
        Topic::Fill => 2,
        Topic::Stop => 3,
        Topic::Withdrawal => 4,
        Topic::SignIn => 5,
        Topic::Test => 6,
    }
}
