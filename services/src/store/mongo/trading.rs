//! Looking for what the journal has led to.

use super::{
    MongoStore,
    values::{key, micros, signed, stored, uuid},
};
use crate::store::{
    AccountChanges, OrderFilter, Owned, Page, StoreError, Trading, TransactionFilter,
    json::{read, word},
};
use async_trait::async_trait;
use domain::{
    UserId,
    exchange::{
        Pair,
        id::{OrderId, TradeId, TransactionId, TransferId},
    },
    trading::{Balance, Fill, Order, Transaction, Withdrawal, WithdrawalStatus},
};
use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{Bson, Document, doc},
};
use serde::de::DeserializeOwned;
use std::ops::RangeInclusive;
use uuid::Uuid;

pub(super) fn body<T: DeserializeOwned>(document: &Document) -> Result<T, StoreError> {
    let body = document.get_str("body");
    read(body.map_err(|error| StoreError::Corrupt(error.to_string()))?)
}

fn owned<T: DeserializeOwned>(document: &Document) -> Result<Owned<T>, StoreError> {
    let user = match document.get("user") {
        Some(Bson::Binary(binary)) => binary.to_uuid().ok(),
        _ => None,
    };
    let user = user.ok_or_else(|| StoreError::Corrupt("a document of nobody".to_owned()))?;
    Ok(Owned {
        user: UserId::new(uuid(user)),
        value: body(document)?,
    })
}

fn of_user(user: UserId) -> Document {
    doc! { "user": key(user) }
}

