//! One crossing is told once, whatever is read while that is being written.

use super::*;
use crate::alerts::queue::Happened;
use domain::{
    alert::{Cooldown, NewAlert, Standing},
    exchange::Timestamp,
};
use time::OffsetDateTime;
use uuid::Uuid;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const ANN: UserId = UserId::new(Uuid::from_u128(1));
const ID: AlertId = AlertId::new(Uuid::from_u128(7));
const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn repeating() -> Outcome<AlertRecord> {
    let new = NewAlert {
        kind: "feed_stale".to_owned(),
        cooldown: Some(60),
        ..NewAlert::default()
    };
    let alert = new.record(ID, |_| None, START);
    let mut alert = alert.map_err(|errors| format!("{errors:?}"))?;
    alert.standing = Standing::Waiting;
    Ok(AlertRecord {
        user: ANN,
        alert,
        updated_at: START,
        revision: 1,
    })
}

/// An alert that is armed by one reading and fires by the next; neither is written.
fn fired() -> Outcome<(State, AlertRecord)> {
    let (mut state, record) = (State::default(), repeating()?);
    assert_eq!(state.take_in(record.clone()), None);
    read(&mut state, 0, 1);
    read(&mut state, 1, 2);
    Ok((state, record))
}

fn read(state: &mut State, value: u32, at: i64) {
    let now = Timestamp::from_millis(at);
    let turns: Vec<_> = state
        .read(&Gauge::Stale, Decimal::from(value), now)
        .collect();
    state.unsettled.add(turns, START);
}

fn turns(group: &[Happened]) -> Vec<Turn> {
    group.iter().map(|happened| happened.turn).collect()
}

fn as_it(standing: Standing, before: &AlertRecord) -> AlertRecord {
    let mut record = before.clone();
    record.alert.standing = standing;
    record.alert.fired_at = (standing == Standing::Waiting).then_some(START);
    record.revision += 1;
    record
}

#[test]
fn what_this_process_has_just_written_is_not_taken_for_somebody_elses() -> Outcome {
    let (mut state, waiting) = fired()?;
    assert_eq!(turns(&state.unsettled.take()), [Turn::Armed(ID)]);
    let armed = as_it(Standing::Armed, &waiting);
    // It is in the database, and read, before the answer is here.
    assert_eq!(state.take_in(armed.clone()), None);
    read(&mut state, 1, 3);
    state.learn(vec![Settled::Written(armed.clone())]);
    assert_eq!(turns(&state.unsettled.take()), [Turn::Fired(ID)]);
    state.learn(vec![Settled::Written(as_it(Standing::Waiting, &armed))]);
    assert_eq!(turns(&state.unsettled.take()), [], "told once");
    // It is silent, and armed again by what it says after that.
    read(&mut state, 0, 59_999);
    assert_eq!(state.watch.wake(Timestamp::from_millis(59_999)), []);
    let awake = state.watch.wake(Timestamp::from_millis(60_002));
    assert_eq!(awake, [Turn::Armed(ID)]);
    Ok(())
}

#[test]
fn a_change_meanwhile_loses_no_crossing() -> Outcome {
    let (mut state, waiting) = fired()?;
    assert_eq!(turns(&state.unsettled.take()), [Turn::Armed(ID)]);
    let (turned, overtaken) = state.learn(vec![Settled::Overtaken(ANN, ID)]);
    assert_eq!(
        (turned.as_slice(), overtaken.as_slice()),
        (&[][..], &[(ANN, ID)][..])
    );
    let mut changed = as_it(Standing::Waiting, &waiting);
    changed.alert.cooldown = Some(Cooldown::try_from(120)?);
    changed.alert.fired_at = None;
    assert_eq!(state.read_anew(ID, Some(changed.clone())), None);
    assert_eq!(turns(&state.unsettled.take()), [Turn::Armed(ID)]);
    let armed = as_it(Standing::Armed, &changed);
    state.learn(vec![Settled::Written(armed.clone())]);
    assert_eq!(turns(&state.unsettled.take()), [Turn::Fired(ID)]);
    state.learn(vec![Settled::Written(as_it(Standing::Waiting, &armed))]);
    read(&mut state, 0, 3);
    assert_eq!(
        state.watch.wake(Timestamp::from_millis(119_999)),
        [],
        "the new silence"
    );
    let awake = state.watch.wake(Timestamp::from_millis(120_002));
    assert_eq!(awake, [Turn::Armed(ID)]);
    Ok(())
}

#[test]
fn of_one_that_is_switched_off_or_gone_nothing_is_told() -> Outcome {
    for now in [Some(Standing::Paused), None] {
        let (mut state, waiting) = fired()?;
        state.unsettled.take();
        state.learn(vec![Settled::Overtaken(ANN, ID)]);
        let record = now.map(|standing| as_it(standing, &waiting));
        assert_eq!(state.read_anew(ID, record), None);
        assert_eq!(turns(&state.unsettled.take()), []);
        assert!(state.known.get(ID).is_none());
        read(&mut state, 0, 3);
        read(&mut state, 1, 4);
        assert_eq!(turns(&state.unsettled.take()), []);
    }
    Ok(())
}
