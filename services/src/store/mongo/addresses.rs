//! The allow-list of addresses that money may be withdrawn to.

use super::{
    MongoStore,
    error::Failure,
    link::again,
    transaction::{InsertFor, Work},
    values::{key, micros, signed, stored, time, unsigned, uuid},
};
use crate::store::{AddressRecord, Addresses, StoreError};
use async_trait::async_trait;
use domain::{
    AddressId, UserId,
    wallet::{Label, Network, Standing, WithdrawalAddress},
};
use futures_util::TryStreamExt;
use mongodb::{
    ClientSession,
    bson::{Document, Uuid, doc},
};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

pub(super) const NAME: &str = "addresses";
/// Every address is on a user's list once.
pub(super) const ADDRESS_INDEX: &str = "address";

#[derive(Serialize, Deserialize)]
pub(super) struct AddressDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    user: Uuid,
    network: Network,
    address: String,
    label: Label,
    enabled: bool,
    usable_from_us: i64,
    created_at_us: i64,
    revision: i64,
}

impl AddressDocument {
    fn new(record: &AddressRecord) -> Self {
        Self {
            id: stored(record.id.uuid()),
            user: key(record.user),
            network: record.address.network(),
            address: record.address.as_str().to_owned(),
            label: record.label.clone(),
            enabled: record.standing.enabled,
            usable_from_us: micros(record.standing.usable_from),
            created_at_us: micros(record.created_at),
            revision: 1,
        }
    }

    fn record(self) -> Result<AddressRecord, StoreError> {
        let address = WithdrawalAddress::parse(self.network, &self.address);
        Ok(AddressRecord {
            id: AddressId::new(uuid(self.id)),
            user: UserId::new(uuid(self.user)),
            address: address.map_err(|_| StoreError::Corrupt("a withdrawal address".to_owned()))?,
            label: self.label,
            standing: Standing {
                enabled: self.enabled,
                usable_from: time(self.usable_from_us)?,
            },
            created_at: time(self.created_at_us)?,
            revision: unsigned(self.revision)?,
        })
    }
}

fn owned(user: UserId, id: AddressId) -> Document {
    doc! { "_id": stored(id.uuid()), "user": key(user) }
}

/// Adds an address while there are fewer than `most`.
struct Insert {
    insert: InsertFor<AddressDocument>,
    most: u64,
}

#[async_trait]
impl Work for Insert {
    type Output = bool;

    async fn run(&self, session: &mut ClientSession) -> Result<bool, Failure> {
        // The mark on the owner comes first and meets everybody else who adds one: nobody counts
        // what another is about to change.
        self.insert.mark(session).await?;
        let InsertFor { into, user, .. } = &self.insert;
        let count = into.count_documents(doc! { "user": key(*user) });
        if count.session(&mut *session).await? >= self.most {
            return Ok(false);
        }
        self.insert.insert(session).await?;
        Ok(true)
    }
}

#[async_trait]
impl Addresses for MongoStore {
    async fn insert(&self, record: &AddressRecord, most: u32) -> Result<bool, StoreError> {
        let insert = InsertFor {
            users: self.users.clone(),
            user: record.user,
            into: self.addresses.clone(),
            document: AddressDocument::new(record),
        };
        let most = u64::from(most);
        // Those of this server wait for each other, instead of meeting in the database until the
        // patience of some is at its end.
        let limit = self.link.timeouts().call;
        let turn = timeout(limit, self.adding.lock()).await;
        let _turn = turn.map_err(|_elapsed| self.link.no_answer(limit))?;
        self.link.transaction(Insert { insert, most }).await
    }

    async fn get(&self, user: UserId, id: AddressId) -> Result<Option<AddressRecord>, StoreError> {
        let addresses = self.addresses.clone();
        let find = async move { again(|| addresses.find_one(owned(user, id))).await };
        let found = self.link.call(find).await?;
        found.map(AddressDocument::record).transpose()
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<AddressRecord>, StoreError> {
        let addresses = self.addresses.clone();
        let find = async move {
            let find = addresses.find(doc! { "user": key(user) });
            let cursor = find.sort(doc! { "created_at_us": -1, "_id": -1 }).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(AddressDocument::record).collect()
    }

    async fn update(&self, record: &AddressRecord) -> Result<(), StoreError> {
        let addresses = self.addresses.clone();
        let mut filter = owned(record.user, record.id);
        filter.insert("revision", signed(record.revision)?);
        let change = doc! {
            "$set": {
                "label": record.label.as_str(),
                "enabled": record.standing.enabled,
                "usable_from_us": micros(record.standing.usable_from),
            },
            "$inc": { "revision": 1_i64 },
        };
        let update =
            async move { again(|| addresses.update_one(filter.clone(), change.clone())).await };
        match self.link.call(update).await?.matched_count {
            0 => Err(StoreError::Changed),
            _ => Ok(()),
        }
    }

    async fn delete(
        &self,
        user: UserId,
        id: AddressId,
    ) -> Result<Option<AddressRecord>, StoreError> {
        let addresses = self.addresses.clone();
        let delete = async move { again(|| addresses.find_one_and_delete(owned(user, id))).await };
        let deleted = self.link.call(delete).await?;
        deleted.map(AddressDocument::record).transpose()
    }
}
