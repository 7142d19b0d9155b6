//! The exchange as its users know it: one trade worked by hand for each rule.

mod closing;
mod linked;
mod matching;
mod transfers;
mod triggered;

use super::{
    Command, Entry, Event, Exchange, Pair, Rejection, Settings, Timestamp,
    asset::Asset,
    house::HouseSettings,
    id::OrderId,
    ledger::Account,
    money::Amount,
    order::{Execution, Live, NewOrder, Outcome, Side, Size, Style, Trigger},
    rules::Rules,
};
use crate::UserId;
use rust_decimal::Decimal;
use std::{collections::BTreeMap, error::Error};
use uuid::Uuid;

pub(super) type Outcomes = Result<(), Box<dyn Error>>;

/// An exchange for bitcoin at 1,000 dollars, with a house that is far away: 2 % on each side, so that
/// users trade with each other in between.
pub(super) struct Desk {
    pub(super) exchange: Exchange,
    pub(super) now: Timestamp,
    pub(super) pair: Pair,
    entries: Vec<Entry>,
}

pub(super) const ANN: UserId = UserId::new(Uuid::from_u128(1));
pub(super) const BOB: UserId = UserId::new(Uuid::from_u128(2));

impl Desk {
    pub(super) fn open() -> Result<Self, Box<dyn Error>> {
        let pair = "BTC-USD".parse()?;
        let settings = Settings {
            house: HouseSettings {
                spread: 40_000,
                step: 10_000,
                levels: 2,
                // 1 bitcoin at 1,000 dollars.
                depth: 10_u64.pow(13),
                growth: 1_000_000,
            },
            ..Settings::new(BTreeMap::from([(pair, Rules::new(2))]))
        };
        let mut desk = Self {
            exchange: Exchange::new(settings),
            now: Timestamp::from_millis(1_795_000_000_000),
            pair,
            entries: Vec::new(),
        };
        desk.price("1000")?;
        for user in [ANN, BOB] {
            desk.deposit(user, "USD", "10000")?;
            desk.deposit(user, "BTC", "10")?;
        }
        Ok(desk)
    }

    /// Carries out a command; afterwards all must be in order, and the events must make the same state.
    pub(super) fn run(&mut self, command: Command) -> Result<Vec<Event>, Rejection> {
        let entries = self.exchange.execute(command, self.now)?;
        self.entries.extend(entries.iter().cloned());
        assert_eq!(self.exchange.check(), Ok(()));
        let mut anew = Exchange::new(self.exchange.settings().clone());
        for entry in &self.entries {
            assert_eq!(anew.apply(entry), Ok(()));
        }
        assert_eq!(anew.snapshot(), self.exchange.snapshot());
        Ok(entries.into_iter().map(|entry| entry.event).collect())
    }

    pub(super) fn wait(&mut self, seconds: i64) {
        self.now = Timestamp::from_millis(self.now.millis() + seconds * 1_000);
    }

    pub(super) fn price(&mut self, price: &str) -> Result<Vec<Event>, Box<dyn Error>> {
        let (pair, price) = (self.pair, price.parse()?);
        Ok(self.run(Command::Tick { pair, price })?)
    }

    pub(super) fn deposit(&mut self, user: UserId, asset: &str, amount: &str) -> Outcomes {
        let asset: Asset = asset.parse()?;
        let amount = self.amount(asset, amount)?;
        self.run(Command::Deposit {
            user,
            asset,
            amount,
        })?;
        Ok(())
    }

    pub(super) fn amount(&self, asset: Asset, amount: &str) -> Result<Amount, Box<dyn Error>> {
        let amount: Decimal = amount.parse()?;
        Ok(Amount::from_decimal(amount, self.exchange.scale(asset)?)?)
    }

    pub(super) fn limit(
        &self,
        side: Side,
        quantity: &str,
        price: &str,
        style: Style,
    ) -> Result<NewOrder, Box<dyn Error>> {
        let rules = Rules::new(2);
        Ok(NewOrder {
            pair: self.pair,
            side,
            execution: Execution::Limit {
                price: rules.price(price.parse()?)?,
                quantity: rules.quantity(quantity.parse()?)?,
                style,
            },
            trigger: None,
            until: None,
            client_id: None,
        })
    }

    pub(super) fn market(&self, side: Side, quantity: &str) -> Result<NewOrder, Box<dyn Error>> {
        let quantity = Rules::new(2).quantity(quantity.parse()?)?;
        Ok(self.at_market(side, Size::Quantity(quantity)))
    }

    pub(super) fn for_dollars(&self, side: Side, amount: &str) -> Result<NewOrder, Box<dyn Error>> {
        let amount = self.amount(Asset::USD, amount)?;
        Ok(self.at_market(side, Size::Quote(amount)))
    }

    fn at_market(&self, side: Side, size: Size) -> NewOrder {
        NewOrder {
            pair: self.pair,
            side,
            execution: Execution::Market(size),
            trigger: None,
            until: None,
            client_id: None,
        }
    }

    /// Places an order; its id and all that came of it.
    pub(super) fn place(
        &mut self,
        user: UserId,
        order: NewOrder,
    ) -> Result<(OrderId, Vec<Event>), Rejection> {
        let events = self.run(Command::Place { user, order })?;
        let placed = events.iter().find_map(|event| match event {
            Event::Placed(order) => Some(order.id()),
            _ => None,
        });
        Ok((placed.ok_or(Rejection::UnknownOrder)?, events))
    }

    /// What somebody has of an asset: available and held, as decimal numbers.
    pub(super) fn has(
        &self,
        user: UserId,
        asset: &str,
    ) -> Result<(String, String), Box<dyn Error>> {
        let asset: Asset = asset.parse()?;
        let shown = |account| self.shown(account, asset);
        Ok((
            shown(Account::Available(user))?,
            shown(Account::Held(user))?,
        ))
    }

    pub(super) fn shown(&self, account: Account, asset: Asset) -> Result<String, Box<dyn Error>> {
        let scale = self.exchange.scale(asset)?;
        let balance = self.exchange.balance(account, asset);
        Ok(balance.to_decimal(scale).unwrap_or_default().to_string())
    }

    pub(super) fn is_open(&self, id: OrderId) -> bool {
        self.exchange.order(id).is_some()
    }

    pub(super) fn live(&self, id: OrderId) -> Option<&Live> {
        self.exchange.order(id)
    }
}

/// How an order ended among these events.
pub(super) fn end_of(id: OrderId, events: &[Event]) -> Option<Outcome> {
    events.iter().find_map(|event| match event {
        Event::Closed { order, end } if order.id() == id => Some(end.outcome),
        _ => None,
    })
}

/// The trades among these events: price and quantity.
pub(super) fn trades(events: &[Event]) -> Vec<(String, String)> {
    let rules = Rules::new(2);
    let trades = events.iter().filter_map(|event| match event {
        Event::Traded(trade) => Some(trade),
        _ => None,
    });
    trades
        .map(|trade| {
            let price = trade.price.to_decimal(rules.tick_scale());
            let quantity = trade.quantity.to_decimal(rules.lot_scale());
            (price.to_string(), quantity.to_string())
        })
        .collect()
}

pub(super) fn with(order: NewOrder, trigger: Trigger) -> NewOrder {
    NewOrder {
        trigger: Some(trigger),
        ..order
    }
}

pub(super) fn pair_of(a: &str, b: &str) -> (String, String) {
    (a.to_owned(), b.to_owned())
}
