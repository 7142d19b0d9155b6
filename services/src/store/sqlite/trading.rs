//! What the journal has led to.

use super::{
    SqliteStore, query,
    values::{At, Count, Key},
};
use crate::store::{
    AccountChanges, Commit, OrderFilter, Owned, Page, StoreError, Trading, TransactionFilter,
    json::{read, text, word},
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
use rusqlite::{Row, ToSql, Transaction as Writer};
use serde::de::DeserializeOwned;
use std::ops::RangeInclusive;
use uuid::Uuid;

pub(super) fn body<T: DeserializeOwned>(row: &Row<'_>) -> Result<T, StoreError> {
    let body: String = row.get("body")?;
    read(&body)
}

fn owned<T: DeserializeOwned>(row: &Row<'_>) -> Result<Owned<T>, StoreError> {
    Ok(Owned {
        user: UserId::new(row.get::<_, Key>("user_id")?.0),
        value: body(row)?,
    })
}

/// A place among ids: nothing is before them all, so that an index leads there in any case.
fn place(after: Option<Uuid>) -> Vec<u8> {
    after.map_or_else(Vec::new, |id| id.into_bytes().to_vec())
}

/// Keeps all that a commit has changed.
pub(super) fn keep(writer: &Writer<'_>, commit: &Commit) -> Result<(), StoreError> {
    for Owned { user, value } in &commit.orders {
        let sql = "INSERT INTO orders (id, user_id, pair, status, sequence, body)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (id) DO UPDATE SET status = ?4, sequence = ?5, body = ?6";
        let params = (
            Key(value.id.uuid()),
            Key(user.uuid()),
            value.pair.to_string(),
            word(&value.status)?,
            Count(value.sequence),
            text(value)?,
        );
        query::run(writer, sql, params)?;
    }
    for Owned { user, value } in &commit.fills {
        let sql = "INSERT INTO fills (user_id, id, order_id, pair, sequence, body)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let params = (
            Key(user.uuid()),
            Key(value.id.uuid()),
            Key(value.order_id.uuid()),
            value.pair.to_string(),
            Count(value.sequence),
            text(value)?,
        );
        query::run(writer, sql, params)?;
    }
    for Owned { user, value } in &commit.balances {
        let sql = "INSERT INTO balances (user_id, asset, sequence, body) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (user_id, asset) DO UPDATE SET sequence = ?3, body = ?4";
        let asset = value.asset.to_string();
        let params = (Key(user.uuid()), asset, Count(value.sequence), text(value)?);
        query::run(writer, sql, params)?;
    }
    for Owned { user, value } in &commit.transactions {
        let sql = "INSERT INTO transactions (user_id, id, kind, asset, at, body)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let params = (
            Key(user.uuid()),
            Key(value.id.uuid()),
            value.kind.as_str(),
            value.asset.to_string(),
            At(value.at),
            text(value)?,
        );
        query::run(writer, sql, params)?;
    }
    for Owned { user, value } in &commit.withdrawals {
        let sql = "INSERT INTO withdrawals (id, user_id, status, body) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (id) DO UPDATE SET status = ?3, body = ?4";
        let (id, user) = (Key(value.id.uuid()), Key(user.uuid()));
        query::run(writer, sql, (id, user, word(&value.status)?, text(value)?))?;
    }
    Ok(())
}

/// A statement put together of the conditions that are asked for.
struct Search {
    sql: String,
    params: Vec<Box<dyn ToSql + Send>>,
}

impl Search {
    fn of_user(table: &str, user: UserId) -> Self {
        Self {
            sql: format!("SELECT * FROM {table} WHERE user_id = ?"),
            params: vec![Box::new(Key(user.uuid()))],
        }
    }

    fn and(mut self, condition: &str, param: impl ToSql + Send + 'static) -> Self {
        self.sql = format!("{} AND {condition} ?", self.sql);
        self.params.push(Box::new(param));
        self
    }

