//! Limit and market orders.

use super::*;
use crate::exchange::order::{Invalid, Reason};

#[test]
fn a_waiting_order_holds_just_what_it_needs_and_gives_it_back() -> Outcomes {
    let mut desk = Desk::open()?;
    let buy = desk.limit(Side::Buy, "2", "990", Style::Rest)?;
    let (id, _) = desk.place(ANN, buy)?;
    // 2 × 990 = 1980, and 0.2 % of it: 3.96.
    assert_eq!(desk.has(ANN, "USD")?, pair_of("8016.04", "1983.96"));
    let sell = desk.limit(Side::Sell, "3", "1010", Style::Rest)?;
    desk.place(ANN, sell)?;
    assert_eq!(desk.has(ANN, "BTC")?, pair_of("7", "3"));
    desk.run(Command::Cancel {
        user: ANN,
        order: id,
    })?;
    assert_eq!(desk.has(ANN, "USD")?, pair_of("10000", "0"));
    desk.run(Command::CancelAll {
        user: ANN,
        pair: None,
    })?;
    assert_eq!(desk.has(ANN, "BTC")?, pair_of("10", "0"));
    Ok(())
}

#[test]
fn two_users_trade_at_the_price_of_the_one_who_waited() -> Outcomes {
    let mut desk = Desk::open()?;
    let sell = desk.limit(Side::Sell, "1", "1000", Style::Rest)?;
    let (waiting, _) = desk.place(BOB, sell)?;
    let buy = desk.limit(Side::Buy, "1.5", "1005", Style::Rest)?;
    let (coming, events) = desk.place(ANN, buy)?;
    assert_eq!(trades(&events), [pair_of("1000", "1")]);
    assert_eq!(end_of(waiting, &events), Some(Outcome::Filled));
    assert!(desk.is_open(coming));
    // Bob: 1000 less 0.1 %. Ann: 1000 and 0.2 %; for the other half 502.5 and 0.2 % = 503.505 are held.
    assert_eq!(desk.has(BOB, "USD")?, pair_of("10999", "0"));
    assert_eq!(desk.has(BOB, "BTC")?, pair_of("9", "0"));
    assert_eq!(desk.has(ANN, "USD")?, pair_of("8494.495", "503.505"));
    assert_eq!(desk.has(ANN, "BTC")?, pair_of("11", "0"));
    assert_eq!(desk.shown(Account::Fees, Asset::USD)?, "3");
    Ok(())
}

#[test]
fn price_comes_before_time_and_time_before_the_rest() -> Outcomes {
    let mut desk = Desk::open()?;
    let mut ids = Vec::new();
    for price in ["1001", "1000", "1000"] {
        let sell = desk.limit(Side::Sell, "1", price, Style::Rest)?;
        ids.push(desk.place(BOB, sell)?.0);
    }
    let buy = desk.limit(Side::Buy, "2.5", "1001", Style::ImmediateOrCancel)?;
    let (_, events) = desk.place(ANN, buy)?;
    let ended: Vec<OrderId> = ids
        .iter()
        .copied()
        .filter(|id| end_of(*id, &events).is_some())
        .collect();
    assert_eq!(Some(ended.as_slice()), ids.get(1..));
    let expected = [("1000", "1"), ("1000", "1"), ("1001", "0.5")];
    assert_eq!(trades(&events), expected.map(|(p, q)| pair_of(p, q)));
    Ok(())
}

#[test]
fn the_house_fills_market_orders_price_by_price() -> Outcomes {
    let mut desk = Desk::open()?;
    // It sells 1000 dollars' worth at 1020.01 and as much at 1030.01.
    let buy = desk.market(Side::Buy, "1.5")?;
    let (id, events) = desk.place(ANN, buy)?;
    assert_eq!(end_of(id, &events), Some(Outcome::Filled));
    let expected = [("1020.01", "0.98038254"), ("1030.01", "0.51961746")];
    assert_eq!(trades(&events), expected.map(|(p, q)| pair_of(p, q)));
    // The next price brings new quotes.
    desk.price("1000")?;
    let sell = desk.market(Side::Sell, "0.5")?;
    assert_eq!(
        trades(&desk.place(ANN, sell)?.1),
        [pair_of("979.99", "0.5")]
    );
    Ok(())
}

