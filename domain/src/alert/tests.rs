//! What alerts do, by example and for all readings.

use super::*;
use crate::{CoinId, UserId, exchange::Timestamp};
use moves::Moves;
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::{collections::HashMap, error::Error};
use time::OffsetDateTime;
use uuid::Uuid;

type Outcomes = Result<(), Box<dyn Error>>;

const OWNER: UserId = UserId::new(Uuid::from_u128(7));

fn wanted(kind: &str) -> NewAlert {
    NewAlert {
        kind: kind.to_owned(),
        ..NewAlert::default()
    }
}

fn at_price(kind: &str, price: i64, cooldown: Option<u32>) -> NewAlert {
    NewAlert {
        coin: Some("bitcoin".to_owned()),
        price: Some(price.to_string()),
        cooldown,
        ..wanted(kind)
    }
}

fn made(number: u128, wanted: &NewAlert) -> Result<Alert, Box<dyn Error>> {
    let id = AlertId::new(Uuid::from_u128(number));
    let alert = wanted.record(
        id,
        |name| CoinId::new(name).ok(),
        OffsetDateTime::UNIX_EPOCH,
    );
    alert.map_err(|wrong| format!("{wrong:?}").into())
}

/// The readings of one gauge, one a second; what is told of alert 1 at each, `!` for told and `+` for
/// armed.
fn told(watch: &mut Watch, alert: &Alert, from: i64, readings: &[i64]) -> String {
    let gauge = alert.condition.gauge(OWNER);
    let sign = if alert.condition.level().is_sign_negative() {
        -1
    } else {
        1
    };
    let mut text = String::new();
    for (second, reading) in (from..).zip(readings) {
        let now = Timestamp::from_millis(second * 1000);
        let mut turns = watch.wake(now);
        turns.extend(watch.read(&gauge, Decimal::from(sign * reading), now));
        text.extend(turns.iter().map(|turn| match turn {
            Turn::Fired(_) => '!',
            Turn::Armed(_) => '+',
        }));
        text.push('.');
    }
    text
}

#[test]
fn a_crossing_is_told_once() -> Outcomes {
    let above = made(1, &at_price("price_above", 100, None))?;
    let mut watch = Watch::default();
    watch.put(&above, OWNER);
    // It holds when the alert is made: that is no crossing. Then 99, and 100 is enough.
    let text = told(&mut watch, &above, 0, &[101, 100, 99, 99, 100, 99, 200]);
    assert_eq!(text, "..+..!...");
    let below = made(1, &at_price("price_below", 100, None))?;
    let mut watch = Watch::default();
    watch.put(&below, OWNER);
    assert_eq!(
        told(&mut watch, &below, 0, &[99, 101, 102, 100, 101]),
        ".+..!.."
    );
    Ok(())
}

#[test]
fn one_that_repeats_is_told_again_when_its_silence_is_over_and_it_was_false() -> Outcomes {
    let alert = made(1, &at_price("price_above", 100, Some(60)))?;
    let mut watch = Watch::default();
    watch.put(&alert, OWNER);
    assert_eq!(told(&mut watch, &alert, 0, &[99, 100]), "+.!.");
    // Whatever happens in the minute after it was told, at second 1, is not told.
    assert_eq!(told(&mut watch, &alert, 10, &[99, 101, 99, 101]), "....");
    // Its silence ends while it holds: it has to be false once more.
    assert_eq!(told(&mut watch, &alert, 61, &[101, 101, 99, 101]), "..+.!.");
    // And while it is false: it is armed by that alone.
    assert_eq!(told(&mut watch, &alert, 70, &[99]), ".");
    assert_eq!(told(&mut watch, &alert, 124, &[98, 100]), "+.!.");
    Ok(())
}

