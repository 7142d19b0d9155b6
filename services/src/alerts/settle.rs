//! Writes down what has become of alerts.

use super::words;
use crate::{
    clock::Clock,
    market::Market,
    notifications,
    store::{AlertRecord, Store, StoreError, Turned},
};
use domain::{
    AlertId, NotificationId, UserId,
    alert::{Gauge, Standing, Turn},
    notification::{News, Target, Topic},
};
use rust_decimal::Decimal;
use std::collections::{HashMap, VecDeque};
use uuid::Uuid;

/// Alerts that are written together.
const GROUP: usize = 100;

/// What has happened to alerts and is not written yet, in its order.
#[derive(Debug, Default)]
pub(super) struct Unsettled(VecDeque<Happened>);

#[derive(Debug, Clone)]
struct Happened {
    turn: Turn,
    /// What its gauge said.
    reading: Decimal,
}

/// What became of an alert.
pub(super) enum Settled {
    /// It stands like this now.
    Written(AlertRecord),
    /// Somebody else has written it: it has to be read anew.
    Overtaken(UserId, AlertId),
}

impl Unsettled {
    pub(super) fn add(&mut self, turns: Vec<Turn>, reading: Decimal) {
        let happened = turns.into_iter().map(|turn| Happened { turn, reading });
        self.0.extend(happened);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the next group. What can't be written is kept for the next call: nothing is lost by a
    /// database that does not answer.
    pub(super) async fn settle(
        &mut self,
        store: &Store,
        market: &Market,
        clock: &Clock,
        records: &HashMap<AlertId, AlertRecord>,
    ) -> Result<Vec<Settled>, StoreError> {
        let (mut turned, mut targets) = (Vec::new(), HashMap::new());
        let mut taken = 0;
        for happened in self.0.iter().take(GROUP) {
            let id = happened.turn.alert();
            // One alert once in a group: its second turn needs the revision of the first.
            if turned.iter().any(|one: &Turned| one.record.alert.id == id) {
                break;
            }
            taken += 1;
            let Some(record) = records.get(&id) else {
                continue;
            };
            let user = record.user;
            if matches!(happened.turn, Turn::Fired(_)) && !targets.contains_key(&user) {
                targets.insert(
                    user,
                    notifications::targets(store, user, Topic::Alert).await?,
                );
            }
            let targets = targets.get(&user).cloned().unwrap_or_default();
            turned.push(happened.turned(record, market, clock, targets));
        }
        let outcomes = match turned.is_empty() {
            true => Vec::new(),
            false => store.alerts.turn(&turned).await?,
        };
        self.0.drain(..taken);
        let settled = turned.into_iter().zip(outcomes);
        let settled = settled.map(|(turned, is_written)| match is_written {
            true => Settled::Written(AlertRecord {
                revision: turned.record.revision + 1,
                ..turned.record
            }),
            false => Settled::Overtaken(turned.record.user, turned.record.alert.id),
        });
        Ok(settled.collect())
    }
}

impl Happened {
    fn turned(
        &self,
        record: &AlertRecord,
        market: &Market,
        clock: &Clock,
        targets: Vec<Target>,
    ) -> Turned {
        let now = clock.now();
        let mut record = record.clone();
        record.updated_at = now;
        let alert = &mut record.alert;
        let news = match self.turn {
            Turn::Armed(_) => {
                alert.standing = Standing::Armed;
                None
            }
            Turn::Fired(_) => {
                alert.standing = match alert.cooldown {
                    Some(_) => Standing::Waiting,
                    None => Standing::Done,
                };
                alert.fired = alert.fired.saturating_add(1);
                alert.fired_at = Some(now);
                Some(News {
                    id: NotificationId::new(Uuid::now_v7()),
                    user: record.user,
                    message: words::told(alert, market, self.reading, now),
                    targets,
                })
            }
        };
        Turned { record, news }
    }
}

/// Whose portfolio a gauge is of.
pub(super) const fn owner(gauge: &Gauge) -> Option<UserId> {
    match gauge {
        Gauge::Portfolio(user) | Gauge::PortfolioDown(user) => Some(*user),
        _ => None,
    }
}