#[test]
fn all_of_a_balance_can_be_spent_fee_included() -> Outcomes {
    let mut desk = Desk::open()?;
    let buy = desk.for_dollars(Side::Buy, "500")?;
    let (id, events) = desk.place(ANN, buy)?;
    assert_eq!(end_of(id, &events), Some(Outcome::Filled));
    // 500 / 1.002 / 1020.01, in whole lots.
    assert_eq!(trades(&events), [pair_of("1020.01", "0.48921284")]);
    // 0.48921284 × 1020.01 = 499.0019889284, 0.2 % of it 0.9980039778568, rounded up.
    assert_eq!(desk.has(ANN, "USD")?.0, "9500.0000070937");
    assert_eq!(desk.has(ANN, "USD")?.1, "0");
    // What rounding added is 1 unit, booked by itself.
    assert_eq!(desk.shown(Account::Fees, Asset::USD)?, "0.9980039778");
    assert_eq!(desk.shown(Account::Dust, Asset::USD)?, "0.0000000001");
    Ok(())
}

#[test]
fn what_is_too_little_for_a_lot_leaves_an_order_filled_even_with_nothing_more_on_offer() -> Outcomes
{
    let mut desk = Desk::open()?;
    let all = desk.market(Side::Buy, "5")?;
    desk.place(BOB, all)?;
    let sell = desk.limit(Side::Sell, "1", "1000", Style::Rest)?;
    desk.place(BOB, sell)?;
    // 1000 and 0.2 %, and less than 0.00000001 bitcoin costs.
    let buy = desk.for_dollars(Side::Buy, "1002.000005")?;
    let (id, events) = desk.place(ANN, buy)?;
    assert_eq!(trades(&events), [pair_of("1000", "1")]);
    assert_eq!(end_of(id, &events), Some(Outcome::Filled));
    assert_eq!(desk.has(ANN, "USD")?, pair_of("8998", "0"));
    Ok(())
}

#[test]
fn selling_for_an_amount_brings_no_more_than_that() -> Outcomes {
    let mut desk = Desk::open()?;
    let sell = desk.for_dollars(Side::Sell, "97.8")?;
    let (id, events) = desk.place(ANN, sell)?;
    assert_eq!(end_of(id, &events), Some(Outcome::Filled));
    // 97.8 / 0.998 / 979.99, in whole lots.
    assert_eq!(trades(&events), [pair_of("979.99", "0.09999693")]);
    // 0.09999693 × 979.99 less 0.2 %, whose rounding up costs the last digit.
    assert_eq!(desk.has(ANN, "USD")?, pair_of("10097.7999994478", "0"));
    Ok(())
}

#[test]
fn nobody_spends_what_they_do_not_have() -> Outcomes {
    let mut desk = Desk::open()?;
    let buy = desk.limit(Side::Buy, "10", "1000", Style::Rest)?;
    let refused = desk.place(ANN, buy).err();
    let available = desk.amount(Asset::USD, "10000")?;
    let needed = desk.amount(Asset::USD, "10020")?;
    assert_eq!(
        refused,
        Some(Rejection::InsufficientFunds {
            asset: Asset::USD,
            needed,
            available
        })
    );
    let sell = desk.market(Side::Sell, "10.00000001")?;
    let refused = desk.place(ANN, sell).err();
    assert!(
        matches!(refused, Some(Rejection::InsufficientFunds { .. })),
        "{refused:?}"
    );
    Ok(())
}

#[test]
fn a_price_that_is_too_old_refuses_market_orders_and_silences_the_house() -> Outcomes {
    let mut desk = Desk::open()?;
    desk.wait(30);
    let buy = desk.market(Side::Buy, "0.1")?;
    desk.place(ANN, buy)?;
    desk.wait(1);
    assert_eq!(desk.place(ANN, buy).err(), Some(Rejection::PriceStale));
    // A limit order waits, though the house's last price would have suited it.
    let limit = desk.limit(Side::Buy, "0.1", "1100", Style::Rest)?;
    let (id, events) = desk.place(ANN, limit)?;
    assert_eq!(trades(&events), []);
    // The next price crosses it: it trades at its own price.
    let events = desk.price("1000")?;
    assert_eq!(trades(&events), [pair_of("1100", "0.1")]);
    assert_eq!(end_of(id, &events), Some(Outcome::Filled));
    Ok(())
}

#[test]
fn market_orders_are_cut_at_ten_percent() -> Outcomes {
    let mut desk = Desk::open()?;
    for price in ["1100", "1100.01"] {
        let sell = desk.limit(Side::Sell, "1", price, Style::Rest)?;
        desk.place(BOB, sell)?;
    }
    let buy = desk.market(Side::Buy, "5")?;
    let (id, events) = desk.place(ANN, buy)?;
    let last = trades(&events).pop();
    assert_eq!(last, Some(pair_of("1100", "1")));
    let end = Outcome::Cancelled(Reason::NoLiquidity);
    assert_eq!(end_of(id, &events), Some(end));
    assert_eq!(desk.has(ANN, "USD")?.1, "0");
    Ok(())
}

