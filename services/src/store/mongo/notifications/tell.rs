//! Telling people something, in the transaction of what it is about.

use super::documents::{DeliveryDocument, NotificationDocument};
use crate::store::{
    DeliveryRecord, MOST_DELIVERIES, MOST_NOTIFICATIONS,
    mongo::{
        error::Failure,
        transaction::{IdDocument, mark_all},
        users::UserDocument,
        values::key,
        webhooks::WebhookDocument,
    },
    notifications::deliveries_of,
};
use domain::{UserId, notification::News};
use futures_util::TryStreamExt;
use mongodb::{
    ClientSession, Collection,
    bson::{Uuid, doc},
};
use std::collections::{BTreeMap, BTreeSet};

/// What is written when somebody is told something.
#[derive(Clone)]
pub(in crate::store::mongo) struct Telling {
    pub(super) users: Collection<UserDocument>,
    pub(super) notifications: Collection<NotificationDocument>,
    pub(super) deliveries: Collection<DeliveryDocument>,
    pub(super) webhooks: Collection<WebhookDocument>,
}

impl Telling {
    /// Stores a delivery, unless its webhook is gone; tells whether it did. After the mark on its owner,
    /// which whoever deletes a webhook sets, too.
    pub(in crate::store::mongo) async fn send(
        &self,
        delivery: &DeliveryRecord,
        session: &mut ClientSession,
    ) -> Result<bool, Failure> {
        let stored = self.send_all([delivery.clone()], session).await?;
        Ok(stored == 1)
    }

    /// The same for several at once; tells how many it stored.
    async fn send_all(
        &self,
        deliveries: impl IntoIterator<Item = DeliveryRecord>,
        session: &mut ClientSession,
    ) -> Result<usize, Failure> {
        let documents = deliveries
            .into_iter()
            .map(|delivery| DeliveryDocument::new(&delivery));
        let mut documents = documents.collect::<Result<Vec<_>, _>>()?;
        let wanted: BTreeSet<_> = documents.iter().filter_map(|it| it.webhook).collect();
        let there_are = self.there_are(wanted, session).await?;
        documents.retain(|it| it.webhook.is_none_or(|id| there_are.contains(&id)));
        if documents.is_empty() {
            return Ok(0);
        }
        let insert = self.deliveries.insert_many(&documents);
        insert.session(&mut *session).await?;
        let ways = documents.iter().map(|it| (it.user, it.target.clone()));
        for (user, target) in ways.collect::<BTreeSet<_>>() {
            self.crowd_out(user, &target, session).await?;
        }
        Ok(documents.len())
    }

    /// Those of these webhooks that there are.
    async fn there_are(
        &self,
        wanted: BTreeSet<Uuid>,
        session: &mut ClientSession,
    ) -> Result<BTreeSet<Uuid>, Failure> {
        if wanted.is_empty() {
            return Ok(wanted);
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let webhooks = self.webhooks.clone_with_type::<IdDocument>();
        let find = webhooks.find(doc! { "_id": { "$in": wanted } });
        let find = find.projection(doc! { "_id": 1 });
        let mut found = find.session(&mut *session).await?;
        let found = found.stream(session).map_ok(|found| found.id);
        Ok(found.try_collect().await?)
    }

    /// Keeps the newest on one of somebody's ways.
    async fn crowd_out(
        &self,
        user: Uuid,
        target: &str,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let mut old = doc! { "user": user, "target": target };
        let newest = self.deliveries.find_one(old.clone());
        let crowded = newest.sort(doc! { "_id": -1 }).skip(MOST_DELIVERIES);
        if let Some(crowded) = crowded.session(&mut *session).await? {
            old.insert("_id", doc! { "$lte": crowded.id });
            self.deliveries.delete_many(old).session(session).await?;
        }
        Ok(())
    }

    /// The number of somebody's next notification, after the mark on them: nobody else numbers theirs
    /// meanwhile.
    async fn next_number(&self, user: UserId, session: &mut ClientSession) -> Result<i64, Failure> {
        let last = self.notifications.find_one(doc! { "user": key(user) });
        let last = last.sort(doc! { "sequence": -1 }).session(session).await?;
        Ok(last.map_or(0, |last| last.sequence).saturating_add(1))
    }

    /// Forgets those that are too many when there is one with this number.
    async fn forget(
        &self,
        user: UserId,
        last: i64,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let most = i64::try_from(MOST_NOTIFICATIONS).unwrap_or(i64::MAX);
        if last > most {
            let old = doc! { "user": key(user), "sequence": { "$lte": last - most } };
            self.notifications.delete_many(old).session(session).await?;
        }
        Ok(())
    }
}

/// Numbers notifications and has them sent. Whoever is gone by now is told nothing.
pub(in crate::store::mongo) async fn tell(
    telling: &Telling,
    news: &[&News],
    session: &mut ClientSession,
) -> Result<(), Failure> {
    let mut by_user = BTreeMap::<UserId, Vec<&News>>::new();
    for one in news {
        by_user.entry(one.user).or_default().push(one);
    }
    if by_user.is_empty() {
        return Ok(());
    }
    let users: Vec<_> = by_user.keys().copied().collect();
    let there_are = mark_all(&telling.users, &users, session).await?;
    by_user.retain(|user, _| there_are.contains(&key(*user)));
    let mut documents = Vec::new();
    for (user, news) in &by_user {
        let first = telling.next_number(*user, session).await?;
        for (number, one) in (first..).zip(news) {
            documents.push(NotificationDocument::new(one, number)?);
        }
        let last = first.saturating_add(i64::try_from(news.len()).unwrap_or(i64::MAX)) - 1;
        telling.forget(*user, last, session).await?;
    }
    if documents.is_empty() {
        return Ok(());
    }
    let insert = telling.notifications.insert_many(&documents);
    insert.session(&mut *session).await?;
    let deliveries = by_user.into_values().flatten().flat_map(deliveries_of);
    telling.send_all(deliveries, session).await.map(drop)
}