#[test]
fn what_was_stored_goes_on_as_it_stood() -> Outcomes {
    let mut alert = made(1, &at_price("price_above", 100, Some(60)))?;
    for (standing, fired_at, text) in [
        // The price rose while nobody looked: it was armed, so that is a crossing.
        (Standing::Armed, None, "!."),
        (Standing::Waiting, None, "."),
        (Standing::Waiting, Some(0), "."),
        (Standing::Done, None, "."),
        (Standing::Paused, None, "."),
    ] {
        alert.standing = standing;
        alert.fired_at = fired_at
            .map(OffsetDateTime::from_unix_timestamp)
            .transpose()?;
        let mut watch = Watch::default();
        watch.put(&alert, OWNER);
        assert_eq!(told(&mut watch, &alert, 30, &[150]), text, "{standing}");
    }
    // One that is silent still is, after that.
    alert.standing = Standing::Waiting;
    let mut watch = Watch::default();
    watch.put(&alert, OWNER);
    assert_eq!(told(&mut watch, &alert, 30, &[99, 101]), "+.!.");
    alert.fired_at = Some(OffsetDateTime::from_unix_timestamp(0)?);
    watch.put(&alert, OWNER);
    assert_eq!(told(&mut watch, &alert, 40, &[99, 101]), "..");
    // What the gauge said last arms a new one at once.
    let mut watch = Watch::default();
    let other = made(2, &at_price("price_above", 500, None))?;
    watch.put(&other, OWNER);
    told(&mut watch, &other, 0, &[90]);
    let new = made(3, &at_price("price_above", 100, None))?;
    assert_eq!(watch.put(&new, OWNER), Some(Turn::Armed(new.id)));
    watch.remove(new.id);
    assert_eq!(told(&mut watch, &new, 1, &[400]), ".");
    Ok(())
}

#[test]
fn a_move_is_measured_from_the_lowest_and_the_highest_of_the_window() {
    let mut moves = Moves::within(Window::M5);
    assert_eq!(moves.read(Direction::Any), None);
    let mut add = |minute: i64, price: i64| {
        moves.add(
            Timestamp::from_millis(minute * 60_000),
            Decimal::from(price),
        );
        [Direction::Up, Direction::Down, Direction::Any]
            .map(|direction| moves.read(direction).map(|percent| percent.to_string()))
    };
    let said = |up: &str, down: &str, any: &str| [up, down, any].map(|text| Some(text.to_owned()));
    assert_eq!(add(0, 100), said("0", "0", "0"));
    assert_eq!(add(1, 110), said("10", "0", "10"));
    // 110 → 88 is a fifth.
    assert_eq!(add(2, 88), said("0", "20", "20"));
    assert_eq!(add(3, 99), said("12.5", "10", "12.5"));
    // The 110 of the first minute is still in the window, at its edge; then it is not.
    assert_eq!(add(6, 99), said("12.5", "10", "12.5"));
    assert_eq!(add(7, 99), said("12.5", "0", "12.5"));
    assert_eq!(add(8, 99), said("0", "0", "0"));
}

