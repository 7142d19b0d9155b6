//! Orders that wait for a price.

use super::*;
use crate::exchange::{
    money::Price,
    order::{Reason, Trail},
};

fn price(text: &str) -> Result<Price, Box<dyn Error>> {
    Ok(Rules::new(2).price(text.parse()?)?)
}

#[test]
fn a_stop_sells_when_the_price_has_fallen_to_it() -> Outcomes {
    let mut desk = Desk::open()?;
    let order = desk.market(Side::Sell, "0.5")?;
    let order = with(order, Trigger::Stop(price("950")?));
    let (id, _) = desk.place(ANN, order)?;
    assert_eq!(desk.has(ANN, "BTC")?, pair_of("9.5", "0.5"));
    assert_eq!(trades(&desk.price("950.01")?), []);
    let events = desk.price("950")?;
    assert_eq!(trades(&events), [pair_of("930.99", "0.5")]);
    assert_eq!(end_of(id, &events), Some(Outcome::Filled));
    Ok(())
}

#[test]
fn a_stop_buys_when_the_price_has_risen_and_never_for_more_than_was_held() -> Outcomes {
    let mut desk = Desk::open()?;
    let order = desk.market(Side::Buy, "0.5")?;
    let order = with(order, Trigger::Stop(price("1100")?));
    let (id, _) = desk.place(ANN, order)?;
    // 0.5 × 1210, ten percent above the stop, and 0.2 %.
    assert_eq!(desk.has(ANN, "USD")?.1, "606.21");
    // A jump beyond what is held buys nothing.
    let events = desk.price("1300")?;
    let end = Outcome::Cancelled(Reason::NoLiquidity);
    assert_eq!((trades(&events), end_of(id, &events)), (vec![], Some(end)));
    assert_eq!(desk.has(ANN, "USD")?, pair_of("10000", "0"));
    Ok(())
}

#[test]
fn a_stop_limit_waits_in_the_book_once_it_is_triggered() -> Outcomes {
    let mut desk = Desk::open()?;
    let order = desk.limit(Side::Sell, "0.5", "960", Style::Rest)?;
    let order = with(order, Trigger::Stop(price("950")?));
    let (id, _) = desk.place(ANN, order)?;
    assert_eq!(trades(&desk.price("940")?), []);
    assert!(matches!(desk.live(id), Some(Live::Open(_))));
    // The house buys for 980.00: the order gets its own price.
    let events = desk.price("1000.01")?;
    assert_eq!(trades(&events), [pair_of("960", "0.5")]);
    Ok(())
}

#[test]
fn a_take_profit_is_the_other_way_round() -> Outcomes {
    let mut desk = Desk::open()?;
    let order = desk.market(Side::Sell, "0.5")?;
    let order = with(order, Trigger::TakeProfit(price("1100")?));
    let (id, _) = desk.place(ANN, order)?;
    assert_eq!(trades(&desk.price("900")?), []);
    let events = desk.price("1100")?;
    assert_eq!(end_of(id, &events), Some(Outcome::Filled));
    Ok(())
}

#[test]
fn a_trailing_stop_follows_the_price_up_and_stays_when_it_falls() -> Outcomes {
    let mut desk = Desk::open()?;
    let order = desk.market(Side::Sell, "0.5")?;
    let order = with(order, Trigger::Trailing(Trail::PerMillion(100_000)));
    let (id, _) = desk.place(ANN, order)?;
    let stop = |desk: &Desk| match desk.live(id) {
        Some(Live::Pending(order)) => Some(order.state.stop),
        _ => None,
    };
    assert_eq!(stop(&desk), Some(price("900")?));
    desk.price("1200")?;
    assert_eq!(stop(&desk), Some(price("1080")?));
    desk.price("1090")?;
    assert_eq!(stop(&desk), Some(price("1080")?));
    let events = desk.price("1080")?;
    assert_eq!(end_of(id, &events), Some(Outcome::Filled));

    let order = desk.market(Side::Buy, "0.5")?;
    let order = with(order, Trigger::Trailing(Trail::Ticks(5_000)));
    let (id, _) = desk.place(BOB, order)?;
    desk.price("1000")?;
    assert_eq!(trades(&desk.price("1049.99")?), []);
    let events = desk.price("1050")?;
    assert_eq!(end_of(id, &events), Some(Outcome::Filled));
    Ok(())
}

#[test]
fn a_stop_that_the_price_has_passed_already_is_refused() -> Outcomes {
    let mut desk = Desk::open()?;
    let order = desk.market(Side::Sell, "0.5")?;
    for at in ["1000", "1000.01"] {
        let order = with(order, Trigger::Stop(price(at)?));
        let refused = desk.place(ANN, order).err();
        assert_eq!(refused, Some(Rejection::TriggersAtOnce), "{at}");
    }
    Ok(())
}

#[test]
fn what_is_triggered_first_trades_first() -> Outcomes {
    let mut desk = Desk::open()?;
    let mut ids = Vec::new();
    for at in ["940", "960", "950"] {
        let order = desk.market(Side::Sell, "0.1")?;
        let order = with(order, Trigger::Stop(price(at)?));
        ids.push(desk.place(ANN, order)?.0);
    }
    let events = desk.price("900")?;
    let triggered: Vec<OrderId> = events
        .iter()
        .filter_map(|event| match event {
            Event::Triggered { order, .. } => Some(*order),
            _ => None,
        })
        .collect();
    let [lowest, highest, middle] = ids.as_slice() else {
        return Err("three orders".into());
    };
    assert_eq!(triggered, [*highest, *middle, *lowest]);
    Ok(())
}
