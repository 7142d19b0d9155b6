//! Writes down what has become of alerts.

use super::{known::Known, queue::Happened, words};
use crate::{
    clock::Clock,
    market::Market,
    notifications::{Teller, Ways},
    store::{AlertRecord, Store, StoreError, Turned},
};
use domain::{
    AlertId, UserId,
    alert::{Gauge, Standing, Turn},
    notification::{Message, Topic},
};

/// What has happened, as it is to be written.
#[derive(Debug)]
pub(super) struct Group(Vec<(AlertRecord, Option<Message>)>);

/// What became of an alert.
#[derive(Debug)]
pub(super) enum Settled {
    /// It stands like this now.
    Written(AlertRecord),
    /// Somebody else has written it: it has to be read anew.
    Overtaken(UserId, AlertId),
}

impl Group {
    /// What comes of it for the alerts that are known; those that are not have to be told of nothing.
    pub(super) fn new(
        happened: &[Happened],
        known: &Known,
        market: &Market,
        clock: &Clock,
    ) -> Self {
        let alerts = happened.iter().filter_map(|happened| {
            let record = happened.record(known.get(happened.turn.alert())?, clock);
            let message = happened.message(&record, market);
            Some((record, message))
        });
        Self(alerts.collect())
    }

    /// Writes it, together with what people are told.
    pub(super) async fn write(
        self,
        store: Store,
        teller: Teller,
    ) -> Result<Vec<Settled>, StoreError> {
        let mut ways = Ways::default();
        let told = self.0.iter().filter(|(_, message)| message.is_some());
        let told = told.map(|(record, _)| record.user);
        teller.look_up(told, Topic::Alert, &mut ways).await?;
        let mut turned = Vec::with_capacity(self.0.len());
        for (record, message) in self.0 {
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
        Ok(settled.collect())
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
