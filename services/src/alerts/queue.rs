//! What has happened to alerts and is not written yet.
//!
//! Each crossing has a *lane*, and the lanes take turns: what comes of one price that many alerts have
//! waited for holds up nothing that happens elsewhere, or at another price. Of one alert things are
//! written in the order in which they happened, whichever lane they came in.

use domain::{
    AlertId,
    alert::{Standing, Turn},
};
use rust_decimal::Decimal;
use std::collections::{HashMap, HashSet, VecDeque};
use time::OffsetDateTime;

/// Alerts that are written together: what comes next waits for no more than these.
pub(super) const GROUP: usize = 500;

/// Something that has happened to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Happened {
    pub(super) turn: Turn,
    /// What its gauge said.
    pub(super) reading: Decimal,
    pub(super) at: OffsetDateTime,
}

/// What came of a crossing: what happened to alerts, each with what its gauge said.
pub(super) type Turns = Vec<(Turn, Decimal)>;

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Unsettled {
    /// Of each alert, in its order.
    of_alert: HashMap<AlertId, VecDeque<Happened>>,
    /// Alerts by crossing, each as often as something of it waits.
    lanes: VecDeque<VecDeque<AlertId>>,
    /// What is being written: it stays here until it is kept, so that nothing is lost by a database that does
    /// not answer.
    taken: VecDeque<AlertId>,
}

impl Unsettled {
    /// Adds what came of one crossing, or of several things that are one for those who wait.
    pub(super) fn add(&mut self, turns: Turns, at: OffsetDateTime) {
        let mut lane = VecDeque::with_capacity(turns.len());
        for (turn, reading) in turns {
            let happened = Happened { turn, reading, at };
            lane.push_back(turn.alert());
            let of_alert = self.of_alert.entry(turn.alert()).or_default();
            of_alert.push_back(happened);
        }
        if !lane.is_empty() {
            self.lanes.push_back(lane);
        }
    }

    /// Whether something of this alert is not written yet.
    pub(super) fn waits(&self, id: AlertId) -> bool {
        self.of_alert.contains_key(&id)
    }

    /// The next group, a piece of each lane: the first thing of each alert, and no alert twice, because its
    /// second turn needs the revision of the first. Nothing is taken before the last group has ended.
    pub(super) fn take(&mut self) -> Vec<Happened> {
        let (mut group, mut ids, mut held) = (Vec::new(), HashSet::new(), Vec::new());
        while group.len() < GROUP {
            let Some(mut lane) = self.lanes.pop_front() else {
                break;
            };
            match lane.pop_front() {
                None => continue,
                Some(id) if ids.contains(&id) => {
                    lane.push_front(id);
                    held.push(lane);
                    continue;
                }
                Some(id) => {
                    if let Some(happened) = self.first(id).copied() {
                        ids.insert(id);
                        self.taken.push_back(id);
                        group.push(happened);
                    }
                }
            }
            self.lanes.push_back(lane);
        }
        self.lanes.extend(held);
        group
    }

    /// The group has ended well; of each alert in it is told separately what became of it.
    pub(super) fn end(&mut self) {
        self.taken.clear();
    }

    /// The group could not be written: it comes first the next time.
    pub(super) fn put_back(&mut self) {
        let taken = std::mem::take(&mut self.taken);
        self.lanes.push_front(taken);
    }

    /// The first thing of this alert is written.
    pub(super) fn is_kept(&mut self, id: AlertId) {
        if let Some(of_alert) = self.of_alert.get_mut(&id) {
            of_alert.pop_front();
            if of_alert.is_empty() {
                self.of_alert.remove(&id);
            }
        }
    }

    /// Somebody else has written this alert, which stands like this now: what can't happen to such a one has
    /// been written already, or counts no more. What can happen to it is written next.
    pub(super) fn stands(&mut self, id: AlertId, standing: Standing) {
        while let Some(first) = self.first(id) {
            let from = match first.turn {
                Turn::Fired(_) => Standing::Armed,
                Turn::Armed(_) => Standing::Waiting,
            };
            if from == standing {
                self.lanes.push_front([id].into());
                return;
            }
            self.is_kept(id);
        }
    }

