//! The allow-list of addresses that money may be withdrawn to.

use super::{
    SqliteStore, query,
    values::{At, Count, Key, read, read_text},
};
use crate::store::{AddressRecord, Addresses, StoreError};
use async_trait::async_trait;
use domain::{
    AddressId, UserId,
    wallet::{Label, Standing, WithdrawalAddress},
};
use rusqlite::{Row, Transaction, named_params};

/// One statement counts and adds.
const INSERT: &str = "
    INSERT INTO addresses (
        id, user_id, network, address, label, enabled, usable_from, created_at, revision
    )
    SELECT :id, :user_id, :network, :address, :label, :enabled, :usable_from, :created_at, 1
    WHERE (SELECT count(*) FROM addresses WHERE user_id = :user_id) < :most";

const UPDATE: &str = "
    UPDATE addresses SET
        label = :label, enabled = :enabled, usable_from = :usable_from, revision = revision + 1
    WHERE id = :id AND user_id = :user_id AND revision = :revision";

fn record(row: &Row<'_>) -> Result<AddressRecord, StoreError> {
    let network = read_text(row, "network")?;
    let parse = |text: &str| WithdrawalAddress::parse(network, text);
    Ok(AddressRecord {
        id: AddressId::new(row.get::<_, Key>("id")?.0),
        user: UserId::new(row.get::<_, Key>("user_id")?.0),
        address: read(row, "address", parse)?,
        label: Label::stored(row.get("label")?),
        standing: Standing {
            enabled: row.get("enabled")?,
            usable_from: row.get::<_, At>("usable_from")?.0,
        },
        created_at: row.get::<_, At>("created_at")?.0,
        revision: row.get::<_, Count>("revision")?.0,
    })
}

#[async_trait]
impl Addresses for SqliteStore {
    async fn insert(&self, address: &AddressRecord, most: u32) -> Result<bool, StoreError> {
        let new = address.clone();
        let work = move |writer: &Transaction<'_>| {
            let params = named_params! {
                ":id": Key(new.id.uuid()),
                ":user_id": Key(new.user.uuid()),
                ":network": new.address.network().as_str(),
                ":address": new.address.as_str(),
                ":label": new.label.as_str(),
                ":enabled": new.standing.enabled,
                ":usable_from": At(new.standing.usable_from),
                ":created_at": At(new.created_at),
                ":most": most,
            };
            Ok(query::run(writer, INSERT, params)? == 1)
        };
        self.connections.write(work).await
    }

    async fn get(&self, user: UserId, id: AddressId) -> Result<Option<AddressRecord>, StoreError> {
        let sql = "SELECT * FROM addresses WHERE id = ?1 AND user_id = ?2";
        let params = (Key(id.uuid()), Key(user.uuid()));
        self.connections
            .read(move |reader| query::one(reader, sql, params, record))
            .await
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<AddressRecord>, StoreError> {
        let sql = "SELECT * FROM addresses WHERE user_id = ?1 ORDER BY created_at DESC, id DESC";
        self.connections
            .read(move |reader| query::all(reader, sql, [Key(user.uuid())], record))
            .await
    }

    async fn update(&self, address: &AddressRecord) -> Result<(), StoreError> {
        let changed = address.clone();
        let work = move |writer: &Transaction<'_>| {
            let params = named_params! {
                ":id": Key(changed.id.uuid()),
                ":user_id": Key(changed.user.uuid()),
                ":label": changed.label.as_str(),
                ":enabled": changed.standing.enabled,
                ":usable_from": At(changed.standing.usable_from),
                ":revision": Count(changed.revision),
            };
            match query::run(writer, UPDATE, params)? {
                0 => Err(StoreError::Changed),
                _ => Ok(()),
            }
        };
        self.connections.write(work).await
    }

    async fn delete(
        &self,
        user: UserId,
        id: AddressId,
    ) -> Result<Option<AddressRecord>, StoreError> {
        let sql = "DELETE FROM addresses WHERE id = ?1 AND user_id = ?2 RETURNING *";
        let params = (Key(id.uuid()), Key(user.uuid()));
        self.connections
            .write(move |writer| query::one(writer, sql, params, record))
            .await
    }
}