#[test]
fn post_only_never_takes() -> Outcomes {
    let mut desk = Desk::open()?;
    let sell = desk.limit(Side::Sell, "1", "1000", Style::Rest)?;
    desk.place(BOB, sell)?;
    let buy = desk.limit(Side::Buy, "1", "1000", Style::PostOnly)?;
    let (id, events) = desk.place(ANN, buy)?;
    let end = Outcome::Rejected(Reason::PostOnly);
    assert_eq!((trades(&events), end_of(id, &events)), (vec![], Some(end)));
    let buy = desk.limit(Side::Buy, "1", "999.99", Style::PostOnly)?;
    let (id, _) = desk.place(ANN, buy)?;
    assert!(desk.is_open(id));
    Ok(())
}

#[test]
fn immediate_or_cancel_takes_what_it_can_and_fill_or_kill_all_or_nothing() -> Outcomes {
    let mut desk = Desk::open()?;
    let sell = desk.limit(Side::Sell, "1", "1000", Style::Rest)?;
    desk.place(BOB, sell)?;
    let kill = desk.limit(Side::Buy, "1.1", "1000", Style::FillOrKill)?;
    let (id, events) = desk.place(ANN, kill)?;
    let end = Outcome::Cancelled(Reason::FillOrKill);
    assert_eq!((trades(&events), end_of(id, &events)), (vec![], Some(end)));
    let take = desk.limit(Side::Buy, "1.1", "1000", Style::ImmediateOrCancel)?;
    let (id, events) = desk.place(ANN, take)?;
    assert_eq!(trades(&events), [pair_of("1000", "1")]);
    let end = Outcome::Cancelled(Reason::NoLiquidity);
    assert_eq!(end_of(id, &events), Some(end));
    assert_eq!(desk.has(ANN, "USD")?, pair_of("8998", "0"));
    Ok(())
}

#[test]
fn nobody_trades_with_themselves_the_newer_order_goes() -> Outcomes {
    let mut desk = Desk::open()?;
    let sell = desk.limit(Side::Sell, "1", "1000", Style::Rest)?;
    let (older, _) = desk.place(ANN, sell)?;
    let buy = desk.limit(Side::Buy, "1", "1000", Style::Rest)?;
    let (newer, events) = desk.place(ANN, buy)?;
    let end = Outcome::Cancelled(Reason::SelfTrade);
    assert_eq!(
        (trades(&events), end_of(newer, &events)),
        (vec![], Some(end))
    );
    assert!(desk.is_open(older));
    Ok(())
}

#[test]
fn an_order_ends_when_its_time_is_over_and_trades_no_more() -> Outcomes {
    let mut desk = Desk::open()?;
    let sell = NewOrder {
        until: Some(Timestamp::from_millis(desk.now.millis() + 10_000)),
        ..desk.limit(Side::Sell, "1", "1000", Style::Rest)?
    };
    let (id, _) = desk.place(BOB, sell)?;
    desk.wait(10);
    // Nobody has looked for it yet.
    let buy = desk.limit(Side::Buy, "1", "1000", Style::Rest)?;
    let (_, events) = desk.place(ANN, buy)?;
    assert_eq!(trades(&events), []);
    assert_eq!(end_of(id, &events), Some(Outcome::Expired));
    assert_eq!(desk.has(BOB, "BTC")?, pair_of("10", "0"));
    let over = desk.place(BOB, sell).err();
    assert_eq!(over, Some(Rejection::Invalid(Invalid::AlreadyOver)));
    Ok(())
}

#[test]
fn an_order_is_worth_a_dollar_at_least() -> Outcomes {
    let mut desk = Desk::open()?;
    let small = desk.limit(Side::Buy, "0.00099999", "1000", Style::Rest)?;
    let too_small = Some(Rejection::Invalid(Invalid::TooSmall));
    assert_eq!(desk.place(ANN, small).err(), too_small);
    let small = desk.market(Side::Sell, "0.00099999")?;
    assert_eq!(desk.place(ANN, small).err(), too_small);
    let enough = desk.limit(Side::Buy, "0.001", "1000", Style::Rest)?;
    desk.place(ANN, enough)?;
    Ok(())
}
