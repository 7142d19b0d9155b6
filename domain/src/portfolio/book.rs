//! Goes through the entries and keeps what comes of them: lots, cash, what was realised.

use super::{
    entry::{Act, Entry, Fee, Leg, Place},
    fixed::{Money, Quantity, TooLarge},
    lots::{Lot, Lots, Method, Part},
    settled::Settled,
    trace::{Disposal, Flow, Gap, Move, Movement, Sold},
};
use crate::exchange::{Asset, Timestamp};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// What is at one place of one asset.
#[derive(Debug, Clone)]
struct Position {
    quantity: Quantity,
    cost: Money,
    lots: Lots,
}

/// A portfolio's history, gone through under one method.
///
/// For every method and any prices, to the last digit: what was realised and what is not yet is what
/// everything is worth, and what was taken out, less what was put in.
#[derive(Debug, Clone)]
pub struct Book {
    method: Method,
    positions: FxHashMap<(Place, Asset), Position>,
    disposals: Vec<Disposal>,
    sold: BTreeMap<Asset, Sold>,
    taken: Vec<Part>,
    flows: Vec<Flow>,
    movements: Vec<Movement>,
    gaps: Vec<Gap>,
    moves: Vec<Move>,
    fees: Money,
}

/// An entry while it is gone through.
#[derive(Clone, Copy)]
struct Now {
    entry: u32,
    at: Timestamp,
    place: Place,
}

impl Book {
    /// Goes through entries, which are in order (see [`super::entry::in_order`]).
    ///
    /// # Errors
    /// [`TooLarge`] when a sum has too many digits: from about a million of the largest entries on.
    pub fn new(entries: &[Entry], method: Method) -> Result<Self, TooLarge> {
        let mut book = Self {
            method,
            positions: FxHashMap::default(),
            disposals: Vec::new(),
            sold: BTreeMap::new(),
            taken: Vec::new(),
            flows: Vec::new(),
            movements: Vec::with_capacity(entries.len().saturating_mul(2)),
            gaps: Vec::new(),
            moves: Vec::new(),
            fees: Money::ZERO,
        };
        for (number, entry) in entries.iter().enumerate() {
            let now = Now {
                entry: u32::try_from(number).map_err(|_| TooLarge)?,
                at: entry.at,
                place: entry.place,
            };
            book.take_in(now, &entry.act)?;
        }
        Ok(book)
    }

    /// The method it was gone through with.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// Everything that left, in order.
    #[must_use]
    pub fn disposals(&self) -> &[Disposal] {
        &self.disposals
    }

    /// What all that left came to, asset by asset.
    #[must_use]
    pub const fn sold(&self) -> &BTreeMap<Asset, Sold> {
        &self.sold
    }

    /// The parts of lots that a disposal took, in the order in which it took them.
    #[must_use]
    pub fn taken(&self, disposal: &Disposal) -> &[Part] {
        self.taken.get(disposal.taken.clone()).unwrap_or_default()
    }

    /// What came from outside and what went there, in order. The same under every method.
    #[must_use]
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// How quantities changed, in order. The same under every method.
    #[must_use]
    pub fn movements(&self) -> &[Movement] {
        &self.movements
    }

    /// What left although nothing tells how it came. The same under every method.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// What went from one place to another, but for dollars, in order.
    #[must_use]
    pub(super) fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// What fees were worth, in all.
    #[must_use]
    pub const fn fees(&self) -> Money {
        self.fees
    }

