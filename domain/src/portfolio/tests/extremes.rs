//! Entries as large and as small as may be: whatever is taken in can be worked with.

use super::{properties::coin, properties::failed, *};
use crate::portfolio::{
    Inputs, Period, Question,
    entry::{DEAREST, InvalidEntry, MOST, MOST_WORTH, in_order},
    history::told_prices,
    view::{GainView, LotView},
};
use proptest::prelude::*;
use std::sync::Arc;

/// Entries that somebody may have: `services::portfolio::MOST_ENTRIES`.
const ENTRIES: usize = 100_000;

/// From one unit to what is far too much, every order of magnitude as likely.
fn any_units() -> impl Strategy<Value = i128> {
    (0_u32..=37, 1_i128..=10).prop_map(|(power, digit)| digit * 10_i128.pow(power))
}

fn any_act() -> impl Strategy<Value = Act> {
    let assets = (0_usize..3, 0_usize..3);
    let numbers = (
        any_units(),
        any_units(),
        any_units(),
        any_units(),
        any_units(),
    );
    (0_u8..6, assets, numbers, any::<bool>()).prop_map(
        |(kind, (one, other), (quantity, more, worth, fee, fee_worth), with_fee)| {
            let worth = Money::new(worth);
            let coins = Leg::new(coin(one), Quantity::new(quantity));
            let others = Leg::new(coin(other), Quantity::new(more));
            let money = Leg::dollars(worth).unwrap_or(others);
            let fee = with_fee.then_some(Fee {
                leg: Leg::new(coin(one + other), Quantity::new(fee)),
                worth: Money::new(fee_worth),
            });
            let trade = |given, received| Act::Trade {
                given,
                received,
                worth,
                fee,
            };
            match kind {
                0 => trade(money, coins),
                1 => trade(coins, money),
                2 => trade(others, coins),
                3 => Act::Deposit { leg: coins, worth },
                4 => Act::Withdrawal { leg: coins, worth },
                _ => Act::Transfer {
                    leg: coins,
                    worth,
                    to: Place::Wallet,
                },
            }
        },
    )
}

fn entry(rank: usize, at: i64, act: Act) -> Entry {
    Entry {
        id: Uuid::from_u128(rank as u128),
        at: Timestamp::from_millis(at * DAY),
        rank: rank as u64,
        place: Place::Kraken,
        act,
    }
}

/// All that a dashboard and the API show, at the prices that the entries tell.
fn everything(entries: Vec<Entry>, method: Method) -> Result<(), Box<dyn Error>> {
    let closes = told_prices(&entries);
    let now = entries
        .last()
        .map_or(Timestamp::default(), |entry| entry.at);
    let quotes = closes.iter().filter_map(|(asset, closes)| {
        let price = *closes.values().max()?;
        let quote = Quote {
            price,
            source: None,
            at: now,
        };
        Some((*asset, quote))
    });
    let inputs = Inputs {
        quotes: quotes.collect(),
        entries: entries.into(),
        closes: Arc::new(closes),
        now,
    };
    let book = inputs.book(method)?;
    let past = inputs.past(&book)?;
    for figure in [
        "total_value",
        "cost_basis",
        "realised",
        "fees",
        "twr",
        "profit",
        "cost:BTC",
    ] {
        let asked = Question {
            method,
            period: Period::Whole,
            figure: Some(figure.parse()?),
        };
        inputs.statement(&book, &past, asked)?;
    }
    LotView::all(&book, None)?;
    GainView::all(&book)?;
    Ok(())
}

proptest! {
    /// Else one row of a file would take its owner's dashboard away for good.
    #[test]
    fn whatever_is_taken_in_can_be_added_up(acts in proptest::collection::vec((any_act(), 0_i64..3), 1..60)) {
        let mut day = 0;
        let kept = acts.into_iter().filter(|(act, _)| act.check().is_ok());
        let mut entries: Vec<Entry> = kept.enumerate().map(|(rank, (act, later))| {
            day += later;
            entry(rank, day, act)
        }).collect();
        entries.sort_by(in_order);
        for method in Method::ALL {
            everything(entries.clone(), method).map_err(failed)?;
        }
    }
}

/// A portfolio full of the largest entries there may be, after one that makes each of them as dear as may
/// be.
#[test]
fn as_many_of_the_largest_as_a_portfolio_holds_can_be_added_up() -> Outcomes {
    let asset: Asset = "BTC".parse()?;
    let trade = |coins: Quantity, worth: Money| -> Result<Act, Box<dyn Error>> {
        let act = Act::Trade {
            given: Leg::dollars(worth)?,
            received: Leg::new(asset, coins),
            worth,
            fee: Some(Fee {
                leg: Leg::dollars(MOST_WORTH)?,
                worth: MOST_WORTH,
            }),
        };
        act.check()?;
        Ok(act)
    };
    let dearest = trade(Quantity::ONE, Quantity::ONE.times(DEAREST)?)?;
    let largest = trade(MOST, MOST_WORTH)?;
    let mut entries = vec![entry(0, 0, largest); ENTRIES - 1];
    entries.push(entry(1, 1, dearest));
    for method in [Method::Fifo, Method::Average] {
        everything(entries.clone(), method)?;
    }
    Ok(())
}

#[test]
fn what_can_not_be_worked_with_is_refused_with_the_bounds() -> Outcomes {
    let deposit = |quantity: &str, worth: &str| -> Result<Act, Box<dyn Error>> {
        Ok(Act::Deposit {
            leg: leg(quantity, "BTC")?,
            worth: dollars(worth)?,
        })
    };
    for (quantity, worth) in [
        ("1000000000000000.000000000000000001", "1"),
        ("1000000000000", "10000000000000.01"),
        ("1", "10000000.01"),
        ("0.000000000000000001", "1"),
    ] {
        let refused = deposit(quantity, worth)?.check();
        assert_eq!(refused, Err(InvalidEntry::TooLarge), "{quantity} {worth}");
    }
    for (quantity, worth) in [("1000000000000000", "10000000000000"), ("1", "10000000")] {
        deposit(quantity, worth)?.check()?;
    }
    Ok(())
}
