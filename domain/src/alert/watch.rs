//! All alerts that wait, sorted by what they wait for.
//!
//! A reading of a gauge touches those whose level it has crossed and no others: per gauge there are two
//! sorted sets, of those that wait for their level to be reached and of those that wait for it to be left.

use super::{Alert, Cooldown, Gauge, Standing};
use crate::{AlertId, UserId, exchange::Timestamp};
use rust_decimal::Decimal;
use std::{
    collections::{BTreeSet, HashMap},
    ops::Bound::{Excluded, Included, Unbounded},
};
use uuid::Uuid;

/// Alerts that wait.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    alerts: HashMap<AlertId, Watched>,
    gauges: HashMap<Gauge, Levels>,
    /// Those that are silent, by the end of that.
    silent: BTreeSet<(Timestamp, AlertId)>,
}

#[derive(Debug, Clone)]
struct Watched {
    gauge: Gauge,
    level: Decimal,
    cooldown: Option<Cooldown>,
    place: In,
}

/// Where an alert is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum In {
    Armed,
    Waiting,
    /// Silent until then.
    Silent(Timestamp),
}

/// Those of one gauge.
#[derive(Debug, Clone, Default)]
struct Levels {
    /// What the gauge said last.
    last: Option<Decimal>,
    armed: BTreeSet<(Decimal, AlertId)>,
    waiting: BTreeSet<(Decimal, AlertId)>,
}

/// What a reading did to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Its condition has come true.
    Fired(AlertId),
    /// Its condition is false: it waits for it from now on.
    Armed(AlertId),
}

impl Turn {
    /// Which alert.
    #[must_use]
    pub const fn alert(self) -> AlertId {
        match self {
            Self::Fired(id) | Self::Armed(id) => id,
        }
    }
}

impl Watch {
    /// Watches an alert as it stands, in place of what was known of it; `owner` is whose it is. One that is
    /// over or switched off is forgotten.
    ///
    /// What its gauge said last counts for it at once: the answer says so if it is armed by that.
    pub fn put(&mut self, alert: &Alert, owner: UserId) -> Option<Turn> {
        self.remove(alert.id);
        let silent_until = alert.silent_until().map(Timestamp::from);
        let place = match (alert.standing, silent_until) {
            (Standing::Done | Standing::Paused, _) => return None,
            (Standing::Armed, _) => In::Armed,
            (Standing::Waiting, Some(until)) => In::Silent(until),
            (Standing::Waiting, None) => In::Waiting,
        };
        let (gauge, level) = (alert.condition.gauge(owner), alert.condition.level());
        let levels = self.gauges.entry(gauge.clone()).or_default();
        let is_false = levels.last.is_some_and(|last| last < level);
        let arms = place == In::Waiting && is_false;
        let place = if arms { In::Armed } else { place };
        let watched = Watched {
            gauge,
            level,
            cooldown: alert.cooldown,
            place,
        };
        self.insert(alert.id, watched);
        arms.then_some(Turn::Armed(alert.id))
    }

    /// Forgets an alert.
    pub fn remove(&mut self, id: AlertId) {
        let Some(old) = self.alerts.remove(&id) else {
            return;
        };
        if let In::Silent(until) = old.place {
            self.silent.remove(&(until, id));
        }
        let Some(levels) = self.gauges.get_mut(&old.gauge) else {
            return;
        };
        levels.armed.remove(&(old.level, id));
        levels.waiting.remove(&(old.level, id));
    }

    /// The gauges that somebody waits for.
    pub fn gauges(&self) -> impl Iterator<Item = &Gauge> {
        let busy = |levels: &Levels| !(levels.armed.is_empty() && levels.waiting.is_empty());
        let silent = self.silent.iter();
        let silent = silent.filter_map(|(_, id)| self.alerts.get(id));
        let read = self.gauges.iter().filter(move |(_, levels)| busy(levels));
        read.map(|(gauge, _)| gauge)
            .chain(silent.map(|one| &one.gauge))
    }

    /// Takes in what a gauge says, and tells whose level it has crossed.
    pub fn read(&mut self, gauge: &Gauge, value: Decimal, now: Timestamp) -> Vec<Turn> {
        let Some(levels) = self.gauges.get_mut(gauge) else {
            return Vec::new();
        };
        levels.last = Some(value);
        let last_id = AlertId::new(Uuid::max());
        let reached = (Unbounded, Included((value, last_id)));
        let fired: Vec<_> = levels.armed.range(reached).copied().collect();
        let left = (Excluded((value, last_id)), Unbounded);
        let armed: Vec<_> = levels.waiting.range(left).copied().collect();
        let mut turns = Vec::with_capacity(fired.len() + armed.len());
        for (level, id) in armed {
            levels.waiting.remove(&(level, id));
            levels.armed.insert((level, id));
            if let Some(watched) = self.alerts.get_mut(&id) {
                watched.place = In::Armed;
            }
            turns.push(Turn::Armed(id));
        }
        for (_, id) in fired {
            self.fire(id, now);
            turns.push(Turn::Fired(id));
        }
        turns
    }

    /// Those whose silence is over at `now` wait again: for their condition if it is false, else for it to
    /// be.
    pub fn wake(&mut self, now: Timestamp) -> Vec<Turn> {
        let mut turns = Vec::new();
        while let Some(&(until, id)) = self.silent.first() {
            if until > now {
                break;
            }
            self.silent.remove(&(until, id));
            let Some(mut watched) = self.alerts.remove(&id) else {
                continue;
            };
            let levels = self.gauges.get(&watched.gauge);
            let last = levels.and_then(|levels| levels.last);
            watched.place = match last {
                Some(last) if last < watched.level => {
                    turns.push(Turn::Armed(id));
                    In::Armed
                }
                _ => In::Waiting,
            };
            self.insert(id, watched);
        }
        turns
    }

    fn fire(&mut self, id: AlertId, now: Timestamp) {
        let Some(watched) = self.alerts.get(&id).cloned() else {
            return;
        };
        self.remove(id);
        if let Some(cooldown) = watched.cooldown {
            let until = Timestamp::from_millis(now.millis().saturating_add(cooldown.millis()));
            let place = In::Silent(until);
            self.insert(id, Watched { place, ..watched });
        }
    }

    fn insert(&mut self, id: AlertId, watched: Watched) {
        let levels = self.gauges.entry(watched.gauge.clone()).or_default();
        match watched.place {
            In::Armed => levels.armed.insert((watched.level, id)),
            In::Waiting => levels.waiting.insert((watched.level, id)),
            In::Silent(until) => self.silent.insert((until, id)),
        };
        self.alerts.insert(id, watched);
    }
}
