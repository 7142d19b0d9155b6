//! What holds for every history.

use super::*;
use crate::portfolio::{entry::in_order, performance::time_weighted};
use proptest::prelude::*;

const COINS: [&str; 3] = ["BTC", "ETH", "BNB"];
const PLACES: [Place; 3] = [Place::Exchange, Place::Wallet, Place::Binance];

/// One line of a history, in small numbers that are made into an act that can be kept.
#[derive(Debug, Clone)]
pub(super) struct Step {
    kind: u8,
    coin: usize,
    other: usize,
    quantity: i128,
    worth: i128,
    fee: u8,
    place: usize,
    /// Most are at the same moment as the one before, or on the next day.
    later: i64,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let numbers = (
        0_u8..6,
        0_usize..3,
        0_usize..3,
        1_i128..1_000_000,
        1_i128..1_000_000_000_000,
    );
    (numbers, 0_u8..4, 0_usize..3, 0_i64..2).prop_map(
        |((kind, coin, other, quantity, worth), fee, place, later)| Step {
            kind,
            coin,
            other,
            quantity,
            worth,
            fee,
            place,
            later,
        },
    )
}

pub(super) fn coin(index: usize) -> Asset {
    let ticker = COINS.get(index % COINS.len()).copied().unwrap_or("BTC");
    ticker.parse().unwrap_or(Asset::USD)
}

impl Step {
    fn leg(&self, asset: Asset) -> Leg {
        // Odd numbers of the smallest unit, so that rounding has something to do.
        let quantity = Quantity::new(self.quantity * 1_000_000_007_000_001);
        Leg::new(asset, quantity)
    }

    fn act(&self) -> Option<Act> {
        let worth = Money::new(self.worth);
        let coins = self.leg(coin(self.coin));
        let money = Leg::dollars(worth).ok()?;
        let fee_leg = |asset| Leg::new(asset, Quantity::new(self.quantity * 1_000_003));
        let fee = match self.fee {
            0 => None,
            1 => {
                let worth = Money::new(self.worth / 500 + 1);
                Some(Fee {
                    leg: Leg::dollars(worth).ok()?,
                    worth,
                })
            }
            2 => Some(Fee {
                leg: fee_leg(coin(self.coin)),
                worth: Money::new(self.worth / 900),
            }),
            _ => Some(Fee {
                leg: fee_leg(coin(self.other)),
                worth: Money::new(self.worth / 700),
            }),
        };
        let to = PLACES
            .get(self.place + 1)
            .copied()
            .unwrap_or(Place::Exchange);
        let act = match self.kind {
            0 => Act::Trade {
                given: money,
                received: coins,
                worth,
                fee,
            },
            1 => Act::Trade {
                given: coins,
                received: money,
                worth,
                fee,
            },
            2 => Act::Trade {
                given: coins,
                received: self.leg(coin(self.other)),
                worth,
                fee,
            },
            3 => Act::Deposit { leg: coins, worth },
            4 => Act::Withdrawal { leg: coins, worth },
            _ => Act::Transfer {
                leg: coins,
                worth,
                to,
            },
        };
        act.check().is_ok().then_some(act)
    }
}

pub(super) fn entries(steps: &[Step]) -> Vec<Entry> {
    let mut day = 0;
    let mut entries: Vec<Entry> = steps
        .iter()
        .zip(0_u64..)
        .filter_map(|(step, rank)| {
            day += step.later;
            Some(Entry {
                id: Uuid::from_u128(rank.into()),
                at: Timestamp::from_millis(day * DAY),
                rank,
                place: PLACES.get(step.place).copied()?,
                act: step.act()?,
            })
        })
        .collect();
    entries.sort_by(in_order);
    entries
}

