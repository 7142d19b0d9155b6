//! Two orders of which only one is to trade.

use super::*;
use crate::exchange::{Oco, order::Reason};

fn oco(
    desk: &Desk,
    side: Side,
    [price, stop]: [&str; 2],
    stop_limit: Option<&str>,
) -> Result<Oco, Box<dyn Error>> {
    let rules = Rules::new(2);
    let at = |text: &str| -> Result<_, Box<dyn Error>> { Ok(rules.price(text.parse()?)?) };
    Ok(Oco {
        pair: desk.pair,
        side,
        quantity: rules.quantity(Decimal::ONE)?,
        price: at(price)?,
        stop: at(stop)?,
        stop_limit: stop_limit.map(at).transpose()?,
        until: None,
    })
}

fn place(desk: &mut Desk, oco: Oco) -> Result<[OrderId; 2], Box<dyn Error>> {
    let events = desk.run(Command::PlaceOco { user: ANN, oco })?;
    let placed: Vec<OrderId> = events
        .iter()
        .filter_map(|event| match event {
            Event::Placed(order) => Some(order.id()),
            _ => None,
        })
        .collect();
    Ok(<[OrderId; 2]>::try_from(placed).map_err(|_| "two orders")?)
}

#[test]
fn what_two_linked_orders_need_is_held_once() -> Outcomes {
    let mut desk = Desk::open()?;
    let sell = oco(&desk, Side::Sell, ["1050", "950"], None)?;
    place(&mut desk, sell)?;
    assert_eq!(desk.has(ANN, "BTC")?, pair_of("9", "1"));
    let buy = oco(&desk, Side::Buy, ["950", "1050"], Some("1060"))?;
    place(&mut desk, buy)?;
    // The dearer of the two: 1060 and 0.2 %.
    assert_eq!(desk.has(ANN, "USD")?.1, "1062.12");
    Ok(())
}

#[test]
fn the_limit_order_trades_and_the_stop_goes() -> Outcomes {
    let mut desk = Desk::open()?;
    let both = oco(&desk, Side::Buy, ["950", "1050"], Some("1060"))?;
    let [limit, stop] = place(&mut desk, both)?;
    let sell = desk.limit(Side::Sell, "0.4", "950", Style::Rest)?;
    desk.price("965")?;
    let (_, events) = desk.place(BOB, sell)?;
    assert_eq!(trades(&events), [pair_of("950", "0.4")]);
    let end = Outcome::Cancelled(Reason::Linked);
    assert_eq!(end_of(stop, &events), Some(end));
    assert!(desk.is_open(limit));
    // 0.6 × 950 and 0.2 % are still needed.
    assert_eq!(desk.has(ANN, "USD")?.1, "571.14");
    Ok(())
}

#[test]
fn the_stop_is_triggered_and_the_limit_order_goes() -> Outcomes {
    let mut desk = Desk::open()?;
    let both = oco(&desk, Side::Sell, ["1050", "950"], None)?;
    let [limit, stop] = place(&mut desk, both)?;
    let events = desk.price("940")?;
    let end = Outcome::Cancelled(Reason::Linked);
    assert_eq!(end_of(limit, &events), Some(end));
    assert_eq!(end_of(stop, &events), Some(Outcome::Filled));
    assert_eq!(desk.has(ANN, "BTC")?, pair_of("9", "0"));
    Ok(())
}

#[test]
fn cancelling_one_cancels_both() -> Outcomes {
    for which in 0..2 {
        let mut desk = Desk::open()?;
        let both = oco(&desk, Side::Buy, ["950", "1050"], None)?;
        let ids = place(&mut desk, both)?;
        let order = *ids.get(which).ok_or("two orders")?;
        desk.run(Command::Cancel { user: ANN, order })?;
        assert!(ids.iter().all(|id| !desk.is_open(*id)));
        assert_eq!(desk.has(ANN, "USD")?, pair_of("10000", "0"));
    }
    Ok(())
}

#[test]
fn the_two_lie_on_either_side_of_the_market() -> Outcomes {
    let mut desk = Desk::open()?;
    for prices in [["950", "1050"], ["1050", "1000"], ["1000", "950"]] {
        let oco = oco(&desk, Side::Sell, prices, None)?;
        let refused = desk.run(Command::PlaceOco { user: ANN, oco }).err();
        assert_eq!(refused, Some(Rejection::LinkedPrices), "{prices:?}");
    }
    Ok(())
}
