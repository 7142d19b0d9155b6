//! What is known of the alerts while this process looks at the prices.

use super::{
    known::Known,
    moves::AllMoves,
    queue::{Turns, Unsettled},
    read::Read,
    settle::{Settled, owner},
    worth::Worths,
};
use crate::store::{AlertRecord, Revised};
use domain::{
    AlertId, CoinId, UserId,
    alert::{Gauge, Turn, Watch, Window},
    exchange::Timestamp,
};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// Thrown away when another process looks.
#[derive(Default)]
pub(super) struct State {
    pub(super) known: Known,
    pub(super) watch: Watch,
    pub(super) moves: AllMoves,
    pub(super) worths: Worths,
    pub(super) unsettled: Unsettled,
    pub(super) read: Read,
}

impl State {
    /// What a gauge says, and whose alert turns by it, with that reading.
    pub(super) fn read(
        &mut self,
        gauge: &Gauge,
        value: Decimal,
        now: Timestamp,
    ) -> impl Iterator<Item = (Turn, Decimal)> + use<> {
        let turns = self.watch.read(gauge, value, now);
        turns.into_iter().map(move |turn| (turn, value))
    }

    /// Takes in an alert as it was read; the answer says so if it is armed by that.
    ///
    /// Not while something of it is to be written: whether somebody else has changed it is found out by
    /// that, and what is read may be what this process has just written itself.
    pub(super) fn take_in(&mut self, record: AlertRecord) -> Option<(Turn, Decimal)> {
        let id = record.alert.id;
        let known = self.known.get(id);
        if known.is_some_and(|known| known.revision >= record.revision) || self.unsettled.waits(id)
        {
            return None;
        }
        self.put(record)
    }

    /// Those of these changes that have to be read.
    pub(super) fn unread(&self, revised: &[Revised]) -> Vec<AlertId> {
        let is_known = |revised: &&Revised| {
            let known = self.known.get(revised.id);
            known.is_some_and(|known| known.revision >= revised.revision)
                || self.read.knows(revised)
                // What has become of it is told by what is written.
                || self.unsettled.waits(revised.id)
        };
        let unread = revised.iter().filter(|revised| !is_known(revised));
        unread.map(|revised| revised.id).collect()
    }

    /// Takes in what became of a group; gives what turns by that, and those that somebody else has written,
    /// which have to be read anew.
    pub(super) fn learn(&mut self, settled: Vec<Settled>) -> (Turns, Vec<(UserId, AlertId)>) {
        let (mut turns, mut overtaken) = (Vec::new(), Vec::new());
        for settled in settled {
            match settled {
                Settled::Written(record) => {
                    self.unsettled.is_kept(record.alert.id);
                    turns.extend(self.follow(record));
                }
                Settled::Overtaken(user, id) => overtaken.push((user, id)),
            }
        }
        self.unsettled.end();
        (turns, overtaken)
    }

    /// An alert that somebody else has written, as it stands now; `None` when it is gone or can't be read.
    pub(super) fn read_anew(
        &mut self,
        id: AlertId,
        record: Option<AlertRecord>,
    ) -> Option<(Turn, Decimal)> {
        let Some(record) = record else {
            self.unsettled.forget(id);
            self.forget(id);
            return None;
        };
        self.unsettled.stands(id, record.alert.standing);
        self.follow(record)
    }

    /// An alert as it stands in the database. What is still to be written of it is later than that.
    fn follow(&mut self, record: AlertRecord) -> Option<(Turn, Decimal)> {
        if self.unsettled.waits(record.alert.id) {
            self.known.insert(record);
            return None;
        }
        self.put(record)
    }

    fn put(&mut self, record: AlertRecord) -> Option<(Turn, Decimal)> {
        let turn = self.watch.put(&record.alert, record.user);
        match record.alert.standing.is_watched() {
            true => self.known.insert(record),
            false => {
                self.read.note(&record);
                self.known.remove(record.alert.id);
            }
        }
        turn.map(|turn| (turn, Decimal::ZERO))
    }

    pub(super) fn forget(&mut self, id: AlertId) {
        self.watch.remove(id);
        self.known.remove(id);
    }

    /// Whose portfolios, and which moves, somebody waits for.
    pub(super) fn wanted(&self) -> (Vec<UserId>, BTreeSet<(CoinId, Window)>) {
        let (mut users, mut windows) = (BTreeSet::new(), BTreeSet::new());
        for gauge in self.watch.gauges() {
            users.extend(owner(gauge));
            if let Gauge::Move(coin, window, _) = gauge {
                windows.insert((coin.clone(), *window));
            }
        }
        (users.into_iter().collect(), windows)
    }
}

#[cfg(test)]
mod tests;
