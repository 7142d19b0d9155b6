//! What the exchange knows, and how events change it. Nothing else does.

use super::{
    asset::{Asset, Pair},
    book::{Book, Place},
    event::{Event, Trade, Withdrawal},
    house::{HouseSettings, LastPrice, Quotes},
    id::{OrderId, TransferId},
    ledger::{Ledger, Posting, Unbalanced},
    money::Amount,
    order::{Live, Open, Order, Pending, Share, Side, Trigger},
    rules::{Rates, Role, Rules, USD_SCALE},
    time::Timestamp,
    triggers::Triggers,
};
use crate::{UserId, feed::STALE_AFTER_SECONDS};
use rustc_hash::FxHashMap;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// One pair: what waits, and what the market is.
#[derive(Debug, Clone)]
pub(super) struct Market {
    pub(super) rules: Rules,
    pub(super) book: Book,
    pub(super) triggers: Triggers,
    pub(super) last: Option<LastPrice>,
    pub(super) quotes: Quotes,
}

/// What may be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The pairs that are traded, and how finely.
    pub pairs: BTreeMap<Pair, Rules>,
    /// What trading costs.
    pub rates: Rates,
    /// How the house quotes.
    pub house: HouseSettings,
    /// What a user may deposit in a day, in units of US dollars.
    pub daily_deposits: Amount,
    /// How far from the last price a market order trades, in millionths.
    pub slippage: u32,
    /// Milliseconds after which a price is too old to trade at.
    pub stale_after: i64,
    /// Open orders that one user may have.
    pub most_orders: usize,
}

/// Events that don't fit the state: it was not made from what came before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Corrupt {
    /// The postings of an event break the books.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
    /// It is about an order that is not there.
    #[error("there is no open order {0}")]
    Order(OrderId),
    /// It is about a withdrawal that is not there.
    #[error("there is no withdrawal {0} under way")]
    Withdrawal(TransferId),
    /// It is about a pair that is not traded.
    #[error("{0} is not traded here")]
    Pair(Pair),
    /// Entries are missing, or come twice.
    #[error("entry {found} where {expected} was to come")]
    Sequence {
        /// The number to come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
}

/// All that the exchange knows.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// Of the last entry.
    pub(super) sequence: u64,
    pub(super) ledger: Ledger,
    pub(super) orders: FxHashMap<OrderId, Arc<Live>>,
    /// In the order of their ids. An order that comes is nearly always the last.
    pub(super) by_user: FxHashMap<UserId, Vec<OrderId>>,
    /// By the end of their time.
    pub(super) ends: BTreeSet<(Timestamp, OrderId)>,
    pub(super) markets: BTreeMap<Pair, Market>,
    pub(super) withdrawals: BTreeMap<TransferId, Withdrawal>,
    /// What each user has deposited on the last day that they did, in units of US dollars.
    pub(super) deposits: FxHashMap<UserId, (i64, Amount)>,
    /// Whose accounts are closed.
    pub(super) closed: BTreeSet<UserId>,
    /// Always empty: room for the postings of one event.
    postings: Vec<Posting>,
}

impl Settings {
    /// The usual ones for these pairs: 100,000 dollars a day, market orders within 10 % of a price at
    /// most 30 s old, 500 open orders.
    #[must_use]
    pub fn new(pairs: BTreeMap<Pair, Rules>) -> Self {
        Self {
            pairs,
            rates: Rates::default(),
            house: HouseSettings::default(),
            daily_deposits: Amount::new(1_000_000_000_000_000),
            slippage: 100_000,
            stale_after: STALE_AFTER_SECONDS * 1_000,
            most_orders: 500,
        }
    }

    /// Decimal places of an asset's amounts; `None` for one that is not traded.
    #[must_use]
    pub fn scale(&self, asset: Asset) -> Option<u32> {
        if asset == Asset::USD {
            return Some(USD_SCALE);
        }
        let rules = self.pairs.get(&Pair::of(asset).ok()?)?;
        Some(rules.lot_scale())
    }
}

