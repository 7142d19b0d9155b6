//! The views as documents. Every one has `user` and `body`, which is JSON; its other fields are there to
//! search by.

use super::{
    error::Failure,
    link::Link,
    values::{key, micros, signed, stored},
};
use crate::store::{
    Commit, Owned, StoreError,
    json::{text, word},
};
use domain::{
    UserId,
    trading::{Balance, Fill, Order, Transaction, Withdrawal},
};
use mongodb::{
    ClientSession, Collection,
    bson::{Bson, Document, doc},
};

/// The collections.
#[derive(Clone)]
pub(super) struct ViewCollections {
    pub(super) orders: Collection<Document>,
    pub(super) fills: Collection<Document>,
    pub(super) balances: Collection<Document>,
    pub(super) transactions: Collection<Document>,
    pub(super) withdrawals: Collection<Document>,
}

impl ViewCollections {
    pub(super) fn of(link: &Link) -> Self {
        Self {
            orders: link.collection("orders"),
            fills: link.collection("fills"),
            balances: link.collection("balances"),
            transactions: link.collection("transactions"),
            withdrawals: link.collection("withdrawals"),
        }
    }
}

/// Two ids as one.
fn pair_key(user: UserId, other: impl Into<Bson>) -> Document {
    doc! { "user": key(user), "of": other.into() }
}

/// The documents of a commit.
pub(super) struct Views {
    orders: Vec<Document>,
    fills: Vec<Document>,
    balances: Vec<Document>,
    transactions: Vec<Document>,
    withdrawals: Vec<Document>,
}

impl Views {
    pub(super) fn of(commit: &Commit) -> Result<Self, StoreError> {
        Ok(Self {
            orders: each(&commit.orders, order)?,
            fills: each(&commit.fills, fill)?,
            balances: each(&commit.balances, balance)?,
            transactions: each(&commit.transactions, transaction)?,
            withdrawals: each(&commit.withdrawals, withdrawal)?,
        })
    }

    pub(super) async fn keep(
        &self,
        into: &ViewCollections,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        replace(&into.orders, &self.orders, session).await?;
        insert(&into.fills, &self.fills, session).await?;
        replace(&into.balances, &self.balances, session).await?;
        insert(&into.transactions, &self.transactions, session).await?;
        replace(&into.withdrawals, &self.withdrawals, session).await
    }
}

fn each<T>(
    values: &[Owned<T>],
    document: fn(&Owned<T>) -> Result<Document, StoreError>,
) -> Result<Vec<Document>, StoreError> {
    values.iter().map(document).collect()
}

fn order(Owned { user, value }: &Owned<Order>) -> Result<Document, StoreError> {
    Ok(doc! {
        "_id": stored(value.id.uuid()),
        "user": key(*user),
        "id": stored(value.id.uuid()),
        "pair": value.pair.to_string(),
        "status": word(&value.status)?,
        "sequence": signed(value.sequence)?,
        "body": text(value)?,
    })
}

fn fill(Owned { user, value }: &Owned<Fill>) -> Result<Document, StoreError> {
    Ok(doc! {
        "_id": pair_key(*user, stored(value.id.uuid())),
        "user": key(*user),
        "id": stored(value.id.uuid()),
        "order": stored(value.order_id.uuid()),
        "pair": value.pair.to_string(),
        "sequence": signed(value.sequence)?,
        "body": text(value)?,
    })
}

fn balance(Owned { user, value }: &Owned<Balance>) -> Result<Document, StoreError> {
    Ok(doc! {
        "_id": pair_key(*user, value.asset.to_string()),
        "user": key(*user),
        "asset": value.asset.to_string(),
        "sequence": signed(value.sequence)?,
        "body": text(value)?,
    })
}

fn transaction(Owned { user, value }: &Owned<Transaction>) -> Result<Document, StoreError> {
    Ok(doc! {
        "_id": pair_key(*user, stored(value.id.uuid())),
        "user": key(*user),
        "id": stored(value.id.uuid()),
        "kind": value.kind.as_str(),
        "asset": value.asset.to_string(),
        "at_us": micros(value.at),
        "body": text(value)?,
    })
}

fn withdrawal(Owned { user, value }: &Owned<Withdrawal>) -> Result<Document, StoreError> {
    Ok(doc! {
        "_id": stored(value.id.uuid()),
        "user": key(*user),
        "id": stored(value.id.uuid()),
        "status": word(&value.status)?,
        "body": text(value)?,
    })
}

async fn insert(
    into: &Collection<Document>,
    documents: &[Document],
    session: &mut ClientSession,
) -> Result<(), Failure> {
    if !documents.is_empty() {
        into.insert_many(documents).session(session).await?;
    }
    Ok(())
}

/// Two calls instead of one for each document.
async fn replace(
    into: &Collection<Document>,
    documents: &[Document],
    session: &mut ClientSession,
) -> Result<(), Failure> {
    if documents.is_empty() {
        return Ok(());
    }
    let ids: Vec<Bson> = documents
        .iter()
        .filter_map(|document| document.get("_id").cloned())
        .collect();
    let former = into.delete_many(doc! { "_id": { "$in": ids } });
    former.session(&mut *session).await?;
    insert(into, documents, session).await
}
