//! The end of an account.

use super::*;
use crate::exchange::{Oco, Snapshot, order::Reason, rules::Rules};

fn oco(desk: &Desk) -> Result<Oco, Box<dyn Error>> {
    let rules = Rules::new(2);
    Ok(Oco {
        pair: desk.pair,
        side: Side::Sell,
        quantity: rules.quantity("1".parse()?)?,
        price: rules.price("1100".parse()?)?,
        stop: rules.price("900".parse()?)?,
        stop_limit: None,
        until: None,
    })
}

fn withdraw(desk: &Desk, user: UserId, needs_approval: bool) -> Result<Command, Box<dyn Error>> {
    let asset = "BTC".parse()?;
    Ok(Command::Withdraw {
        user,
        asset,
        amount: desk.amount(asset, "1")?,
        destination: "bc1q".to_owned(),
        needs_approval,
    })
}

#[test]
fn a_closed_account_has_nothing_open_and_begins_nothing() -> Outcomes {
    let mut desk = Desk::open()?;
    let (user, oco) = (ANN, oco(&desk)?);
    let buy = desk.limit(Side::Buy, "1", "990", Style::Rest)?;
    let (id, _) = desk.place(ANN, buy)?;
    let (theirs, _) = desk.place(BOB, buy)?;
    desk.run(Command::PlaceOco { user, oco })?;
    for needs_approval in [true, false] {
        desk.run(withdraw(&desk, ANN, needs_approval)?)?;
    }
    let ended = desk.run(Command::CloseAccount { user })?;
    assert_eq!(
        end_of(id, &ended),
        Some(Outcome::Cancelled(Reason::Requested))
    );
    assert_eq!(ended.last(), Some(&Event::AccountClosed { user }));
    assert_eq!(desk.has(ANN, "USD")?, pair_of("10000", "0"));
    assert_eq!(desk.has(ANN, "BTC")?, pair_of("10", "0"));
    assert!(desk.is_open(theirs), "somebody else's stays");

    let closed = Some(Rejection::AccountClosed);
    assert_eq!(desk.place(ANN, buy).err(), closed);
    assert_eq!(desk.run(Command::PlaceOco { user, oco }).err(), closed);
    assert_eq!(desk.run(withdraw(&desk, ANN, false)?).err(), closed);
    let deposit = Command::Deposit {
        user,
        asset: Asset::USD,
        amount: desk.amount(Asset::USD, "1")?,
    };
    assert_eq!(desk.run(deposit).err(), closed);
    assert_eq!(desk.run(Command::CloseAccount { user })?, []);
    desk.place(BOB, buy)?;
    Ok(())
}

#[test]
fn it_stays_closed_after_a_restart_from_a_snapshot() -> Outcomes {
    let mut desk = Desk::open()?;
    desk.run(Command::CloseAccount { user: ANN })?;
    let kept = serde_json::to_string(&desk.exchange.snapshot())?;
    let settings = desk.exchange.settings().clone();
    desk.exchange = Exchange::restore(settings, serde_json::from_str(&kept)?)?;
    desk.price("1000")?;
    let buy = desk.limit(Side::Buy, "1", "990", Style::Rest)?;
    let refused = desk.place(ANN, buy).err();
    assert_eq!(refused, Some(Rejection::AccountClosed));
    Ok(())
}

#[test]
fn a_snapshot_of_before_accounts_could_be_closed_still_counts() -> Outcomes {
    let desk = Desk::open()?;
    let now = desk.exchange.snapshot();
    let mut former = serde_json::to_value(&now)?;
    let fields = former.as_object_mut().ok_or("no object")?;
    assert!(fields.remove("closed").is_some());
    assert_eq!(serde_json::from_value::<Snapshot>(former)?, now);
    Ok(())
}
