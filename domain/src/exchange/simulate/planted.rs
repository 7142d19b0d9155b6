//! The simulation itself is put to the test: mistakes made on purpose, each of which it must find.

use super::{Failure, Simulation};
use crate::exchange::{
    event::{Event, Trade},
    money::{Amount, Price},
    order::{Closed, Live, Open, Order, Outcome, Reason, Share},
};
use std::sync::Arc;

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exchange) enum Bug {
    /// What is held for an order is not given back when it ends.
    SkippedRelease,
    /// A trade is entered twice.
    DoubleFill,
    /// Buyers pay no fee.
    LostFee,
    /// What a better price saves stays held.
    KeptImprovement,
    /// A trade is entered one tick off.
    WrongPrice,
    /// The other one of two linked orders stays.
    LinkedLeft,
    /// One unit too little is held for an order.
    HeldTooLittle,
    /// A deposit is credited twice.
    DoubleDeposit,
    /// A withdrawal that is sent is given back as well.
    SentAndKept,
    /// An order that has nothing left stays.
    FilledLeft,
    /// Later orders come first.
    QueueJumped,
    /// Rounding is charged and booked nowhere.
    LostDust,
    /// Nobody remembers that an account was closed.
    ClosingForgotten,
    /// A withdrawal that is taken back stays under way.
    WithheldLeft,
}

impl Bug {
    const ALL: [Self; 14] = [
        Self::SkippedRelease,
        Self::DoubleFill,
        Self::LostFee,
        Self::KeptImprovement,
        Self::WrongPrice,
        Self::LinkedLeft,
        Self::HeldTooLittle,
        Self::DoubleDeposit,
        Self::SentAndKept,
        Self::FilledLeft,
        Self::QueueJumped,
        Self::LostDust,
        Self::ClosingForgotten,
        Self::WithheldLeft,
    ];

    /// What happens instead.
    pub(in crate::exchange) fn distort(self, mut event: Event) -> Vec<Event> {
        match (self, &mut event) {
            (Self::SkippedRelease, Event::Closed { end, .. }) => end.released = Amount::ZERO,
            (Self::DoubleFill, Event::Traded(_)) => return vec![event.clone(), event],
            (Self::LostFee, Event::Traded(trade)) => {
                each_share(trade, |share| {
                    (share.fee, share.dust) = (Amount::ZERO, Amount::ZERO);
                });
            }
            (Self::KeptImprovement, Event::Traded(trade)) => {
                each_share(trade, |share| share.released = Amount::ZERO);
            }
            (Self::WrongPrice, Event::Traded(trade)) => {
                trade.price = Price::new(trade.price.get() + 1).unwrap_or(trade.price);
            }
            (Self::LinkedLeft, Event::Closed { end, .. }) if is(end, Reason::Linked) => {
                return Vec::new();
            }
            (Self::HeldTooLittle, Event::Placed(order)) => each_open(order, |order| {
                if order.asked.rests() {
                    order.held = Amount::new((order.held.units() - 1).max(0));
                }
            }),
            (Self::DoubleDeposit, Event::Deposited { amount, .. }) => {
                *amount = Amount::new(amount.units() * 2);
            }
            (Self::ClosingForgotten, Event::AccountClosed { .. })
            | (Self::WithheldLeft, Event::WithdrawalWithheld { .. }) => return Vec::new(),
            (Self::SentAndKept, Event::WithdrawalSent { withdrawal, .. }) => {
                return vec![Event::WithdrawalWithheld {
                    withdrawal: withdrawal.clone(),
                    by_owner: false,
                }];
            }
            (Self::FilledLeft, Event::Closed { end, .. }) if end.outcome == Outcome::Filled => {
                return Vec::new();
            }
            (Self::QueueJumped, Event::Placed(order)) => each_open(order, |order| {
                order.state.rank = u64::MAX - order.state.rank;
            }),
            (Self::LostDust, Event::Traded(trade)) => {
                each_share(trade, |share| {
                    share.fee = Amount::new(share.fee.units() - share.dust.units());
                    share.dust = Amount::ZERO;
                });
            }
            _ => {}
        }
        vec![event]
    }
}

fn each_open(order: &mut Arc<Live>, change: impl FnOnce(&mut Order<Open>)) {
    if let Live::Open(open) = Arc::make_mut(order) {
        change(open);
    }
}

fn is(end: &Closed, reason: Reason) -> bool {
    end.outcome == Outcome::Cancelled(reason)
}

fn each_share(trade: &mut Trade, change: impl Fn(&mut Share)) {
    trade
        .maker
        .iter_mut()
        .chain(&mut trade.taker)
        .for_each(change);
}

/// Within so many seeds of 300 commands each bug must be found.
const SEEDS: u64 = 20;

#[test]
fn every_mistake_made_on_purpose_is_found() {
    for bug in Bug::ALL {
        let found = (0..SEEDS).find_map(|seed| run(seed, bug).err());
        assert!(found.is_some(), "{bug:?} is not found");
    }
}

fn run(seed: u64, bug: Bug) -> Result<(), Failure> {
    let mut simulation = Simulation::new(seed);
    simulation.exchange.planted = Some(bug);
    simulation.run(300).map(drop)
}
