use super::{Validator, Verdict};
use domain::{CoinId, DropReason, Price, Source, Tick};
use time::{Duration, OffsetDateTime};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// A tick of bitcoin, `second` seconds after the start by both clocks.
fn tick(source: Source, price: &str, second: i64) -> Result<Tick, Box<dyn std::error::Error>> {
    let at = START + Duration::seconds(second);
    Ok(Tick {
        coin_id: CoinId::new("bitcoin")?,
        price: Price::parse(price)?,
        exchange_time: Some(at),
        received_at: at,
        source,
    })
}

/// What the validator makes of ticks in order, and how many held ones were given up.
fn judge(ticks: &[Tick]) -> (Vec<&'static str>, usize) {
    let mut validator = Validator::default();
    let mut given_up = 0;
    let verdicts =
        ticks.iter().map(
            |tick| match validator.check(tick.clone(), |_| given_up += 1) {
                Verdict::Accepted(ticks) if ticks.len() == 1 => "accepted",
                Verdict::Accepted(_) => "accepted with another",
                Verdict::Held => "held",
                Verdict::Dropped(reason) => reason.as_str(),
            },
        );
    (verdicts.collect(), given_up)
}

#[test]
fn a_change_of_twenty_percent_is_believed_and_more_is_held() -> Outcome {
    for (price, verdict) in [
        ("120", "accepted"),
        ("80", "accepted"),
        ("120.01", "held"),
        ("79.99", "held"),
        ("1000000", "held"),
        ("0.0001", "held"),
    ] {
        let ticks = [
            tick(Source::Binance, "100", 0)?,
            tick(Source::Binance, price, 1)?,
        ];
        assert_eq!(judge(&ticks).0, ["accepted", verdict], "{price}");
    }
    Ok(())
}

#[test]
fn a_second_tick_confirms_a_jump() -> Outcome {
    let ticks = [
        tick(Source::Binance, "100", 0)?,
        tick(Source::Binance, "150", 1)?,
        tick(Source::Binance, "151", 2)?,
        tick(Source::Binance, "152", 3)?,
    ];
    assert_eq!(
        judge(&ticks),
        (vec!["accepted", "held", "accepted", "accepted"], 0)
    );
    Ok(())
}

#[test]
fn a_spike_is_given_up_and_counted() -> Outcome {
    let ticks = [
        tick(Source::Binance, "100", 0)?,
        tick(Source::Binance, "150", 1)?,
        tick(Source::Binance, "101", 2)?,
        tick(Source::Binance, "150", 3)?,
    ];
    assert_eq!(
        judge(&ticks),
        (vec!["accepted", "held", "accepted", "held"], 1)
    );
    Ok(())
}

#[test]
fn two_different_jumps_do_not_confirm_each_other() -> Outcome {
    let ticks = [
        tick(Source::Binance, "100", 0)?,
        tick(Source::Binance, "150", 1)?,
        tick(Source::Binance, "300", 2)?,
        tick(Source::Binance, "301", 3)?,
    ];
    assert_eq!(
        judge(&ticks),
        (vec!["accepted", "held", "held", "accepted"], 1)
    );
    Ok(())
}

#[test]
fn a_second_source_confirms_a_jump_before_or_after() -> Outcome {
    let before = [
        tick(Source::Binance, "100", 0)?,
        tick(Source::Kraken, "150", 1)?,
        tick(Source::Binance, "151", 2)?,
    ];
    assert_eq!(judge(&before).0, ["accepted", "accepted", "accepted"]);
    let after = [
        tick(Source::Binance, "100", 0)?,
        tick(Source::Binance, "151", 1)?,
        tick(Source::Kraken, "150", 2)?,
    ];
    assert_eq!(
        judge(&after).0,
        ["accepted", "held", "accepted with another"]
    );
    Ok(())
}

#[test]
fn neither_old_prices_nor_the_simulation_confirm_anything() -> Outcome {
    let old = [
        tick(Source::Kraken, "150", 0)?,
        tick(Source::Binance, "100", 1)?,
        tick(Source::Binance, "151", 60)?,
    ];
    assert_eq!(judge(&old).0, ["accepted", "accepted", "held"]);
    let made_up = [
        tick(Source::Binance, "100", 0)?,
        tick(Source::Simulated, "150", 1)?,
        tick(Source::Binance, "151", 2)?,
    ];
    assert_eq!(judge(&made_up).0, ["accepted", "accepted", "held"]);
    Ok(())
}

#[test]
fn ticks_out_of_order_are_dropped_and_repeated_ones_are_fine() -> Outcome {
    let ticks = [
        tick(Source::Binance, "100", 10)?,
        tick(Source::Binance, "101", 9)?,
        tick(Source::Binance, "100", 10)?,
        tick(Source::Kraken, "99", 5)?,
        tick(Source::Binance, "102", 11)?,
    ];
    let expected = [
        "accepted",
        "out_of_order",
        "accepted",
        "accepted",
        "accepted",
    ];
    assert_eq!(judge(&ticks).0, expected);
    Ok(())
}

#[test]
fn an_older_tick_does_not_confirm_a_jump() -> Outcome {
    let ticks = [
        tick(Source::Binance, "100", 0)?,
        tick(Source::Binance, "150", 9)?,
        tick(Source::Binance, "150", 8)?,
    ];
    assert_eq!(judge(&ticks).0, ["accepted", "held", "out_of_order"]);
    Ok(())
}

#[test]
fn one_time_in_the_far_future_does_not_stop_a_coin() -> Outcome {
    let mut future = tick(Source::Binance, "100", 0)?;
    future.exchange_time = Some(START + Duration::days(400));
    let ticks = [future, tick(Source::Binance, "101", 1)?];
    assert_eq!(judge(&ticks).0, ["accepted", "accepted"]);
    Ok(())
}

#[test]
fn coins_are_judged_apart() -> Outcome {
    let mut ether = tick(Source::Binance, "1", 0)?;
    ether.coin_id = CoinId::new("ethereum")?;
    let ticks = [tick(Source::Binance, "100", 5)?, ether];
    assert_eq!(judge(&ticks).0, ["accepted", "accepted"]);
    Ok(())
}

proptest::proptest! {
    /// Whatever arrives, no accepted price of a source is further than 20 % from the one before
    /// unless a held one of that size came between.
    #[test]
    fn no_accepted_price_jumps_without_a_witness(cents in proptest::collection::vec(1_u32..100_000, 1..40)) {
        let mut validator = Validator::default();
        let mut last: Option<f64> = None;
        let mut held: Option<f64> = None;
        for (second, cents) in cents.into_iter().enumerate() {
            let price = f64::from(cents);
            let Ok(tick) = tick(Source::Binance, &cents.to_string(), second as i64) else {
                continue;
            };
            let near = |other: Option<f64>| other.is_some_and(|other| (price - other).abs() <= other * 0.2 + 1e-9);
            match validator.check(tick, |_| ()) {
                Verdict::Accepted(_) => {
                    proptest::prop_assert!(last.is_none() || near(last) || near(held));
                    (last, held) = (Some(price), None);
                }
                Verdict::Held => {
                    proptest::prop_assert!(!near(last));
                    held = Some(price);
                }
                Verdict::Dropped(reason) => proptest::prop_assert_eq!(reason, DropReason::OutOfOrder),
            }
        }
    }
}