#[test]
fn what_was_before_can_become_known_later() {
    let at = |minute: i64| Timestamp::from_millis(minute * 60_000);
    let prices = [
        (0, 100),
        (1, 120),
        (2, 110),
        (3, 90),
        (4, 95),
        (5, 99),
        (6, 97),
    ];
    let of = |prices: &[(i64, i64)]| {
        let mut moves = Moves::within(Window::M5);
        for (minute, price) in prices {
            moves.add(at(*minute), Decimal::from(*price));
        }
        moves
    };
    for (cut, _) in prices.iter().enumerate() {
        let (before, since) = prices.split_at(cut);
        let known = of(since).behind(of(before));
        for direction in Direction::ALL {
            let whole = of(&prices).read(direction);
            assert_eq!(known.read(direction), whole, "{cut} {direction:?}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_field_by_field() {
    let refused = |wanted: &NewAlert| -> Vec<String> {
        let id = AlertId::new(Uuid::nil());
        let known = |name: &str| (name == "bitcoin").then(|| CoinId::new(name).ok())?;
        let found = wanted.record(id, known, OffsetDateTime::UNIX_EPOCH);
        let wrong = found.err().unwrap_or_default();
        wrong.into_iter().map(|error| error.field).collect()
    };
    assert_eq!(refused(&wanted("moon")), ["type"]);
    assert_eq!(refused(&wanted("price_above")), ["coin", "price"]);
    assert_eq!(
        refused(&wanted("percent_move")),
        ["coin", "percent", "window"]
    );
    assert_eq!(refused(&wanted("portfolio_below")), ["value"]);
    assert_eq!(refused(&wanted("feed_stale")), Vec::<String>::new());
    let nonsense = NewAlert {
        coin: Some("moon".to_owned()),
        price: Some("-1".to_owned()),
        value: Some("1".to_owned()),
        cooldown: Some(5),
        note: Some("\u{7}".to_owned()),
        ..wanted("price_above")
    };
    assert_eq!(
        refused(&nonsense),
        ["value", "coin", "price", "cooldown", "note"]
    );
    for percent in ["0", "-1", "1000.1", "0.00001", "x", ""] {
        let moved = NewAlert {
            coin: Some("bitcoin".to_owned()),
            percent: Some(percent.to_owned()),
            window: Some("1h".to_owned()),
            ..wanted("percent_move")
        };
        assert_eq!(refused(&moved), ["percent"], "{percent}");
    }
}

#[test]
fn nothing_falls_by_all_that_it_costs() {
    let moved = |percent: &str, direction: &str| {
        let wanted = NewAlert {
            coin: Some("bitcoin".to_owned()),
            percent: Some(percent.to_owned()),
            window: Some("24h".to_owned()),
            direction: Some(direction.to_owned()),
            ..wanted("percent_move")
        };
        let known = |name: &str| CoinId::new(name).ok();
        let id = AlertId::new(Uuid::nil());
        let found = wanted.record(id, known, OffsetDateTime::UNIX_EPOCH);
        found.err().unwrap_or_default()
    };
    for (percent, direction) in [("99.9999", "down"), ("100", "up"), ("1000", "any")] {
        let wrong = moved(percent, direction);
        assert!(wrong.is_empty(), "{percent} {direction}: {wrong:?}");
    }
    for percent in ["100", "100.0001", "1000"] {
        let wrong = moved(percent, "down");
        let told: Vec<_> = wrong
            .iter()
            .map(|error| (error.field.as_str(), error.message.as_str()))
            .collect();
        let expected = ("percent", "must be less than 100 for a fall");
        assert_eq!(told, [expected], "{percent}");
    }
}

#[test]
fn one_that_is_switched_on_again_needs_a_new_crossing() -> Outcomes {
    let mut alert = made(1, &at_price("price_above", 100, None))?;
    let change = |enabled| ChangeAlert {
        enabled: Some(enabled),
        ..ChangeAlert::default()
    };
    let standing = |alert: &Alert, enabled| alert.changed(&change(enabled)).map(|one| one.standing);
    for (from, off, on) in [
        (Standing::Armed, Standing::Paused, Standing::Armed),
        (Standing::Done, Standing::Paused, Standing::Waiting),
        (Standing::Paused, Standing::Paused, Standing::Waiting),
    ] {
        alert.standing = from;
        assert_eq!(standing(&alert, false), Ok(off));
        assert_eq!(standing(&alert, true), Ok(on));
    }
    let never: ChangeAlert = serde_json::from_str(r#"{"cooldown":null}"#)?;
    let hourly: ChangeAlert = serde_json::from_str(r#"{"cooldown":3600}"#)?;
    let same: ChangeAlert = serde_json::from_str("{}")?;
    let seconds = |alert: &Alert| alert.cooldown.map(Cooldown::seconds);
    let alert = alert.changed(&hourly).map_err(|_| "hourly")?;
    assert_eq!(seconds(&alert), Some(3600));
    assert_eq!(
        seconds(&alert.changed(&same).map_err(|_| "same")?),
        Some(3600)
    );
    assert_eq!(seconds(&alert.changed(&never).map_err(|_| "never")?), None);
    Ok(())
}

#[test]
fn one_that_is_over_waits_again_once_it_repeats() -> Outcomes {
    let hourly: ChangeAlert = serde_json::from_str(r#"{"cooldown":3600}"#)?;
    let off: ChangeAlert = serde_json::from_str(r#"{"cooldown":3600,"enabled":false}"#)?;
    let noted: ChangeAlert = serde_json::from_str(r#"{"note":"x"}"#)?;
    let mut alert = made(1, &at_price("price_above", 100, None))?;
    alert.standing = Standing::Done;
    alert.fired_at = Some(OffsetDateTime::UNIX_EPOCH);
    let standing = |alert: &Alert, change| alert.changed(change).map(|one| one.standing);
    assert_eq!(standing(&alert, &noted), Ok(Standing::Done));
    assert_eq!(standing(&alert, &off), Ok(Standing::Paused));
    // It is silent until the hour is over, and then needs a new crossing.
    let again = alert.changed(&hourly).map_err(|_| "hourly")?;
    assert_eq!(again.standing, Standing::Waiting);
    let mut watch = Watch::default();
    watch.put(&again, OWNER);
    assert_eq!(told(&mut watch, &again, 3598, &[99, 101]), "..");
    assert_eq!(told(&mut watch, &again, 3600, &[150, 99, 101]), ".+.!.");
    // One that is switched off stays so.
    alert.standing = Standing::Paused;
    assert_eq!(standing(&alert, &hourly), Ok(Standing::Paused));
    Ok(())
}

#[test]
fn one_that_repeats_no_more_is_told_once_more() -> Outcomes {
    let never: ChangeAlert = serde_json::from_str(r#"{"cooldown":null}"#)?;
    let mut alert = made(1, &at_price("price_above", 100, Some(3600)))?;
    alert.fired_at = Some(OffsetDateTime::UNIX_EPOCH);
    for (standing, text) in [(Standing::Waiting, ".+.!..."), (Standing::Armed, "!.....")] {
        alert.standing = standing;
        let once = alert.changed(&never).map_err(|_| "never")?;
        assert_eq!((once.standing, once.cooldown), (standing, None));
        let mut watch = Watch::default();
        watch.put(&once, OWNER);
        // What it was silent for is over, too; then it is.
        let readings = [150, 99, 101, 99, 101];
        assert_eq!(told(&mut watch, &once, 10, &readings), text, "{standing}");
    }
    Ok(())
}

/// One alert after the other, without any index.
#[derive(Default)]
struct Naive {
    standing: HashMap<u128, (i64, Option<i64>, bool, Option<i64>)>,
}

impl Naive {
    fn read(&mut self, second: i64, value: i64) -> Vec<(u128, char)> {
        let mut turns = Vec::new();
        for (id, (level, cooldown, armed, silent_until)) in &mut self.standing {
            if silent_until.is_some_and(|until| until > second) {
                continue;
            }
            let holds = value >= *level;
            if *armed && holds {
                turns.push((*id, '!'));
                *armed = false;
                // For good without one.
                *silent_until = Some(cooldown.map_or(i64::MAX, |cooldown| second + cooldown));
            } else if !*armed && !holds {
                turns.push((*id, '+'));
                *armed = true;
            }
        }
        turns.sort_unstable();
        turns
    }
}

proptest! {
    #[test]
    fn the_index_finds_what_looking_at_each_would(
        alerts in prop::collection::vec((1_i64..20, prop::option::of(60_u32..120)), 1..30),
        readings in prop::collection::vec((0_i64..22, 1_i64..40), 1..80),
    ) {
        let (mut watch, mut naive) = (Watch::default(), Naive::default());
        let failed = |error: Box<dyn Error>| TestCaseError::fail(error.to_string());
        for (number, (level, cooldown)) in (1_u128..).zip(&alerts) {
            let alert = made(number, &at_price("price_above", *level, *cooldown)).map_err(failed)?;
            watch.put(&alert, OWNER);
            naive.standing.insert(number, (*level, cooldown.map(i64::from), false, None));
        }
        let gauge = Gauge::Price(CoinId::new("bitcoin").map_err(|error| failed(error.into()))?);
        let mut second = 0;
        for (value, pause) in readings {
            second += pause;
            let now = Timestamp::from_millis(second * 1000);
            // A silence that ends now ends at this reading.
            let mut turns = watch.read(&gauge, Decimal::from(value), now);
            turns.extend(watch.wake(now));
            let mut turns: Vec<_> = turns.iter().map(|turn| match turn {
                Turn::Fired(id) => (id.uuid().as_u128(), '!'),
                Turn::Armed(id) => (id.uuid().as_u128(), '+'),
            }).collect();
            turns.sort_unstable();
            prop_assert_eq!(turns, naive.read(second, value));
        }
    }
}