impl State {
    pub(super) fn new(settings: &Settings) -> Self {
        let market = |(&pair, &rules): (&Pair, &Rules)| (pair, Market::new(rules));
        Self {
            sequence: 0,
            ledger: Ledger::default(),
            orders: FxHashMap::default(),
            by_user: FxHashMap::default(),
            ends: BTreeSet::new(),
            markets: settings.pairs.iter().map(market).collect(),
            withdrawals: BTreeMap::new(),
            deposits: FxHashMap::default(),
            closed: BTreeSet::new(),
            postings: Vec::new(),
        }
    }

    /// The one way to change it.
    pub(super) fn apply(&mut self, event: &Event, at: Timestamp) -> Result<(), Corrupt> {
        let mut postings = std::mem::take(&mut self.postings);
        event.post_to(&mut postings);
        let posted = self.ledger.post(&postings);
        postings.clear();
        self.postings = postings;
        posted?;
        match event {
            Event::Placed(order) => self.add(Arc::clone(order))?,
            Event::StopMoved { order, stop } => {
                let Live::Pending(mut pending) = Arc::unwrap_or_clone(self.take(*order)?) else {
                    return Err(Corrupt::Order(*order));
                };
                pending.state.stop = *stop;
                self.add(Arc::new(Live::Pending(pending)))?;
            }
            Event::Triggered {
                order,
                limit,
                rank,
                added,
                ..
            } => {
                let Live::Pending(mut pending) = Arc::unwrap_or_clone(self.take(*order)?) else {
                    return Err(Corrupt::Order(*order));
                };
                pending.held = sum(pending.held, *added);
                let open = pending.trigger(*rank, *limit);
                self.add(Arc::new(Live::Open(open)))?;
            }
            Event::Traded(trade) => self.trade(trade)?,
            Event::Closed { order, .. } => {
                self.take(order.id())?;
            }
            Event::Deposited { user, worth, .. } => self.count_deposit(*user, at, *worth),
            Event::WithdrawalRequested(withdrawal) => {
                self.withdrawals.insert(withdrawal.id, withdrawal.clone());
            }
            Event::WithdrawalApproved { withdrawal } => {
                let found = self.withdrawals.get_mut(withdrawal);
                found.ok_or(Corrupt::Withdrawal(*withdrawal))?.approved = true;
            }
            Event::WithdrawalSent { withdrawal, .. }
            | Event::WithdrawalWithheld { withdrawal, .. } => {
                let gone = self.withdrawals.remove(&withdrawal.id);
                gone.ok_or(Corrupt::Withdrawal(withdrawal.id))?;
            }
            Event::AccountClosed { user } => {
                self.closed.insert(*user);
            }
        }
        Ok(())
    }

    fn trade(&mut self, trade: &Trade) -> Result<(), Corrupt> {
        for (role, share) in [(Role::Maker, trade.maker), (Role::Taker, trade.taker)] {
            if let Some(share) = share {
                self.fill(trade, role, &share)?;
            }
        }
        Ok(())
    }

    fn fill(&mut self, trade: &Trade, role: Role, share: &Share) -> Result<(), Corrupt> {
        match self.orders.get_mut(&share.order).map(Arc::make_mut) {
            Some(Live::Open(order)) => {
                order.fill(trade.price, trade.quantity, role);
                Ok(())
            }
            _ => Err(Corrupt::Order(share.order)),
        }
    }

    fn count_deposit(&mut self, user: UserId, at: Timestamp, worth: Amount) {
        let (day, total) = self.deposits.entry(user).or_default();
        if *day != at.day() {
            (*day, *total) = (at.day(), Amount::ZERO);
        }
        *total = sum(*total, worth);
    }

