//! Tells people something.

use super::targets::targets;
use crate::{
    store::{Store, StoreError},
    watchers::Watchers,
};
use domain::{
    NotificationId, UserId,
    notification::{Message, News, Target, Topic},
};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Puts down what people are told. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Teller {
    store: Store,
    watchers: Watchers,
}

/// On which ways people want to be told, each looked up once.
#[derive(Debug, Default)]
pub(crate) struct Ways(HashMap<(UserId, Topic), Vec<Target>>);

impl Teller {
    /// Wakes those who watch by `watchers`.
    #[must_use]
    pub const fn new(store: Store, watchers: Watchers) -> Self {
        Self { store, watchers }
    }

    /// Tells somebody something, on every way on which they want to be told.
    ///
    /// # Errors
    /// When the database fails: then they are told nothing.
    pub(crate) async fn tell(&self, user: UserId, message: Message) -> Result<(), StoreError> {
        let news = self.news(user, message, &mut Ways::default()).await?;
        self.store.notifications.tell(&[news]).await?;
        self.told([user].into());
        Ok(())
    }

    /// What somebody is to be told, with the ways on which they want to be.
    pub(crate) async fn news(
        &self,
        user: UserId,
        message: Message,
        ways: &mut Ways,
    ) -> Result<News, StoreError> {
        let topic = message.topic;
        if !ways.0.contains_key(&(user, topic)) {
            self.look_up([user], topic, ways).await?;
        }
        let targets = ways.0.get(&(user, topic)).cloned().unwrap_or_default();
        Ok(News {
            id: NotificationId::new(Uuid::now_v7()),
            user,
            message,
            targets,
        })
    }

    /// Looks up the ways of all of these at once: whoever tells many does so before.
    pub(crate) async fn look_up(
        &self,
        users: impl IntoIterator<Item = UserId>,
        topic: Topic,
        ways: &mut Ways,
    ) -> Result<(), StoreError> {
        let unknown = users.into_iter();
        let unknown = unknown.filter(|user| !ways.0.contains_key(&(*user, topic)));
        let unknown: BTreeSet<_> = unknown.collect();
        let found = targets(&self.store, unknown, topic).await?;
        let found = found.into_iter();
        ways.0
            .extend(found.map(|(user, targets)| ((user, topic), targets)));
        Ok(())
    }

    /// These users were told something: whoever watches may look.
    pub(crate) fn told(&self, users: BTreeSet<UserId>) {
        self.watchers.tell(users);
    }
}