impl MongoStore {
    pub(super) async fn documents(
        &self,
        collection: &Collection<Document>,
        filter: Document,
        sort: Document,
        limit: Option<u32>,
    ) -> Result<Vec<Document>, StoreError> {
        // To MongoDB 0 means all.
        if limit == Some(0) {
            return Ok(Vec::new());
        }
        let collection = collection.clone();
        let find = async move {
            let find = collection.find(filter).sort(sort);
            let cursor = find.limit(limit.map_or(0, i64::from)).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        self.link.call(find).await
    }

    async fn page<T: DeserializeOwned>(
        &self,
        collection: &Collection<Document>,
        mut filter: Document,
        page: Page,
    ) -> Result<Vec<T>, StoreError> {
        if let Some(before) = page.before {
            filter.insert("id", doc! { "$lt": stored(before) });
        }
        let newest = doc! { "id": -1 };
        let found = self.documents(collection, filter, newest, Some(page.limit));
        found.await?.iter().map(body).collect()
    }

    /// Everybody's rows from behind an id on.
    async fn everybodys<T: DeserializeOwned>(
        &self,
        collection: &Collection<Document>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Owned<T>>, StoreError> {
        let filter = match after {
            Some(after) => doc! { "_id": { "$gt": stored(after) } },
            None => doc! {},
        };
        let found = self.documents(collection, filter, doc! { "_id": 1 }, Some(limit));
        found.await?.iter().map(owned).collect()
    }

    /// The same user by user, in the order of the index.
    async fn by_user<T: DeserializeOwned>(
        &self,
        collection: &Collection<Document>,
        after: Option<(UserId, Uuid)>,
        limit: u32,
    ) -> Result<Vec<Owned<T>>, StoreError> {
        let filter = match after {
            Some((user, id)) => doc! { "$or": [
                { "user": { "$gt": key(user) } },
                { "user": key(user), "id": { "$lt": stored(id) } },
            ] },
            None => doc! {},
        };
        let sort = doc! { "user": 1, "id": -1 };
        let found = self.documents(collection, filter, sort, Some(limit));
        found.await?.iter().map(owned).collect()
    }

    async fn one<T: DeserializeOwned>(
        &self,
        collection: &Collection<Document>,
        user: UserId,
        id: Uuid,
    ) -> Result<Option<T>, StoreError> {
        let mut filter = of_user(user);
        filter.insert("id", stored(id));
        let found = self.documents(collection, filter, doc! {}, Some(1)).await?;
        found.first().map(body).transpose()
    }

    async fn changed<T: DeserializeOwned>(
        &self,
        collection: &Collection<Document>,
        user: UserId,
        within: &RangeInclusive<u64>,
        limit: u32,
    ) -> Result<Vec<T>, StoreError> {
        let mut filter = of_user(user);
        let (first, last) = (signed(*within.start())?, signed(*within.end())?);
        filter.insert("sequence", doc! { "$gte": first, "$lte": last });
        let oldest = doc! { "sequence": 1 };
        let found = self.documents(collection, filter, oldest, Some(limit));
        found.await?.iter().map(body).collect()
    }
}

#[async_trait]
impl Trading for MongoStore {
    async fn orders(
        &self,
        user: UserId,
        wanted: &OrderFilter,
        page: Page,
    ) -> Result<Vec<Order>, StoreError> {
        let mut filter = of_user(user);
        if let Some(pair) = wanted.pair {
            filter.insert("pair", pair.to_string());
        }
        if !wanted.statuses.is_empty() {
            let statuses: Result<Vec<_>, _> = wanted.statuses.iter().map(word).collect();
            filter.insert("status", doc! { "$in": statuses? });
        }
        self.page(&self.views.orders, filter, page).await
    }

    async fn order(&self, user: UserId, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.one(&self.views.orders, user, id.uuid()).await
    }

    async fn fills(
        &self,
        user: UserId,
        order: Option<OrderId>,
        page: Page,
    ) -> Result<Vec<Fill>, StoreError> {
        let mut filter = of_user(user);
        if let Some(order) = order {
            filter.insert("order", stored(order.uuid()));
        }
        self.page(&self.views.fills, filter, page).await
    }

    async fn balances(&self, user: UserId) -> Result<Vec<Balance>, StoreError> {
        let by_asset = doc! { "asset": 1 };
        let found = self.documents(&self.views.balances, of_user(user), by_asset, None);
        found.await?.iter().map(body).collect()
    }

    async fn transactions(
        &self,
        user: UserId,
        wanted: &TransactionFilter,
        page: Page,
    ) -> Result<Vec<Transaction>, StoreError> {
        let mut filter = of_user(user);
        if !wanted.kinds.is_empty() {
            let kinds: Vec<&str> = wanted.kinds.iter().map(|kind| kind.as_str()).collect();
            filter.insert("kind", doc! { "$in": kinds });
        }
        if let Some(asset) = wanted.asset {
            filter.insert("asset", asset.to_string());
        }
        let mut at = Document::new();
        if let Some(from) = wanted.from {
            at.insert("$gte", micros(from));
        }
        if let Some(to) = wanted.to {
            at.insert("$lt", micros(to));
        }
        if !at.is_empty() {
            filter.insert("at_us", at);
        }
        self.page(&self.views.transactions, filter, page).await
    }

    async fn transactions_from(
        &self,
        user: UserId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Transaction>, StoreError> {
        let mut filter = of_user(user);
        if let Some(after) = after {
            filter.insert("id", doc! { "$gt": stored(after) });
        }
        let transactions = &self.views.transactions;
        let found = self.documents(transactions, filter, doc! { "id": 1 }, Some(limit));
        found.await?.iter().map(body).collect()
    }

    async fn transaction(
        &self,
        user: UserId,
        id: TransactionId,
    ) -> Result<Option<Transaction>, StoreError> {
        self.one(&self.views.transactions, user, id.uuid()).await
    }

    async fn withdrawals(&self, user: UserId, page: Page) -> Result<Vec<Withdrawal>, StoreError> {
        self.page(&self.views.withdrawals, of_user(user), page)
            .await
    }

    async fn withdrawals_at(
        &self,
        status: WithdrawalStatus,
        page: Page,
    ) -> Result<Vec<Owned<Withdrawal>>, StoreError> {
        let mut filter = doc! { "status": word(&status)? };
        if let Some(before) = page.before {
            filter.insert("id", doc! { "$lt": stored(before) });
        }
        let newest = doc! { "id": -1 };
        let withdrawals = &self.views.withdrawals;
        let found = self.documents(withdrawals, filter, newest, Some(page.limit));
        found.await?.iter().map(owned).collect()
    }

    async fn any_withdrawal(
        &self,
        id: TransferId,
    ) -> Result<Option<Owned<Withdrawal>>, StoreError> {
        let filter = doc! { "_id": stored(id.uuid()) };
        let found = self.documents(&self.views.withdrawals, filter, doc! {}, Some(1));
        found.await?.first().map(owned).transpose()
    }

    async fn withdrawal(
        &self,
        user: UserId,
        id: TransferId,
    ) -> Result<Option<Withdrawal>, StoreError> {
        self.one(&self.views.withdrawals, user, id.uuid()).await
    }

    async fn trades(&self, pair: Pair, limit: u32) -> Result<Vec<Fill>, StoreError> {
        let filter = doc! { "pair": pair.to_string() };
        let page = Page {
            before: None,
            limit,
        };
        self.page(&self.views.fills, filter, page).await
    }

    async fn changes(
        &self,
        user: UserId,
        within: RangeInclusive<u64>,
        limit: u32,
    ) -> Result<AccountChanges, StoreError> {
        let views = &self.views;
        Ok(AccountChanges {
            orders: self.changed(&views.orders, user, &within, limit).await?,
            fills: self.changed(&views.fills, user, &within, limit).await?,
            balances: self.changed(&views.balances, user, &within, limit).await?,
        })
    }

    async fn all_orders(
        &self,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Owned<Order>>, StoreError> {
        let after = after.map(OrderId::uuid);
        self.everybodys(&self.views.orders, after, limit).await
    }

    async fn all_fills(
        &self,
        after: Option<(UserId, TradeId)>,
        limit: u32,
    ) -> Result<Vec<Owned<Fill>>, StoreError> {
        let after = after.map(|(user, id)| (user, id.uuid()));
        self.by_user(&self.views.fills, after, limit).await
    }

    async fn all_transactions(
        &self,
        after: Option<(UserId, TransactionId)>,
        limit: u32,
    ) -> Result<Vec<Owned<Transaction>>, StoreError> {
        let after = after.map(|(user, id)| (user, id.uuid()));
        self.by_user(&self.views.transactions, after, limit).await
    }

    async fn all_withdrawals(
        &self,
        after: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Owned<Withdrawal>>, StoreError> {
        let after = after.map(TransferId::uuid);
        self.everybodys(&self.views.withdrawals, after, limit).await
    }

    async fn all_balances(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<Owned<Balance>>, StoreError> {
        let filter = match after {
            Some(after) => doc! { "user": { "$gt": key(after) } },
            None => doc! {},
        };
        let sort = doc! { "user": 1, "asset": 1 };
        let some = self.documents(
            &self.views.balances,
            filter.clone(),
            sort.clone(),
            Some(limit),
        );
        let some = some.await?;
        let Some(last) = some.last().and_then(|last| last.get("user")).cloned() else {
            return Ok(Vec::new());
        };
        // The last user may have more than fitted.
        let mut whole = filter;
        let user = whole
            .entry("user".to_owned())
            .or_insert_with(|| Bson::Document(doc! {}));
        if let Bson::Document(condition) = user {
            condition.insert("$lte", last);
        }
        let found = self
            .documents(&self.views.balances, whole, sort, None)
            .await?;
        found.iter().map(owned).collect()
    }
}