    fn and_if<P: ToSql + Send + 'static>(self, condition: &str, param: Option<P>) -> Self {
        match param {
            Some(param) => self.and(condition, param),
            None => self,
        }
    }

    fn and_one_of(mut self, column: &str, words: Vec<String>) -> Self {
        if !words.is_empty() {
            let places = vec!["?"; words.len()].join(", ");
            self.sql = format!("{} AND {column} IN ({places})", self.sql);
            let words = words.into_iter().map(|word| Box::new(word) as Box<_>);
            self.params.extend(words);
        }
        self
    }

    fn page(self, page: Page) -> Self {
        let mut search = self.and_if("id <", page.before.map(Key));
        search.sql.push_str(" ORDER BY id DESC LIMIT ?");
        search.params.push(Box::new(page.limit));
        search
    }
}

impl SqliteStore {
    async fn find<T: DeserializeOwned + Send + 'static>(
        &self,
        search: Search,
    ) -> Result<Vec<T>, StoreError> {
        let Search { sql, params } = search;
        self.connections
            .read(move |reader| {
                let params = rusqlite::params_from_iter(params.iter().map(|param| &**param));
                query::all(reader, &sql, params, body)
            })
            .await
    }

    /// Everybody's rows from behind an id on.
    async fn everybodys<T: DeserializeOwned + Send + 'static>(
        &self,
        table: &str,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Owned<T>>, StoreError> {
        let sql = format!("SELECT * FROM {table} WHERE id > ?1 ORDER BY id LIMIT ?2");
        let after = place(after);
        self.connections
            .read(move |reader| query::all(reader, &sql, (after, limit), owned))
            .await
    }

    /// The same where rows are found by their user first.
    async fn by_user<T: DeserializeOwned + Send + 'static>(
        &self,
        table: &str,
        after: Option<(UserId, Uuid)>,
        limit: u32,
    ) -> Result<Vec<Owned<T>>, StoreError> {
        let sql = format!(
            "SELECT * FROM {table} WHERE (user_id, id) > (?1, ?2) ORDER BY user_id, id LIMIT ?3"
        );
        let (user, id) = after.unzip();
        let params = (place(user.map(UserId::uuid)), place(id), limit);
        self.connections
            .read(move |reader| query::all(reader, &sql, params, owned))
            .await
    }

    async fn first<T: DeserializeOwned + Send + 'static>(
        &self,
        search: Search,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.find(search).await?.into_iter().next())
    }
}

#[async_trait]
impl Trading for SqliteStore {
    async fn orders(
        &self,
        user: UserId,
        filter: &OrderFilter,
        page: Page,
    ) -> Result<Vec<Order>, StoreError> {
        let statuses: Result<Vec<_>, _> = filter.statuses.iter().map(word).collect();
        let search = Search::of_user("orders", user)
            .and_if("pair =", filter.pair.map(|pair| pair.to_string()))
            .and_one_of("status", statuses?);
        self.find(search.page(page)).await
    }

    async fn order(&self, user: UserId, id: OrderId) -> Result<Option<Order>, StoreError> {
        let search = Search::of_user("orders", user).and("id =", Key(id.uuid()));
        self.first(search).await
    }

    async fn fills(
        &self,
        user: UserId,
        order: Option<OrderId>,
        page: Page,
    ) -> Result<Vec<Fill>, StoreError> {
        let order = order.map(|id| Key(id.uuid()));
        let search = Search::of_user("fills", user).and_if("order_id =", order);
        self.find(search.page(page)).await
    }

    async fn balances(&self, user: UserId) -> Result<Vec<Balance>, StoreError> {
        let mut search = Search::of_user("balances", user);
        search.sql.push_str(" ORDER BY asset");
        self.find(search).await
    }

    async fn transactions(
        &self,
        user: UserId,
        filter: &TransactionFilter,
        page: Page,
    ) -> Result<Vec<Transaction>, StoreError> {
        let kinds = filter.kinds.iter().map(|kind| kind.as_str().to_owned());
        let search = Search::of_user("transactions", user)
            .and_one_of("kind", kinds.collect())
            .and_if("asset =", filter.asset.map(|asset| asset.to_string()))
            .and_if("at >=", filter.from.map(At))
            .and_if("at <", filter.to.map(At));
        self.find(search.page(page)).await
    }

