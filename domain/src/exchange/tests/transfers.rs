//! Deposits and withdrawals.

use super::*;
use crate::exchange::id::TransferId;

fn withdraw(desk: &mut Desk, needs_approval: bool) -> Result<TransferId, Box<dyn Error>> {
    let asset = "BTC".parse()?;
    let events = desk.run(Command::Withdraw {
        user: ANN,
        asset,
        amount: desk.amount(asset, "4")?,
        destination: "bc1q".to_owned(),
        needs_approval,
    })?;
    match events.as_slice() {
        [Event::WithdrawalRequested(withdrawal)] => Ok(withdrawal.id),
        _ => Err("one event".into()),
    }
}

#[test]
fn a_withdrawal_is_held_until_it_is_sent() -> Outcomes {
    let mut desk = Desk::open()?;
    let withdrawal = withdraw(&mut desk, true)?;
    assert_eq!(desk.has(ANN, "BTC")?, pair_of("6", "4"));
    let send = Command::Send {
        withdrawal,
        reference: "simulated".to_owned(),
    };
    assert_eq!(desk.run(send.clone()).err(), Some(Rejection::NotApproved));
    desk.run(Command::Approve { withdrawal })?;
    desk.run(send.clone())?;
    assert_eq!(desk.has(ANN, "BTC")?, pair_of("6", "0"));
    assert_eq!(desk.shown(Account::World, "BTC".parse()?)?, "-16");
    assert_eq!(desk.run(send).err(), Some(Rejection::UnknownWithdrawal));
    Ok(())
}

#[test]
fn a_withdrawal_that_is_not_sent_is_free_again_and_only_its_owner_ends_it() -> Outcomes {
    let mut desk = Desk::open()?;
    let withdrawal = withdraw(&mut desk, false)?;
    let withhold = |user| Command::Withhold {
        withdrawal,
        by_owner: Some(user),
    };
    let refused = desk.run(withhold(BOB)).err();
    assert_eq!(refused, Some(Rejection::UnknownWithdrawal));
    desk.run(withhold(ANN))?;
    assert_eq!(desk.has(ANN, "BTC")?, pair_of("10", "0"));
    Ok(())
}

#[test]
fn what_is_held_for_an_order_can_not_be_withdrawn() -> Outcomes {
    let mut desk = Desk::open()?;
    let sell = desk.limit(Side::Sell, "7", "1050", Style::Rest)?;
    desk.place(ANN, sell)?;
    assert!(withdraw(&mut desk, false).is_err());
    assert_eq!(desk.has(ANN, "BTC")?, pair_of("3", "7"));
    Ok(())
}

#[test]
fn deposits_have_a_limit_for_each_day() -> Outcomes {
    let mut desk = Desk::open()?;
    // 10,000 dollars and 10 bitcoins at 1,000 have come already.
    desk.deposit(ANN, "USD", "80000")?;
    let amount = desk.amount(Asset::USD, "0.01")?;
    let more = Command::Deposit {
        user: ANN,
        asset: Asset::USD,
        amount,
    };
    let left = Amount::ZERO;
    let refused = desk.run(more.clone()).err();
    assert_eq!(refused, Some(Rejection::DailyLimit { left }));
    desk.wait(24 * 60 * 60);
    desk.run(more)?;
    Ok(())
}
