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
        tick(Source::Kraken, "145", 0)?,
        tick(Source::Binance, "125", 0)?,
        tick(Source::Kraken, "148", 1)?,
        tick(Source::Binance, "151", 2)?,
    ];
    assert_eq!(judge(&before).0, ["accepted"; 4]);
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
    for (age, verdict) in [(30, "accepted"), (31, "held")] {
        let old = [
            tick(Source::Kraken, "145", 0)?,
            tick(Source::Binance, "125", 0)?,
            tick(Source::Binance, "151", age)?,
        ];
        assert_eq!(judge(&old).0, ["accepted", "accepted", verdict], "{age}");
    }
    let before_the_clock_was_set_back = [
        tick(Source::Kraken, "145", 3_600)?,
        tick(Source::Binance, "125", 0)?,
        tick(Source::Binance, "151", 1)?,
    ];
    let verdicts = judge(&before_the_clock_was_set_back).0;
    assert_eq!(verdicts, ["accepted", "accepted", "held"]);
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
fn the_same_ticker_sent_twice_does_not_confirm_a_jump() -> Outcome {
    let again = tick(Source::Binance, "150", 1)?;
    let resent = Tick {
        received_at: again.received_at + Duration::seconds(1),
        ..again.clone()
    };
    let ticks = [
        tick(Source::Binance, "100", 0)?,
        again,
        resent,
        tick(Source::Binance, "151", 3)?,
    ];
    let (verdicts, given_up) = judge(&ticks);
    assert_eq!(verdicts, ["accepted", "held", "held", "accepted"]);
    assert_eq!(given_up, 0, "it was confirmed in the end");
    Ok(())
}

#[test]
fn without_the_time_of_the_venue_a_second_tick_confirms_a_jump() -> Outcome {
    let mut ticks = [
        tick(Source::Coincap, "100", 0)?,
        tick(Source::Coincap, "150", 1)?,
        tick(Source::Coincap, "150", 2)?,
    ];
    for tick in &mut ticks {
        tick.exchange_time = None;
    }
    assert_eq!(judge(&ticks).0, ["accepted", "held", "accepted"]);
    Ok(())
}

#[test]
fn a_held_tick_is_not_released_when_it_has_grown_old() -> Outcome {
    for (second, verdict) in [(31, "accepted with another"), (32, "accepted")] {
        // Kraken climbs in steps too small to doubt, and only the last comes near.
        let ticks = [
            tick(Source::Binance, "100", 0)?,
            tick(Source::Kraken, "110", 0)?,
            tick(Source::Kraken, "130", 1)?,
            tick(Source::Kraken, "155", 1)?,
            tick(Source::Binance, "200", 1)?,
            tick(Source::Kraken, "158", 10)?,
            tick(Source::Kraken, "180", second)?,
        ];
        let verdicts = judge(&ticks).0;
        let expected = ["accepted", "accepted", "accepted", "accepted", "held"];
        assert_eq!(verdicts.get(..5), Some(&expected[..]), "{verdicts:?}");
        assert_eq!(
            verdicts.get(5..),
            Some(&["accepted", verdict][..]),
            "{second}"
        );
    }
    Ok(())
}

#[test]
fn an_absurd_first_price_of_a_source_is_held_until_it_is_said_again() -> Outcome {
    let first = [
        tick(Source::Binance, "100", 0)?,
        tick(Source::Kraken, "1000", 30)?,
        tick(Source::Kraken, "1001", 31)?,
    ];
    assert_eq!(judge(&first).0, ["accepted", "held", "accepted"]);
    let spike = [
        tick(Source::Binance, "100", 0)?,
        tick(Source::Kraken, "1000", 30)?,
        tick(Source::Kraken, "101", 31)?,
    ];
    assert_eq!(judge(&spike), (vec!["accepted", "held", "accepted"], 1));
    Ok(())
}

#[test]
fn a_source_that_comes_back_is_compared_with_the_one_that_stood_in() -> Outcome {
    let ticks = [
        tick(Source::Binance, "100", 0)?,
        tick(Source::Kraken, "110", 1)?,
        tick(Source::Kraken, "130", 3_600)?,
        tick(Source::Binance, "100", 3_601)?,
    ];
    assert_eq!(
        judge(&ticks).0,
        ["accepted", "accepted", "accepted", "held"]
    );
    Ok(())
}

#[test]
fn a_first_price_is_believed_when_nobody_recent_and_real_says_otherwise() -> Outcome {
    for (other, second, verdict) in [
        (Source::Binance, 300, "held"),
        (Source::Binance, 301, "accepted"),
        (Source::Simulated, 1, "accepted"),
    ] {
        let ticks = [
            tick(other, "100", 0)?,
            tick(Source::Kraken, "1000", second)?,
        ];
        assert_eq!(judge(&ticks).0, ["accepted", verdict], "{other} {second}");
    }
    Ok(())
}

#[test]
fn two_sources_that_agree_on_a_jump_are_believed_though_a_third_differs() -> Outcome {
    let ticks = [
        tick(Source::Binance, "100", 0)?,
        tick(Source::Kraken, "150", 1)?,
        tick(Source::Coinbase, "151", 2)?,
    ];
    assert_eq!(
        judge(&ticks).0,
        ["accepted", "held", "accepted with another"]
    );
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
