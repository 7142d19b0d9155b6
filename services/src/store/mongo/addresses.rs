//! The allow-list of addresses that money may be withdrawn to.

use super::{
    MongoStore,
    link::again,
    transaction::InsertFor,
    values::{key, micros, signed, stored, time, unsigned, uuid},
};
use crate::store::{AddressRecord, Addresses, StoreError};
use async_trait::async_trait;
use domain::{
    AddressId, UserId,
    wallet::{Label, Network, Standing, WithdrawalAddress},
};
use futures_util::TryStreamExt;
use mongodb::bson::{Document, Uuid, doc};
use serde::{Deserialize, Serialize};

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
    label: String,
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
            label: record.label.as_str().to_owned(),
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
            label: Label::stored(self.label),
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

#[async_trait]
impl Addresses for MongoStore {
    async fn insert(&self, record: &AddressRecord, most: u32) -> Result<bool, StoreError> {
        let insert = InsertFor {
            users: self.users.clone(),
            user: record.user,
            into: self.addresses.clone(),
            document: AddressDocument::new(record),
        };
        self.insert_below(insert, most).await
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
