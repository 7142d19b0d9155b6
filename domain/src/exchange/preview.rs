//! What an order would do if it were placed now. Nothing moves.

use super::{
    asset::Asset,
    machine::Exchange,
    money::{Amount, Price, Quantity},
    order::{Execution, NewOrder, Outcome, Reason, Style},
    plan::Stop,
    rejection::Rejection,
    time::Timestamp,
};
use crate::UserId;

/// What an order would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preview {
    /// What would trade at once.
    pub filled: Quantity,
    /// What would be paid or got for that, without the fee, in units of US dollars.
    pub traded: Amount,
    /// The fee for that.
    pub fee: Amount,
    /// The best and the worst price of these trades.
    pub prices: Option<(Price, Price)>,
    /// What would be held from the beginning.
    pub held: Amount,
    /// Of what.
    pub asset: Asset,
    /// How much of it is available.
    pub available: Amount,
    /// How it would end at once; `None` when it would wait.
    pub outcome: Option<Outcome>,
}

impl Exchange {
    /// What an order would do. It may need more than is available; that is told, not refused.
    ///
    /// # Errors
    /// [`Rejection`], as for placing it.
    pub fn preview(
        &self,
        user: UserId,
        asked: NewOrder,
        now: Timestamp,
    ) -> Result<Preview, Rejection> {
        asked.check(now)?;
        let asset = asked.held_asset();
        let nothing = Preview {
            filled: Quantity::ZERO,
            traded: Amount::ZERO,
            fee: Amount::ZERO,
            prices: None,
            held: Amount::ZERO,
            asset,
            available: self.state.available(user, asset),
            outcome: None,
        };
        if let Some(trigger) = asked.trigger {
            let held = self.waiting(user, asked, trigger, now)?.held;
            return Ok(Preview { held, ..nothing });
        }
        let (order, plan) = self.draft(user, asked, now)?;
        let style = match asked.execution {
            Execution::Limit { style, .. } => style,
            Execution::Market(_) => Style::ImmediateOrCancel,
        };
        let trades = !plan.steps.is_empty() || plan.stop == Stop::SelfTrade;
        let held = order.held;
        let ends = |outcome| {
            Ok(Preview {
                held,
                outcome: Some(outcome),
                ..nothing
            })
        };
        if style == Style::PostOnly && trades {
            return ends(Outcome::Rejected(Reason::PostOnly));
        }
        if style == Style::FillOrKill && plan.stop != Stop::Filled {
            return ends(Outcome::Cancelled(Reason::FillOrKill));
        }
        let prices = plan.steps.first().zip(plan.steps.last());
        let state = &plan.after.state;
        Ok(Preview {
            filled: state.filled,
            traded: state.traded,
            fee: state.fee.charged(),
            prices: prices.map(|(first, last)| (first.price, last.price)),
            held,
            outcome: match plan.stop {
                Stop::Filled => Some(Outcome::Filled),
                Stop::SelfTrade => Some(Outcome::Cancelled(Reason::SelfTrade)),
                Stop::Exhausted if style == Style::ImmediateOrCancel => {
                    Some(Outcome::Cancelled(Reason::NoLiquidity))
                }
                Stop::Exhausted => None,
            },
            ..nothing
        })
    }
}
