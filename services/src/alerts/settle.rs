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
use std::collections::{HashSet, VecDeque};
use time::OffsetDateTime;

/// Alerts that are written together.
const GROUP: usize = 200;

/// What has happened to alerts and is not written yet, in its order.
#[derive(Debug, Default)]
pub(super) struct Unsettled(VecDeque<Happened>);

#[derive(Debug, Clone, Copy)]
struct Happened {
    turn: Turn,
    /// What its gauge said.
    reading: Decimal,
    at: OffsetDateTime,
}

/// Some of it, as it is to be written.
#[derive(Debug)]
pub(super) struct Group {
    /// How much of what has happened.
    taken: usize,
    alerts: Vec<(AlertRecord, Option<Message>)>,
}

/// What became of an alert.
#[derive(Debug)]
pub(super) enum Settled {
    /// It stands like this now.
    Written(AlertRecord),
    /// Somebody else has written it: it has to be read anew.
    Overtaken(UserId, AlertId),
}

/// A group that is kept.
#[derive(Debug)]
pub(super) struct Kept {
    taken: usize,
    pub(super) settled: Vec<Settled>,
}

impl Unsettled {
    pub(super) fn add(&mut self, turns: Vec<Turn>, reading: Decimal, at: OffsetDateTime) {
        let happened = turns.into_iter().map(|turn| Happened { turn, reading, at });
        self.0.extend(happened);
    }

    /// The next group; what is in it stays here until it is kept: nothing is lost by a database that does not
    /// answer.
    pub(super) fn group(&self, known: &Known, market: &Market, clock: &Clock) -> Option<Group> {
        let (mut alerts, mut ids) = (Vec::new(), HashSet::new());
        let mut taken = 0;
        for happened in self.0.iter().take(GROUP) {
            let id = happened.turn.alert();
            // One alert once in a group: its second turn needs the revision of the first.
            if !ids.insert(id) {
                break;
            }
            taken += 1;
            if let Some(record) = known.get(id) {
                let record = happened.record(record, clock);
                let message = happened.message(&record, market);
                alerts.push((record, message));
            }
        }
        (taken > 0).then_some(Group { taken, alerts })
    }

    /// What was kept has not to be written any more.
    pub(super) fn forget(&mut self, kept: &Kept) {
        self.0.drain(..kept.taken.min(self.0.len()));
    }
}

impl Group {
    /// Writes it, together with what people are told.
    pub(super) async fn write(self, store: Store, teller: Teller) -> Result<Kept, StoreError> {
        let (mut turned, mut ways) = (Vec::with_capacity(self.alerts.len()), Ways::default());
        for (record, message) in self.alerts {
            let news = match message {
                Some(message) => Some(teller.news(record.user, message, &mut ways).await?),
                None => None,
            };
            turned.push(Turned { record, news });
        }
        let outcomes = match turned.is_empty() {
            true => Vec::new(),
            false => store.alerts.turn(&turned).await?,
        };
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
        Ok(Kept {
            taken: self.taken,
            settled: settled.collect(),
        })
    }
}

impl Happened {
    /// The alert as it stands afterwards, with the revision it had.
    fn record(&self, record: &AlertRecord, clock: &Clock) -> AlertRecord {
        let mut record = record.clone();
        record.updated_at = clock.now();
        let alert = &mut record.alert;
        match self.turn {
            Turn::Armed(_) => alert.standing = Standing::Armed,
            Turn::Fired(_) => {
                alert.standing = match alert.cooldown {
                    Some(_) => Standing::Waiting,
                    None => Standing::Done,
                };
                alert.fired = alert.fired.saturating_add(1);
                alert.fired_at = Some(self.at);
            }
        }
        record
    }

    /// What its owner is told of it.
    fn message(&self, record: &AlertRecord, market: &Market) -> Option<Message> {
        let told = || words::told(&record.alert, market, self.reading, self.at);
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