    /// Puts an order where it waits.
    pub(super) fn add(&mut self, order: Arc<Live>) -> Result<(), Corrupt> {
        let (id, user, pair) = (order.id(), order.user(), order.asked().pair);
        let market = self.markets.get_mut(&pair).ok_or(Corrupt::Pair(pair))?;
        market.add(&order);
        if let Some(until) = order.asked().until {
            self.ends.insert((until, id));
        }
        let own = self.by_user.entry(user).or_default();
        if let Err(place) = own.binary_search(&id) {
            own.insert(place, id);
        }
        self.orders.insert(id, order);
        Ok(())
    }

    /// Takes an order from wherever it waits.
    fn take(&mut self, id: OrderId) -> Result<Arc<Live>, Corrupt> {
        let order = self.orders.remove(&id).ok_or(Corrupt::Order(id))?;
        let (user, pair) = (order.user(), order.asked().pair);
        let market = self.markets.get_mut(&pair).ok_or(Corrupt::Pair(pair))?;
        market.remove(&order);
        if let Some(until) = order.asked().until {
            self.ends.remove(&(until, id));
        }
        if let Some(own) = self.by_user.get_mut(&user) {
            if let Ok(place) = own.binary_search(&id) {
                own.remove(place);
            }
            if own.is_empty() {
                self.by_user.remove(&user);
            }
        }
        Ok(order)
    }

    /// An order that trades or waits to.
    pub(super) fn open(&self, id: OrderId) -> Option<&Order<Open>> {
        match self.orders.get(&id).map(Arc::as_ref) {
            Some(Live::Open(order)) => Some(order),
            _ => None,
        }
    }

    /// An order that waits for its price.
    pub(super) fn pending(&self, id: OrderId) -> Option<&Order<Pending>> {
        match self.orders.get(&id).map(Arc::as_ref) {
            Some(Live::Pending(order)) => Some(order),
            _ => None,
        }
    }

    /// What is free of an asset.
    pub(super) fn available(&self, user: UserId, asset: Asset) -> Amount {
        let account = super::ledger::Account::Available(user);
        self.ledger.balance(account, asset)
    }
}

impl Market {
    fn new(rules: Rules) -> Self {
        Self {
            rules,
            book: Book::default(),
            triggers: Triggers::default(),
            last: None,
            quotes: Quotes::default(),
        }
    }

    /// The last price, unless it is too old.
    pub(super) fn fresh(&self, now: Timestamp, stale_after: i64) -> Option<LastPrice> {
        self.last.filter(|last| now.since(last.at) <= stale_after)
    }

    fn add(&mut self, order: &Live) {
        match order {
            Live::Open(open) => {
                if let Some((side, place)) = place(open) {
                    self.book.insert(side, place);
                }
            }
            Live::Pending(pending) => {
                if let Some(upwards) = pending.asked.triggers_upwards() {
                    let trails = matches!(pending.asked.trigger, Some(Trigger::Trailing(_)));
                    self.triggers
                        .insert(pending.id, upwards, pending.state.stop, trails);
                }
            }
        }
    }

    fn remove(&mut self, order: &Live) {
        match order {
            Live::Open(open) => {
                if let Some((side, place)) = place(open) {
                    self.book.remove(side, place.price, place.rank);
                }
            }
            Live::Pending(pending) => {
                if let Some(upwards) = pending.asked.triggers_upwards() {
                    self.triggers
                        .remove(pending.id, upwards, pending.state.stop);
                }
            }
        }
    }
}

/// Where an order waits in the book, if it is one that does.
fn place(order: &Order<Open>) -> Option<(Side, Place)> {
    let price = order.asked.resting_price()?;
    let place = Place {
        order: order.id,
        price,
        rank: order.state.rank,
    };
    Some((order.asked.side, place))
}

/// Balances were checked before: what does not fit there can't come here.
fn sum(a: Amount, b: Amount) -> Amount {
    a.plus(b).unwrap_or(a)
}
