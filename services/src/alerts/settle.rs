//! Writes down what has become of alerts.

use super::{known::Known, words};
use crate::{
    clock::Clock,
    market::Market,
    notifications::{Teller, Ways},
    store::{AlertRecord, Store, StoreError, Turned},
};
use domain::{
    AlertId, UserId,
    alert::{Gauge, Standing, Turn},
    notification::Message,
};
use rust_decimal::Decimal;
use std::collections::VecDeque;

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
        teller: &Teller,
        market: &Market,
        clock: &Clock,
        known: &Known,
    ) -> Result<Vec<Settled>, StoreError> {
        let (mut turned, mut ways) = (Vec::new(), Ways::default());
        let mut taken = 0;
        for happened in self.0.iter().take(GROUP) {
            let id = happened.turn.alert();
            // One alert once in a group: its second turn needs the revision of the first.
            if turned.iter().any(|one: &Turned| one.record.alert.id == id) {
                break;
            }
            taken += 1;
            let Some(record) = known.get(id) else {
                continue;
            };
            let record = happened.record(record, clock);
            let news = match happened.message(&record, market) {
                Some(message) => Some(teller.news(record.user, message, &mut ways).await?),
                None => None,
            };
            turned.push(Turned { record, news });
        }
        let outcomes = match turned.is_empty() {
            true => Vec::new(),
            false => store.alerts.turn(&turned).await?,
        };
        self.0.drain(..taken);
        let written = turned.iter().zip(&outcomes);
        let told = written.filter(|(turned, is_written)| **is_written && turned.news.is_some());
        let told: Vec<_> = told.map(|(turned, _)| turned.record.user).collect();
        metrics::counter!("cryptovault_alerts_fired_total").increment(told.len() as u64);
        teller.told(told.into_iter().collect());
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
    /// The alert as it stands afterwards, with the revision it had.
    fn record(&self, record: &AlertRecord, clock: &Clock) -> AlertRecord {
        let now = clock.now();
        let mut record = record.clone();
        record.updated_at = now;
        let alert = &mut record.alert;
        match self.turn {
            Turn::Armed(_) => alert.standing = Standing::Armed,
            Turn::Fired(_) => {
                alert.standing = match alert.cooldown {
                    Some(_) => Standing::Waiting,
                    None => Standing::Done,
                };
                alert.fired = alert.fired.saturating_add(1);
                alert.fired_at = Some(now);
            }
        }
        record
    }

    /// What its owner is told of it.
    fn message(&self, record: &AlertRecord, market: &Market) -> Option<Message> {
        let told = || words::told(&record.alert, market, self.reading, record.updated_at);
        matches!(self.turn, Turn::Fired(_)).then(told)
    }
}

/// Whose portfolio a gauge is of.
pub(super) const fn owner(gauge: &Gauge) -> Option<UserId> {
    match gauge {
        Gauge::Portfolio(user) | Gauge::PortfolioDown(user) => Some(*user),
        _ => None,
    }
}
