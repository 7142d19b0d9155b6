//! Trades with their fees where they belong.

use super::{
    entry::{Fee, Leg},
    fixed::{Money, TooLarge},
};

/// What a trade moves, and for how much.
///
/// A fee in dollars or in a third asset adds to the cost of a purchase and takes from the proceeds of
/// anything else; one in a coin that is exchanged makes more of it leave, or less of it come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settled {
    /// What leaves.
    pub(super) given: Leg,
    /// What comes.
    pub(super) received: Leg,
    /// What comes has cost so much.
    pub(super) cost: Money,
    /// What leaves has brought so much.
    pub(super) proceeds: Money,
    /// A fee in an asset that is not exchanged: it leaves by itself.
    pub(super) apart: Option<Fee>,
}

impl Settled {
    pub(super) fn new(
        mut given: Leg,
        mut received: Leg,
        worth: Money,
        fee: Option<Fee>,
    ) -> Result<Self, TooLarge> {
        let (mut cost, mut proceeds, mut apart) = (worth, worth, None);
        if let Some(fee) = fee {
            let coin = !fee.leg.is_dollars();
            if fee.leg.asset == given.asset {
                given.quantity = given.quantity.plus(fee.leg.quantity)?;
            } else if fee.leg.asset == received.asset {
                received.quantity = received.quantity.minus(fee.leg.quantity)?;
            } else {
                apart = Some(fee);
            }
            if !(coin && apart.is_none()) {
                if given.is_dollars() {
                    cost = cost.plus(fee.worth)?;
                } else {
                    proceeds = proceeds.minus(fee.worth)?;
                }
            }
        }
        Ok(Self {
            given,
            received,
            cost,
            proceeds,
            apart,
        })
    }
}
