//! What an order would trade with, right now: the same answer for a preview and for the order itself.

use super::{
    house::LastPrice,
    id::OrderId,
    money::{Amount, Price, Quantity},
    order::{Open, Order, Side},
    rules::Role,
    state::{Market, State},
    time::Timestamp,
};

/// Who would trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// The house.
    House,
    /// An order in the book.
    Order(OrderId),
}

/// A trade to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// With whom.
    pub maker: Maker,
    /// At which price.
    pub price: Price,
    /// How much.
    pub quantity: Quantity,
}

/// Why there are no more trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// All of it would trade.
    Filled,
    /// Nothing more is on offer at its price.
    Exhausted,
    /// The next in the book is an order of the same user.
    SelfTrade,
}

/// The trades of an order that comes to the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// One after the other.
    pub steps: Vec<Step>,
    /// Why no more.
    pub stop: Stop,
    /// The order as it would be afterwards.
    pub after: Order<Open>,
}

impl Plan {
    /// What it takes from its owner: US dollars with the fee for buying, else lots of the base asset.
    #[must_use]
    pub fn taken(&self) -> Amount {
        let state = &self.after.state;
        match self.after.asked.side {
            Side::Buy => Amount::new(state.traded.units() + state.fee.charged().units()),
            Side::Sell => state.filled.amount(),
        }
    }
}

/// Walks the book and the house's quotes with an order that is not among them.
pub(super) fn plan(
    state: &State,
    market: &Market,
    taker: &Order<Open>,
    fresh: Option<LastPrice>,
    now: Timestamp,
) -> Plan {
    let side = taker.asked.side;
    let mut book = market
        .book
        .orders(side.opposite())
        .filter_map(|place| state.open(place.order).map(|order| (place, order)))
        // What is over trades no more, even if nobody has taken it out yet.
        .filter(|(_, order)| !order.is_over(now))
        .peekable();
    // A price that is too old is nothing to quote around.
    let quotes = fresh
        .map(|_| market.quotes.offers(side))
        .unwrap_or_default();
    let mut house = quotes
        .iter()
        .filter(|quote| !quote.left.is_zero())
        .peekable();
    let mut after = taker.clone();
    let mut steps = Vec::new();
    let stop = loop {
        let waiting = book
            .peek()
            .map(|(place, order)| (place.price, Some(*order)));
        let quoted = house.peek().map(|quote| (quote.price, None));
        let Some((price, maker)) = better(side, waiting, quoted) else {
            break Stop::Exhausted;
        };
        if !side.accepts(taker.state.limit, price) {
            break Stop::Exhausted;
        }
        let wanted = after.left_at(price, Role::Taker);
        if wanted.is_zero() {
            break Stop::Filled;
        }
        let (offered, maker) = match maker {
            Some(order) if order.user == taker.user => break Stop::SelfTrade,
            Some(order) => {
                book.next();
                (order.left_at(price, Role::Maker), Maker::Order(order.id))
            }
            None => {
                let left = house.next().map(|quote| quote.left);
                (left.unwrap_or_default(), Maker::House)
            }
        };
        let quantity = wanted.min(offered);
        after.fill(price, quantity, Role::Taker);
        steps.push(Step {
            maker,
            price,
            quantity,
        });
        // Also when what is left of an order by amount pays for no lot at this price.
        if quantity < offered || after.left_at(price, Role::Taker).is_zero() {
            break Stop::Filled;
        }
    };
    Plan { steps, stop, after }
}

type Offer<'a> = (Price, Option<&'a Order<Open>>);

/// The better offer; at one price users come before the house, whose quotes are always the newest.
fn better<'a>(
    taker: Side,
    waiting: Option<Offer<'a>>,
    quoted: Option<Offer<'a>>,
) -> Option<Offer<'a>> {
    match (waiting, quoted) {
        (Some(waiting), Some(quoted)) => {
            let quoted_is_better = match taker {
                Side::Buy => quoted.0 < waiting.0,
                Side::Sell => quoted.0 > waiting.0,
            };
            Some(if quoted_is_better { quoted } else { waiting })
        }
        (waiting, quoted) => waiting.or(quoted),
    }
}
