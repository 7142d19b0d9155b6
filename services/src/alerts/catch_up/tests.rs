//! What was read is not read again.

use super::*;
use crate::store::{AlertRecord, Revised, SqliteStore, Store, Turned, UserRecord};
use async_trait::async_trait;
use domain::{
    AlertId, UserId,
    account::{Name, Role},
    alert::{NewAlert, Standing},
};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The alerts of a database, and how many of them were read as a whole.
#[derive(Debug)]
struct Counted {
    alerts: Arc<dyn Alerts>,
    read: Mutex<usize>,
}

impl Counted {
    fn count(&self, records: Vec<AlertRecord>) -> Vec<AlertRecord> {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) += records.len();
        records
    }

    /// Since the last time it was asked.
    fn read(&self) -> usize {
        std::mem::take(&mut *self.read.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Alerts for Counted {
    async fn insert(&self, record: &AlertRecord, most: u32) -> Result<bool, StoreError> {
        self.alerts.insert(record, most).await
    }

    async fn get(&self, user: UserId, id: AlertId) -> Result<Option<AlertRecord>, StoreError> {
        self.alerts.get(user, id).await
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<AlertRecord>, StoreError> {
        Ok(self.count(self.alerts.of_user(user).await?))
    }

    async fn changed_since(
        &self,
        since: OffsetDateTime,
        after: Option<AlertId>,
        limit: u32,
    ) -> Result<Vec<AlertRecord>, StoreError> {
        let page = self.alerts.changed_since(since, after, limit).await?;
        Ok(self.count(page))
    }

    async fn revised_since(
        &self,
        since: OffsetDateTime,
        after: Option<AlertId>,
        limit: u32,
    ) -> Result<Vec<Revised>, StoreError> {
        self.alerts.revised_since(since, after, limit).await
    }

    async fn these(&self, ids: &[AlertId]) -> Result<Vec<AlertRecord>, StoreError> {
        Ok(self.count(self.alerts.these(ids).await?))
    }

    async fn update(&self, record: &AlertRecord) -> Result<(), StoreError> {
        self.alerts.update(record).await
    }

    async fn turn(&self, turned: &[Turned]) -> Result<Vec<bool>, StoreError> {
        self.alerts.turn(turned).await
    }

    async fn delete(&self, user: UserId, id: AlertId) -> Result<bool, StoreError> {
        self.alerts.delete(user, id).await
    }
}

fn ann() -> UserRecord {
    UserRecord {
        id: UserId::new(Uuid::now_v7()),
        email: None,
        name: Name::stored("Ann".to_owned()),
        role: Role::User,
        email_verified: false,
        phone: None,
        password_hash: None,
        totp: None,
        wallets: Vec::new(),
        session_epoch: 0,
        created_at: at(0),
        revision: 0,
    }
}

fn at(second: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(second)
}

fn alert(user: UserId, standing: Standing, second: i64) -> Outcome<AlertRecord> {
    let new = NewAlert {
        kind: "feed_stale".to_owned(),
        ..NewAlert::default()
    };
    let alert = new.record(AlertId::new(Uuid::now_v7()), |_| None, at(second));
    let mut alert = alert.map_err(|errors| format!("{errors:?}"))?;
    alert.standing = standing;
    Ok(AlertRecord {
        user,
        alert,
        updated_at: at(second),
        revision: 1,
    })
}

#[tokio::test]
async fn what_was_changed_is_read_once_though_clocks_may_differ() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store: Store = SqliteStore::open(&folder.path().join("vault.db"))
        .await?
        .into();
    let ann = ann();
    store.users.insert(&ann).await?;
    let counted = Counted {
        alerts: Arc::clone(&store.alerts),
        read: Mutex::default(),
    };
    let mut state = State::default();
    let look = async |state: &mut State, second| {
        let (_, read) = catch_up(state, &counted, at(second)).await;
        read.map(|()| counted.read())
    };
    let (armed, done) = (
        alert(ann.id, Standing::Armed, 100)?,
        alert(ann.id, Standing::Done, 100)?,
    );
    for record in [&armed, &done] {
        store.alerts.insert(record, 9).await?;
    }
    assert_eq!(look(&mut state, 101).await?, 2, "at first all");
    assert_eq!(look(&mut state, 102).await?, 0, "nothing twice");
    // By a server whose clock is behind.
    let late = alert(ann.id, Standing::Done, 90)?;
    store.alerts.insert(&late, 9).await?;
    assert_eq!(look(&mut state, 103).await?, 1);
    assert_eq!(look(&mut state, 104).await?, 0);
    let mut changed = armed;
    changed.alert.standing = Standing::Paused;
    changed.updated_at = at(104);
    store.alerts.update(&changed).await?;
    assert_eq!(look(&mut state, 105).await?, 1, "what was changed");
    assert!(state.known.get(changed.alert.id).is_none());
    changed.alert.standing = Standing::Armed;
    changed.revision = 2;
    // At the same moment.
    store.alerts.update(&changed).await?;
    assert_eq!(look(&mut state, 106).await?, 1);
    assert!(state.known.get(changed.alert.id).is_some());
    assert_eq!(look(&mut state, 200).await?, 0);
    Ok(())
}
