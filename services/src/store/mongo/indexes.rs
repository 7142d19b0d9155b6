//! The indexes, made at every start; what is there already stays as it is.

use super::{
    MongoStore,
    addresses::ADDRESS_INDEX,
    error::Failure,
    users::{EMAIL_INDEX, WALLET_INDEX},
};
use crate::store::StoreError;
use mongodb::{
    Collection, IndexModel,
    bson::{Document, doc},
    options::IndexOptions,
};
use std::time::Duration;

pub(super) async fn ensure(store: &MongoStore) -> Result<(), StoreError> {
    let users = [
        unique("email", EMAIL_INDEX),
        // One entry per wallet: no two accounts can have the same.
        unique("wallets", WALLET_INDEX),
        plain(doc! { "role": 1 }, "role"),
    ];
    let of_user = || plain(doc! { "user": 1 }, "user");
    let blacklist = [unique("token_jti", "token_jti"), expiring()];
    let newest = |field: &str| plain(doc! { field: 1, "_id": -1 }, field);
    let audit = [newest("actor"), newest("action"), newest("subject")];
    create(store, &store.users, users).await?;
    create(store, &store.sessions, [of_user(), expiring()]).await?;
    create(store, &store.blacklist, blacklist).await?;
    create(store, &store.tokens, [of_user(), expiring()]).await?;
    create(store, &store.api_keys, [of_user()]).await?;
    let address = unique_together(
        doc! { "user": 1, "network": 1, "address": 1 },
        ADDRESS_INDEX,
    );
    create(store, &store.addresses, [address]).await?;
    let entries = [
        unique_together(doc! { "user": 1, "key": 1, "part": 1 }, "key"),
        unique_together(doc! { "user": 1, "id": 1, "part": 1 }, "id"),
        plain(doc! { "user": 1, "at": 1, "id": 1 }, "time"),
    ];
    create(store, &store.told.entries, entries).await?;
    told(store).await?;
    create(store, &store.audit, audit).await?;
    let opened = plain(doc! { "interval": 1, "open_at": 1, "coin": 1 }, "opened");
    create(store, &store.candles, [opened]).await?;
    exchange(store).await
}

/// Alerts, and what people were told.
async fn told(store: &MongoStore) -> Result<(), StoreError> {
    let by_user = || plain(doc! { "user": 1, "_id": -1 }, "user");
    let updated = plain(doc! { "updated_at_us": 1, "_id": 1 }, "updated");
    create(store, &store.alerts, [by_user(), updated]).await?;
    let number = unique_together(doc! { "user": 1, "sequence": 1 }, "number");
    let unread = plain(doc! { "user": 1, "read": 1 }, "unread");
    create(store, &store.news.notifications, [number, unread]).await?;
    let due = plain(doc! { "state": 1, "state_at_us": 1 }, "due");
    let webhook = plain(doc! { "webhook": 1, "_id": -1 }, "webhook");
    let way = plain(doc! { "user": 1, "target": 1, "_id": -1 }, "way");
    let deliveries = [by_user(), due, webhook, way, expiring()];
    create(store, &store.news.deliveries, deliveries).await?;
    create(store, &store.webhooks, [by_user()]).await
}

/// What is searched for by user, by change or by pair.
async fn exchange(store: &MongoStore) -> Result<(), StoreError> {
    let views = &store.views;
    let by_user = || plain(doc! { "user": 1, "id": -1 }, "user");
    let by_change = || plain(doc! { "user": 1, "sequence": 1 }, "change");
    let by_order = plain(doc! { "order": 1, "id": -1 }, "order");
    let by_pair = plain(doc! { "pair": 1, "id": -1 }, "pair");
    create(store, &views.orders, [by_user(), by_change()]).await?;
    let fills = [by_user(), by_change(), by_order, by_pair];
    create(store, &views.fills, fills).await?;
    let by_asset = plain(doc! { "user": 1, "asset": 1 }, "asset");
    create(store, &views.balances, [by_asset]).await?;
    create(store, &views.transactions, [by_user()]).await?;
    let by_status = plain(doc! { "status": 1, "id": -1 }, "status");
    create(store, &views.withdrawals, [by_user(), by_status]).await?;
    let request = unique_together(doc! { "user": 1, "key": 1 }, "request");
    create(store, &store.answers, [request, expiring()]).await
}

async fn create<T: Send + Sync + 'static, const N: usize>(
    store: &MongoStore,
    collection: &Collection<T>,
    indexes: [IndexModel; N],
) -> Result<(), StoreError> {
    let collection = collection.clone();
    let work = async move {
        collection.create_indexes(indexes).await?;
        Ok::<_, Failure>(())
    };
    store.link.call(work).await
}

fn plain(keys: Document, name: &str) -> IndexModel {
    let options = IndexOptions::builder().name(name.to_owned()).build();
    IndexModel::builder().keys(keys).options(options).build()
}

/// At most one document per value; those without the field don't count.
fn unique(field: &str, name: &str) -> IndexModel {
    let options = IndexOptions::builder()
        .name(name.to_owned())
        .unique(true)
        .sparse(true)
        .build();
    let keys = doc! { field: 1 };
    IndexModel::builder().keys(keys).options(options).build()
}

/// At most one document in which all of these are the same. Also finds those with the same first one.
fn unique_together(keys: Document, name: &str) -> IndexModel {
    let options = IndexOptions::builder()
        .name(name.to_owned())
        .unique(true)
        .build();
    IndexModel::builder().keys(keys).options(options).build()
}

/// Documents vanish at their `expires_at`, or up to a minute later.
fn expiring() -> IndexModel {
    let options = IndexOptions::builder()
        .name("expires_at".to_owned())
        .expire_after(Duration::ZERO)
        .build();
    let keys = doc! { "expires_at": 1 };
    IndexModel::builder().keys(keys).options(options).build()
}
