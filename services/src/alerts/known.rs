//! The alerts that are watched, as they were read last.

use super::MOST_ALERTS;
use crate::store::AlertRecord;
use domain::{AlertId, UserId};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Nothing tells of alerts that are deleted. Until one comes true it is watched for nothing; of one person
/// no more are kept than they may have, so that making and deleting them fills no memory.
#[derive(Debug, Default)]
pub(super) struct Known {
    records: HashMap<AlertId, AlertRecord>,
    of_user: HashMap<UserId, BTreeSet<AlertId>>,
    /// Those of whom more are kept than they may have.
    crowded: BTreeSet<UserId>,
}

impl Known {
    pub(super) fn get(&self, id: AlertId) -> Option<&AlertRecord> {
        self.records.get(&id)
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn insert(&mut self, record: AlertRecord) {
        let of_user = self.of_user.entry(record.user).or_default();
        of_user.insert(record.alert.id);
        if of_user.len() > MOST_ALERTS as usize {
            self.crowded.insert(record.user);
        }
        self.records.insert(record.alert.id, record);
    }

    pub(super) fn remove(&mut self, id: AlertId) {
        let Some(record) = self.records.remove(&id) else {
            return;
        };
        let Some(of_user) = self.of_user.get_mut(&record.user) else {
            return;
        };
        of_user.remove(&id);
        if of_user.is_empty() {
            self.of_user.remove(&record.user);
        }
    }

    /// Somebody of whom more are kept than they may have: some of them are gone.
    pub(super) fn crowded(&mut self) -> Option<UserId> {
        self.crowded.pop_first()
    }

    /// Those of a user's that are not among what there is.
    pub(super) fn gone(&self, user: UserId, there_are: &HashSet<AlertId>) -> Vec<AlertId> {
        let of_user = self.of_user.get(&user).into_iter().flatten();
        of_user
            .filter(|id| !there_are.contains(id))
            .copied()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::alert::{NewAlert, Standing};
    use time::OffsetDateTime;
    use uuid::Uuid;

    const ANN: UserId = UserId::new(Uuid::from_u128(1));

    fn record(number: u32) -> Result<AlertRecord, Box<dyn std::error::Error>> {
        let id = AlertId::new(Uuid::from_u128(u128::from(number)));
        let new = NewAlert {
            kind: "portfolio_above".to_owned(),
            value: Some("1000".to_owned()),
            ..NewAlert::default()
        };
        let alert = new.record(id, |_| None, OffsetDateTime::UNIX_EPOCH);
        let mut alert = alert.map_err(|errors| format!("{errors:?}"))?;
        alert.standing = Standing::Armed;
        Ok(AlertRecord {
            user: ANN,
            alert,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            revision: 1,
        })
    }

    #[test]
    fn alerts_that_were_deleted_fill_no_memory() -> Result<(), Box<dyn std::error::Error>> {
        let mut known = Known::default();
        for number in 0..MOST_ALERTS {
            known.insert(record(number)?);
            // The same one again, as it is read after every change.
            known.insert(record(number)?);
        }
        assert_eq!(known.crowded(), None, "so many there may be");
        known.insert(record(MOST_ALERTS)?);
        assert_eq!(known.crowded(), Some(ANN));
        let last = AlertId::new(Uuid::from_u128(u128::from(MOST_ALERTS)));
        for id in known.gone(ANN, &HashSet::from([last])) {
            known.remove(id);
        }
        assert_eq!((known.len(), known.crowded()), (1, None));
        Ok(())
    }
}
