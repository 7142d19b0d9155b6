//! The state machine: commands in, events out.

use super::{
    asset::{Asset, Pair},
    command::Command,
    event::{Entry, Event, Withdrawal},
    id::OrderId,
    ledger::{Account, Totals},
    money::Amount,
    order::{Live, Outcome, Reason},
    rejection::Rejection,
    state::{Corrupt, Market, Settings, State},
    time::Timestamp,
};
use std::{collections::BTreeMap, sync::Arc};

/// An exchange. Deterministic: the same commands at the same moments give the same events, and the
/// same events give the same state.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub(super) settings: Settings,
    pub(super) state: State,
    /// A mistake made on purpose, for the simulation to find.
    #[cfg(test)]
    pub(super) planted: Option<super::simulate::Bug>,
}

/// A command that is being carried out.
pub(super) struct Run<'a> {
    pub(super) exchange: &'a mut Exchange,
    pub(super) now: Timestamp,
    entries: Vec<Entry>,
}

impl Exchange {
    /// An exchange on which nothing has happened.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let state = State::new(&settings);
        Self {
            settings,
            state,
            #[cfg(test)]
            planted: None,
        }
    }

    /// Carries out a command at the moment `now`. The state has changed by what is returned, and must
    /// be made anew from what is kept if that can't be kept.
    ///
    /// # Errors
    /// [`Rejection`]: nothing has happened, except after [`Rejection::Broken`], which is a mistake of
    /// the exchange itself and calls for making the state anew.
    pub fn execute(&mut self, command: Command, now: Timestamp) -> Result<Vec<Entry>, Rejection> {
        let mut run = Run {
            exchange: self,
            now,
            // Most commands make one or two; room for more is too much for allocators to be fast.
            entries: Vec::with_capacity(2),
        };
        run.carry_out(command)?;
        Ok(run.entries)
    }

    /// Enters what happened before.
    ///
    /// # Errors
    /// [`Corrupt`] when the entry doesn't follow from the state.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), Corrupt> {
        let expected = self.state.sequence + 1;
        if entry.sequence != expected {
            let found = entry.sequence;
            return Err(Corrupt::Sequence { expected, found });
        }
        self.state.sequence = entry.sequence;
        self.state.apply(&entry.event, entry.at)
    }

    /// The number of the last entry; 0 when nothing has happened.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.state.sequence
    }

    /// What may be set.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The orders that are not over, in no order.
    pub fn orders(&self) -> impl Iterator<Item = &Live> {
        self.state.orders.values().map(Arc::as_ref)
    }

    /// An order that is not over.
    #[must_use]
    pub fn order(&self, id: OrderId) -> Option<&Live> {
        self.state.orders.get(&id).map(Arc::as_ref)
    }

    /// The balance of an account, in units of the asset.
    #[must_use]
    pub fn balance(&self, account: Account, asset: Asset) -> Amount {
        self.state.ledger.balance(account, asset)
    }

    /// What all accounts hold together, by asset.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<Asset, Totals> {
        self.state.ledger.totals()
    }

    /// The withdrawals under way, the oldest first.
    pub fn withdrawals(&self) -> impl Iterator<Item = &Withdrawal> {
        self.state.withdrawals.values()
    }

    pub(super) fn market(&self, pair: Pair) -> Result<&Market, Rejection> {
        let market = self.state.markets.get(&pair);
        market.ok_or(Rejection::UnknownPair(pair))
    }
}

impl Run<'_> {
    fn carry_out(&mut self, command: Command) -> Result<(), Rejection> {
        match command {
            Command::Tick { pair, price } => self.tick(pair, price),
            Command::Expire => self.expire(),
            Command::Place { user, order } => self.place(user, order),
            Command::PlaceOco { user, oco } => self.place_oco(user, &oco),
            Command::Cancel { user, order } => self.cancel(user, order),
            Command::CancelAll { user, pair } => self.cancel_all(user, pair),
            Command::Deposit {
                user,
                asset,
                amount,
            } => self.deposit(user, asset, amount),
            Command::Withdraw {
                user,
                asset,
                amount,
                destination,
                needs_approval,
            } => self.withdraw(user, asset, amount, destination, needs_approval),
            Command::Approve { withdrawal } => self.approve(withdrawal),
            Command::Withhold {
                withdrawal,
                by_owner,
            } => self.withhold(withdrawal, by_owner),
            Command::Send {
                withdrawal,
                reference,
            } => self.send(withdrawal, reference),
            Command::CloseAccount { user } => self.close_account(user),
        }
    }

    /// The number of the entry to come: ids and ranks are made of it.
    pub(super) const fn next(&self) -> u64 {
        self.exchange.state.sequence + 1
    }

    /// Lets something happen.
    pub(super) fn emit(&mut self, event: Event) -> Result<(), Rejection> {
        #[cfg(test)]
        if let Some(bug) = self.exchange.planted {
            return bug
                .distort(event)
                .into_iter()
                .try_for_each(|e| self.enter(e));
        }
        self.enter(event)
    }

    fn enter(&mut self, event: Event) -> Result<(), Rejection> {
        let entry = Entry {
            sequence: self.next(),
            at: self.now,
            event,
        };
        match self.exchange.apply(&entry) {
            Ok(()) => {
                self.entries.push(entry);
                Ok(())
            }
            Err(corrupt) => Err(Rejection::Broken(corrupt)),
        }
    }

    /// Ends an order and the one it is linked with. It is no mistake if it has ended already.
    pub(super) fn close(&mut self, id: OrderId, outcome: Outcome) -> Result<(), Rejection> {
        let linked = self.live(id).and_then(Live::linked);
        self.close_one(id, outcome)?;
        match linked {
            Some(linked) => self.close_one(linked, Outcome::Cancelled(Reason::Linked)),
            None => Ok(()),
        }
    }

    /// Ends an order alone.
    pub(super) fn close_one(&mut self, id: OrderId, outcome: Outcome) -> Result<(), Rejection> {
        let Some(order) = self.exchange.state.orders.get(&id) else {
            return Ok(());
        };
        let event = Event::Closed {
            order: Arc::clone(order),
            end: order.close(outcome),
        };
        self.emit(event)
    }

    pub(super) fn live(&self, id: OrderId) -> Option<&Live> {
        self.exchange.order(id)
    }
}
