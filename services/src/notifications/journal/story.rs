//! What became of orders and withdrawals within a piece of the journal.

use domain::{
    UserId,
    exchange::{
        Asset, Entry, Event, Settings,
        event::Withdrawal,
        id::OrderId,
        rules::{Rules, USD_SCALE},
    },
    trading::{Fill, Order, Touched},
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Everything that somebody may want to be told.
#[derive(Debug, Default)]
pub(super) struct Stories {
    orders: BTreeMap<OrderId, OrderStory>,
    pub(super) withdrawals: Vec<WithdrawalStory>,
}

/// What became of an order.
#[derive(Debug)]
pub(super) struct OrderStory {
    pub(super) user: UserId,
    /// When the last of it happened.
    pub(super) at: OffsetDateTime,
    /// Whether its price came.
    pub(super) is_triggered: bool,
    /// Whether it was placed within the piece, too.
    pub(super) is_new: bool,
    /// Whether it ended within the piece.
    pub(super) is_closed: bool,
    /// What it traded.
    pub(super) fills: Vec<Fill>,
    /// As it is afterwards, as far as that is known.
    pub(super) order: Option<Order>,
}

/// What became of a withdrawal.
#[derive(Debug)]
pub(super) struct WithdrawalStory {
    pub(super) user: UserId,
    pub(super) at: OffsetDateTime,
    pub(super) asset: Asset,
    pub(super) amount: Decimal,
    pub(super) destination: String,
    pub(super) step: Step,
}

/// How far it is.
#[derive(Debug)]
pub(super) enum Step {
    /// It waits for its time, or for somebody to approve it.
    Waits,
    /// It was sent, and is called this outside.
    Sent(String),
    /// It was refused.
    Refused,
}

impl Stories {
    pub(super) fn of(entries: &[Entry], settings: &Settings) -> Self {
        let mut stories = Self::default();
        for entry in entries {
            stories.enter(entry, settings);
        }
        stories
    }

    fn enter(&mut self, entry: &Entry, settings: &Settings) {
        let at = OffsetDateTime::from(entry.at);
        let touched = Touched {
            at: entry.at,
            sequence: entry.sequence,
        };
        let rules = |pair| {
            let rules = settings.pairs.get(&pair).copied();
            rules.unwrap_or_else(|| Rules::new(USD_SCALE))
        };
        match &entry.event {
            Event::Placed(order) => self.order(order.id(), order.user(), at).is_new = true,
            Event::Triggered { order, user, .. } => {
                self.order(*order, *user, at).is_triggered = true;
            }
            Event::Traded(trade) => {
                for (user, fill) in Fill::of(trade, rules(trade.pair), touched) {
                    self.order(fill.order_id, user, at).fills.push(fill);
                }
            }
            Event::Closed { order, end } => {
                let over = Order::over(order, *end, rules(order.asked().pair), touched);
                let story = self.order(order.id(), order.user(), at);
                story.is_closed = true;
                story.order = Some(over);
            }
            Event::WithdrawalRequested(asked) if !asked.approved => {
                self.withdrawal(asked, Step::Waits, at, settings);
            }
            Event::WithdrawalSent {
                withdrawal,
                reference,
            } => {
                let sent = Step::Sent(reference.clone());
                self.withdrawal(withdrawal, sent, at, settings);
            }
            Event::WithdrawalWithheld {
                withdrawal,
                by_owner: false,
            } => self.withdrawal(withdrawal, Step::Refused, at, settings),
            // What somebody has just done themselves is no news to them.
            Event::WithdrawalRequested(_)
            | Event::WithdrawalWithheld { .. }
            | Event::WithdrawalApproved { .. }
            | Event::Deposited { .. }
            | Event::StopMoved { .. }
            | Event::AccountClosed { .. } => {}
        }
    }

    fn order(&mut self, id: OrderId, user: UserId, at: OffsetDateTime) -> &mut OrderStory {
        let story = self.orders.entry(id).or_insert_with(|| OrderStory {
            user,
            at,
            is_triggered: false,
            is_new: false,
            is_closed: false,
            fills: Vec::new(),
            order: None,
        });
        story.at = at;
        story
    }

    fn withdrawal(
        &mut self,
        withdrawal: &Withdrawal,
        step: Step,
        at: OffsetDateTime,
        settings: &Settings,
    ) {
        let scale = settings.scale(withdrawal.asset).unwrap_or_default();
        self.withdrawals.push(WithdrawalStory {
            user: withdrawal.user,
            at,
            asset: withdrawal.asset,
            amount: withdrawal.amount.to_decimal(scale).unwrap_or_default(),
            destination: withdrawal.destination.clone(),
            step,
        });
    }

    /// Orders that were triggered and are not known.
    pub(super) fn unknown(&self) -> Vec<(UserId, OrderId)> {
        let orders = self.orders.iter();
        let unknown = orders.filter(|(_, story)| story.is_triggered && story.order.is_none());
        unknown.map(|(id, story)| (story.user, *id)).collect()
    }

    /// What an order is.
    pub(super) fn know(&mut self, id: OrderId, order: Order) {
        if let Some(story) = self.orders.get_mut(&id) {
            story.order = Some(order);
        }
    }

    /// The orders, by their ids: in the order in which they were placed.
    pub(super) fn take_orders(&mut self) -> impl Iterator<Item = OrderStory> + use<> {
        std::mem::take(&mut self.orders).into_values()
    }
}
