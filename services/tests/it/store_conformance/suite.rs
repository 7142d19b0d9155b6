//! The tests. They know no adapter.

pub(crate) mod addresses;
pub(crate) mod admins;
pub(crate) mod alerts;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod candles;
pub(crate) mod database;
pub(crate) mod everybody;
pub(crate) mod journal;
pub(crate) mod leaving;
pub(crate) mod notifications;
pub(crate) mod overview;
pub(crate) mod portfolio_changes;
pub(crate) mod portfolio_imports;
pub(crate) mod portfolios;
pub(crate) mod sessions;
pub(crate) mod tokens;
pub(crate) mod transactions;
pub(crate) mod users;
pub(crate) mod webhooks;

use super::{Failed, Outcome};
use crate::records::{self, rich_user, user};
use services::store::{Store, UserRecord};
use std::future::Future;
use tokio::task::JoinSet;

/// Two accounts; an administrator's and a user's.
async fn ann_and_bob(store: &Store) -> Result<(UserRecord, UserRecord), Failed> {
    let (ann, bob) = (rich_user("ann@example.com")?, user("bob@example.com")?);
    store.users.insert(&ann).await?;
    store.users.insert(&bob).await?;
    Ok((ann, bob))
}

/// How many try the same at once.
const MANY: u8 = 50;

/// Lets many try at once and gives what each of them got.
async fn race<T, F>(attempt: impl Fn(u8) -> F) -> Result<Vec<T>, tokio::task::JoinError>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for number in 0..MANY {
        tasks.spawn(attempt(number));
    }
    let mut outcomes = Vec::new();
    while let Some(done) = tasks.join_next().await {
        outcomes.push(done?);
    }
    Ok(outcomes)
}