pub(super) fn failed(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

/// Everything is sold at every place.
fn sell_all(entries: &mut Vec<Entry>) -> Result<(), TestCaseError> {
    let book = Book::new(entries, Method::Fifo).map_err(failed)?;
    let last = entries
        .last()
        .map_or(Timestamp::default(), |entry| entry.at);
    for index in 0..COINS.len() {
        for (place, lots) in book.lots(coin(index)) {
            let all = lots.iter().map(|lot| lot.quantity);
            let leg = Leg::new(coin(index), Quantity::sum(all).map_err(failed)?);
            let worth = Money::new(123_456_789_012);
            entries.push(Entry {
                id: Uuid::nil(),
                at: last,
                rank: u64::MAX,
                place,
                act: Act::Trade {
                    given: leg,
                    received: Leg::dollars(worth).map_err(failed)?,
                    worth,
                    fee: None,
                },
            });
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn realised_and_unrealised_are_value_and_withdrawals_less_deposits(
        steps in proptest::collection::vec(step(), 0..60), prices in proptest::array::uniform3(1_i128..10_i128.pow(24)),
    ) {
        let entries = entries(&steps);
        for method in Method::ALL {
            let book = Book::new(&entries, method).map_err(failed)?;
            let quote = |asset| {
                let index = (0..COINS.len()).find(|index| coin(*index) == asset)?;
                let price = Number::new(*prices.get(index)?);
                Some(Quote { price, source: None, at: Timestamp::default() })
            };
            let valuation = Valuation::new(&book, Timestamp::default(), quote).map_err(failed)?;
            let flows = Money::sum(book.flows().iter().map(|flow| flow.amount)).map_err(failed)?;
            let made = valuation.realised.plus(valuation.unrealised).map_err(failed)?;
            prop_assert_eq!(made, valuation.total_value.minus(flows).map_err(failed)?, "{:?}", method);
        }
    }

    #[test]
    fn lots_are_all_there_is_and_cost_what_is_left(steps in proptest::collection::vec(step(), 0..60)) {
        let entries = entries(&steps);
        let mut quantities: BTreeMap<Asset, Quantity> = BTreeMap::new();
        for method in Method::ALL {
            let book = Book::new(&entries, method).map_err(failed)?;
            let positions = book.positions().map_err(failed)?;
            for index in 0..COINS.len() {
                let lots: Vec<Lot> = book.lots(coin(index)).into_iter().flat_map(|(_, lots)| lots).collect();
                let (quantity, cost) = positions.get(&coin(index)).copied().unwrap_or_default();
                prop_assert_eq!(Quantity::sum(lots.iter().map(|lot| lot.quantity)).map_err(failed)?, quantity);
                prop_assert_eq!(Money::sum(lots.iter().map(|lot| lot.cost)).map_err(failed)?, cost);
                prop_assert!(lots.iter().all(|lot| lot.quantity > Quantity::ZERO && !lot.cost.is_negative()));
                // How much there is depends on no method, and is what the movements say.
                let before = *quantities.entry(coin(index)).or_insert(quantity);
                prop_assert_eq!(before, quantity, "{:?}", method);
                let moved = book.movements().iter().filter(|one| one.asset == coin(index));
                prop_assert_eq!(Quantity::sum(moved.map(|one| one.quantity)).map_err(failed)?, quantity);
            }
            for disposal in book.disposals() {
                let parts = book.taken(disposal);
                prop_assert_eq!(Quantity::sum(parts.iter().map(|part| part.lot.quantity)).map_err(failed)?, disposal.quantity);
                prop_assert_eq!(Money::sum(parts.iter().map(|part| part.lot.cost)).map_err(failed)?, disposal.cost);
            }
        }
    }

    #[test]
    fn once_everything_is_sold_all_methods_agree(steps in proptest::collection::vec(step(), 0..60)) {
        let mut entries = entries(&steps);
        sell_all(&mut entries)?;
        let mut first = None;
        for method in Method::ALL {
            let book = Book::new(&entries, method).map_err(failed)?;
            let valuation = Valuation::new(&book, Timestamp::default(), |_| None).map_err(failed)?;
            prop_assert!(valuation.holdings.iter().all(|holding| holding.asset == Asset::USD));
            prop_assert_eq!(*first.get_or_insert(valuation.realised), valuation.realised, "{:?}", method);
        }
    }

    #[test]
    fn at_a_flat_price_without_fees_nothing_is_returned(steps in proptest::collection::vec(step(), 1..60)) {
        // A hundred units of the coin, whatever it is, are worth one of money.
        let flat = steps.iter().map(|step| Step {
            fee: 0,
            other: step.coin,
            worth: step.quantity * 1_000_000_007_000_001,
            ..step.clone()
        });
        let price = Number::new(10_i128.pow(26));
        let flat: Vec<Step> = flat.collect();
        let entries: Vec<Entry> = entries(&flat);
        let last = entries.last().map_or(0, |entry| entry.at.day());
        let closes: Closes = [(Day::MIN, price)].into();
        let prices = (0..COINS.len()).map(|index| (coin(index), closes.clone())).collect();
        let book = Book::new(&entries, Method::Hifo).map_err(failed)?;
        let points = points(&book, &prices, last + 3).map_err(failed)?;
        prop_assert_eq!(time_weighted(&points).map_err(failed)?, Number::ZERO);
    }
}