    /// What a disposal of `quantity` would take at a place, and how much would be missing.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn would_take(
        &self,
        place: Place,
        asset: Asset,
        quantity: Quantity,
    ) -> Result<(Vec<Part>, Quantity), TooLarge> {
        let mut parts = Vec::new();
        let Some(position) = self.positions.get(&(place, asset)) else {
            return Ok((parts, quantity));
        };
        let missing = position.lots.clone().take(quantity, |part| {
            parts.push(part);
            Ok(())
        })?;
        Ok((parts, missing))
    }

    /// How much there is of each asset, over all places, and what it cost. In the order of tickers;
    /// what is all gone is left out.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn positions(&self) -> Result<BTreeMap<Asset, (Quantity, Money)>, TooLarge> {
        let mut all = BTreeMap::new();
        for ((_, asset), position) in &self.positions {
            if position.quantity.is_zero() {
                continue;
            }
            let (quantity, cost) = all.entry(*asset).or_insert((Quantity::ZERO, Money::ZERO));
            *quantity = quantity.plus(position.quantity)?;
            *cost = cost.plus(position.cost)?;
        }
        Ok(all)
    }

    /// How much there is of an asset, place by place.
    #[must_use]
    pub fn places(&self, asset: Asset) -> Vec<(Place, Quantity)> {
        let of_asset = self
            .positions
            .iter()
            .filter(|((_, other), _)| *other == asset);
        let there = of_asset.map(|((place, _), position)| (*place, position.quantity));
        let mut places: Vec<_> = there.filter(|(_, quantity)| !quantity.is_zero()).collect();
        places.sort_unstable_by_key(|(place, _)| *place);
        places
    }

    /// What there is of an asset, place by place, the lots of each in the order in which they would be
    /// taken.
    #[must_use]
    pub fn lots(&self, asset: Asset) -> Vec<(Place, Vec<Lot>)> {
        let of_asset = self
            .positions
            .iter()
            .filter(|((_, other), _)| *other == asset);
        let lots = of_asset.map(|((place, _), position)| (*place, position.lots.in_turn()));
        let mut places: Vec<_> = lots.filter(|(_, lots)| !lots.is_empty()).collect();
        places.sort_unstable_by_key(|(place, _)| *place);
        places
    }

    fn take_in(&mut self, now: Now, act: &Act) -> Result<(), TooLarge> {
        match *act {
            Act::Trade {
                given,
                received,
                worth,
                fee,
            } => self.trade(now, (given, received), worth, fee),
            Act::Deposit { leg, worth } => {
                self.flow(now, worth);
                self.receive(now, leg, worth)
            }
            Act::Withdrawal { leg, worth } => {
                self.flow(now, worth.negated());
                self.spend(now, leg, worth, worth)
            }
            Act::Transfer { leg, worth, to } => self.transfer(now, leg, worth, to),
        }
    }

    fn trade(
        &mut self,
        now: Now,
        (given, received): (Leg, Leg),
        worth: Money,
        fee: Option<Fee>,
    ) -> Result<(), TooLarge> {
        if let Some(fee) = fee {
            self.fees = self.fees.plus(fee.worth)?;
        }
        let settled = Settled::new(given, received, worth, fee)?;
        if let Some(fee) = settled.apart {
            self.spend(now, fee.leg, fee.worth, fee.worth)?;
        }
        self.spend(now, settled.given, worth, settled.proceeds)?;
        self.receive(now, settled.received, settled.cost)
    }

    /// What comes costs `cost`; dollars cost what they are, whatever they were paid for.
    fn receive(&mut self, now: Now, leg: Leg, cost: Money) -> Result<(), TooLarge> {
        self.movement(now, leg);
        let cost = if leg.is_dollars() {
            leg.quantity.with_places()?
        } else {
            cost
        };
        let lot = Lot {
            at: now.at,
            entry: now.entry,
            quantity: leg.quantity,
            cost,
        };
        self.put(now.place, leg.asset, lot)
    }

    /// What leaves and was worth `worth` brings in `proceeds`.
    fn spend(&mut self, now: Now, leg: Leg, worth: Money, proceeds: Money) -> Result<(), TooLarge> {
        self.supply(now, leg, worth)?;
        self.movement(
            now,
            Leg {
                quantity: leg.quantity.negated(),
                ..leg
            },
        );
        let start = self.taken.len();
        let cost = self.take(now.place, leg)?;
        if leg.is_dollars() {
            return Ok(());
        }
        let disposal = Disposal {
            entry: now.entry,
            at: now.at,
            place: now.place,
            asset: leg.asset,
            quantity: leg.quantity,
            proceeds,
            cost,
            taken: start..self.taken.len(),
        };
        self.sold.entry(leg.asset).or_default().add(&disposal)?;
        self.disposals.push(disposal);
        Ok(())
    }

    fn transfer(&mut self, now: Now, leg: Leg, worth: Money, to: Place) -> Result<(), TooLarge> {
        self.supply(now, leg, worth)?;
        let start = self.taken.len();
        let cost = self.take(now.place, leg)?;
        if leg.is_dollars() {
            let lot = Lot {
                at: now.at,
                entry: now.entry,
                quantity: leg.quantity,
                cost: worth,
            };
            return self.put(to, leg.asset, lot);
        }
        self.moves.push(Move {
            entry: now.entry,
            at: now.at,
            from: now.place,
            to,
            asset: leg.asset,
            cost,
        });
        for part in self.taken.split_off(start) {
            self.put(to, leg.asset, part.lot)?;
        }
        Ok(())
    }

    /// Sees to it that there is as much as is about to leave: what is missing is brought in.
    fn supply(&mut self, now: Now, leg: Leg, worth: Money) -> Result<(), TooLarge> {
        let position = self.positions.get(&(now.place, leg.asset));
        let there = position.map_or(Quantity::ZERO, |position| position.quantity);
        let missing = leg.quantity.minus(there)?;
        if missing <= Quantity::ZERO {
            return Ok(());
        }
        let worth = if leg.is_dollars() {
            missing.with_places()?
        } else {
            self.gaps.push(Gap {
                entry: now.entry,
                place: now.place,
                asset: leg.asset,
                quantity: missing,
                worth: worth.share(missing, leg.quantity)?,
            });
            worth.share(missing, leg.quantity)?
        };
        self.flow(now, worth);
        self.receive(now, Leg::new(leg.asset, missing), worth)
    }

    fn put(&mut self, place: Place, asset: Asset, lot: Lot) -> Result<(), TooLarge> {
        let method = self.method;
        let position = self.positions.entry((place, asset));
        let position = position.or_insert_with(|| Position {
            quantity: Quantity::ZERO,
            cost: Money::ZERO,
            lots: Lots::new(method),
        });
        position.quantity = position.quantity.plus(lot.quantity)?;
        position.cost = position.cost.plus(lot.cost)?;
        // Dollars have no lots: each cost what it is.
        if asset == Asset::USD {
            return Ok(());
        }
        position.lots.add(lot)
    }

    /// Takes out what is there (see [`Self::supply`]), adds the parts of lots to `taken` and gives what
    /// they had cost.
    fn take(&mut self, place: Place, leg: Leg) -> Result<Money, TooLarge> {
        let Some(position) = self.positions.get_mut(&(place, leg.asset)) else {
            return Ok(Money::ZERO);
        };
        position.quantity = position.quantity.minus(leg.quantity)?;
        let mut cost = Money::ZERO;
        if leg.is_dollars() {
            cost = leg.quantity.with_places()?;
        } else {
            let taken = &mut self.taken;
            position.lots.take(leg.quantity, |part| {
                cost = cost.plus(part.lot.cost)?;
                taken.push(part);
                Ok(())
            })?;
        }
        position.cost = position.cost.minus(cost)?;
        Ok(cost)
    }

    fn flow(&mut self, now: Now, amount: Money) {
        if !amount.is_zero() {
            let (entry, at) = (now.entry, now.at);
            self.flows.push(Flow { entry, at, amount });
        }
    }

    fn movement(&mut self, now: Now, Leg { asset, quantity }: Leg) {
        let at = now.at;
        self.movements.push(Movement {
            at,
            asset,
            quantity,
        });
    }
}