    fn first(&self, id: AlertId) -> Option<&Happened> {
        self.of_alert.get(&id).and_then(VecDeque::front)
    }

    /// This alert is gone.
    pub(super) fn forget(&mut self, id: AlertId) {
        self.of_alert.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::alert::Turn::{Armed, Fired};
    use uuid::Uuid;

    const AT: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    const fn id(number: u32) -> AlertId {
        AlertId::new(Uuid::from_u128(number as u128))
    }

    fn fired(numbers: impl IntoIterator<Item = u32>) -> Vec<(Turn, Decimal)> {
        let turns = numbers.into_iter();
        turns.map(|one| (Fired(id(one)), Decimal::ONE)).collect()
    }

    fn written(unsettled: &mut Unsettled) -> Vec<Turn> {
        let group = unsettled.take();
        for happened in &group {
            unsettled.is_kept(happened.turn.alert());
        }
        unsettled.end();
        group.into_iter().map(|happened| happened.turn).collect()
    }

    #[test]
    fn what_few_wait_for_is_not_behind_what_many_do() {
        let mut unsettled = Unsettled::default();
        unsettled.add(fired(0..10_000), AT);
        // Another coin, and the same one at another price.
        unsettled.add(fired(10_000..10_010), AT);
        unsettled.add(fired(10_010..10_011), AT);
        let first = written(&mut unsettled);
        assert_eq!(first.len(), GROUP);
        let few = (10_000..=10_010).map(|one| Fired(id(one)));
        assert!(few.into_iter().all(|turn| first.contains(&turn)));
        let mut all = first;
        while unsettled.waits(id(9_999)) {
            all.extend(written(&mut unsettled));
        }
        assert_eq!(all.len(), 10_011, "each once");
        assert_eq!(written(&mut unsettled), []);
    }

    #[test]
    fn what_happens_to_one_alert_is_written_in_its_order_whichever_lane_is_shorter() {
        let mut unsettled = Unsettled::default();
        unsettled.add(fired(0..1_000), AT);
        unsettled.add(vec![(Armed(id(999)), Decimal::ZERO)], AT);
        unsettled.add(fired([999]), AT);
        let mut of_one = Vec::new();
        while unsettled.waits(id(999)) {
            let group = written(&mut unsettled);
            let turns = group.into_iter().filter(|turn| turn.alert() == id(999));
            of_one.push(turns.collect::<Vec<_>>());
        }
        let one = id(999);
        of_one.retain(|turns| !turns.is_empty());
        assert_eq!(
            of_one,
            [[Fired(one)], [Armed(one)], [Fired(one)]],
            "one in a group"
        );
    }

    #[test]
    fn what_could_not_be_written_is_written_before_the_rest() {
        let mut unsettled = Unsettled::default();
        unsettled.add(fired(0..1_000), AT);
        let taken = unsettled.take();
        unsettled.put_back();
        unsettled.add(fired([1_000]), AT);
        let mut all = Vec::new();
        while unsettled.waits(id(999)) || unsettled.waits(id(1_000)) {
            all.extend(written(&mut unsettled));
        }
        assert_eq!(all.len(), 1_001, "each once");
        assert_eq!(taken.len(), GROUP);
    }

    #[test]
    fn of_an_alert_that_somebody_else_wrote_is_written_what_can_still_happen() {
        let one = id(1);
        let again = || {
            let mut unsettled = Unsettled::default();
            unsettled.add(fired([1]), AT);
            unsettled.add(vec![(Armed(one), Decimal::ZERO)], AT);
            assert_eq!(unsettled.take().len(), 1);
            unsettled.end();
            unsettled
        };
        for (standing, next) in [
            // Its note was changed.
            (Standing::Armed, Some(Fired(one))),
            // Another server was first.
            (Standing::Waiting, Some(Armed(one))),
            (Standing::Paused, None),
        ] {
            let mut unsettled = again();
            unsettled.stands(one, standing);
            let first = written(&mut unsettled).first().copied();
            assert_eq!(first, next, "{standing}");
        }
        let mut unsettled = again();
        unsettled.forget(one);
        assert_eq!(written(&mut unsettled), []);
    }
}