    async fn transactions_from(
        &self,
        user: UserId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Transaction>, StoreError> {
        let mut search = Search::of_user("transactions", user).and("id >", place(after));
        search.sql.push_str(" ORDER BY id LIMIT ?");
        search.params.push(Box::new(limit));
        self.find(search).await
    }

    async fn transaction(
        &self,
        user: UserId,
        id: TransactionId,
    ) -> Result<Option<Transaction>, StoreError> {
        let search = Search::of_user("transactions", user).and("id =", Key(id.uuid()));
        self.first(search).await
    }

    async fn withdrawals(&self, user: UserId, page: Page) -> Result<Vec<Withdrawal>, StoreError> {
        self.find(Search::of_user("withdrawals", user).page(page))
            .await
    }

    async fn withdrawals_at(
        &self,
        status: WithdrawalStatus,
        page: Page,
    ) -> Result<Vec<Owned<Withdrawal>>, StoreError> {
        let sql = "SELECT * FROM withdrawals WHERE status = ?1 AND (?2 IS NULL OR id < ?2)
            ORDER BY id DESC LIMIT ?3";
        let params = (word(&status)?, page.before.map(Key), page.limit);
        self.connections
            .read(move |reader| query::all(reader, sql, params, owned))
            .await
    }

    async fn any_withdrawal(
        &self,
        id: TransferId,
    ) -> Result<Option<Owned<Withdrawal>>, StoreError> {
        let sql = "SELECT * FROM withdrawals WHERE id = ?1";
        self.connections
            .read(move |reader| query::one(reader, sql, [Key(id.uuid())], owned))
            .await
    }

    async fn withdrawal(
        &self,
        user: UserId,
        id: TransferId,
    ) -> Result<Option<Withdrawal>, StoreError> {
        let search = Search::of_user("withdrawals", user).and("id =", Key(id.uuid()));
        self.first(search).await
    }

    async fn trades(&self, pair: Pair, limit: u32) -> Result<Vec<Fill>, StoreError> {
        let sql = "SELECT * FROM fills WHERE pair = ?1 ORDER BY id DESC LIMIT ?2";
        self.connections
            .read(move |reader| query::all(reader, sql, (pair.to_string(), limit), body))
            .await
    }

    async fn changes(
        &self,
        user: UserId,
        within: RangeInclusive<u64>,
        limit: u32,
    ) -> Result<AccountChanges, StoreError> {
        let (first, last) = within.into_inner();
        let changed = |table| {
            let mut search = Search::of_user(table, user)
                .and("sequence >=", Count(first))
                .and("sequence <=", Count(last));
            search.sql.push_str(" ORDER BY sequence LIMIT ?");
            search.params.push(Box::new(limit));
            search
        };
        Ok(AccountChanges {
            orders: self.find(changed("orders")).await?,
            fills: self.find(changed("fills")).await?,
            balances: self.find(changed("balances")).await?,
        })
    }

    async fn all_orders(
        &self,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Owned<Order>>, StoreError> {
        self.everybodys("orders", after.map(OrderId::uuid), limit)
            .await
    }

    async fn all_fills(
        &self,
        after: Option<(UserId, TradeId)>,
        limit: u32,
    ) -> Result<Vec<Owned<Fill>>, StoreError> {
        let after = after.map(|(user, id)| (user, id.uuid()));
        self.by_user("fills", after, limit).await
    }

    async fn all_transactions(
        &self,
        after: Option<(UserId, TransactionId)>,
        limit: u32,
    ) -> Result<Vec<Owned<Transaction>>, StoreError> {
        let after = after.map(|(user, id)| (user, id.uuid()));
        self.by_user("transactions", after, limit).await
    }

    async fn all_withdrawals(
        &self,
        after: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Owned<Withdrawal>>, StoreError> {
        self.everybodys("withdrawals", after.map(TransferId::uuid), limit)
            .await
    }

    async fn all_balances(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<Owned<Balance>>, StoreError> {
        let sql = "SELECT * FROM balances WHERE user_id IN (
                SELECT DISTINCT user_id FROM balances
                WHERE user_id > ?1 ORDER BY user_id LIMIT ?2
            ) ORDER BY user_id, asset";
        let after = place(after.map(UserId::uuid));
        self.connections
            .read(move |reader| query::all(reader, sql, (after, limit), owned))
            .await
    }
}
