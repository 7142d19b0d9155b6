//! Commands at random, around what there is.

use super::{PAIRS, Simulation};
use crate::{
    UserId,
    exchange::{
        asset::{Asset, Pair},
        command::{Command, Oco},
        id::{OrderId, TransferId},
        money::{Amount, Price, Quantity},
        order::{Execution, Live, NewOrder, Side, Size, Style, Trail, Trigger},
        rules::Rules,
        time::Timestamp,
    },
};
use rust_decimal::Decimal;
use uuid::Uuid;

const USERS: u64 = 6;

fn numbered(user: u64) -> UserId {
    UserId::new(Uuid::from_u128(u128::from(user)))
}

impl Simulation {
    pub(super) fn command(&mut self) -> Command {
        let user = self.user();
        match self.random.below(100) {
            0..20 => self.tick(),
            20..64 => Command::Place {
                user,
                order: self.order(),
            },
            64..70 => Command::PlaceOco {
                user,
                oco: self.oco(),
            },
            70..78 => Command::Cancel {
                user,
                order: self.some_order(),
            },
            78..80 => {
                let pair = self.random.one_in(2).then(|| self.pair().0);
                Command::CancelAll { user, pair }
            }
            80..83 => Command::Expire,
            83 => self.closing(),
            84..92 => {
                let (asset, amount) = self.amount();
                Command::Deposit {
                    user,
                    asset,
                    amount,
                }
            }
            _ => self.withdrawal(user),
        }
    }

    fn withdrawal(&mut self, user: UserId) -> Command {
        let under_way: Vec<TransferId> = self.exchange.withdrawals().map(|w| w.id).collect();
        let chosen = usize::try_from(self.random.next()).unwrap_or_default();
        let chosen = under_way.get(chosen.checked_rem(under_way.len()).unwrap_or_default());
        match (self.random.below(4), chosen.copied()) {
            (0, Some(withdrawal)) => Command::Approve { withdrawal },
            (1, Some(withdrawal)) => Command::Withhold {
                withdrawal,
                by_owner: self.random.one_in(2).then_some(user),
            },
            (2, Some(withdrawal)) => Command::Send {
                withdrawal,
                reference: "simulated".to_owned(),
            },
            _ => {
                let (asset, amount) = self.amount();
                Command::Withdraw {
                    user,
                    asset,
                    amount,
                    destination: "somewhere".to_owned(),
                    needs_approval: self.random.one_in(2),
                }
            }
        }
    }

    fn tick(&mut self) -> Command {
        let (pair, rules) = self.pair();
        let price = self.prices.entry(pair).or_default();
        // At most 2 % up or down, now and then a jump.
        let most = if self.random.one_in(20) { 300 } else { 20 };
        let change = i64::try_from(self.random.below(2 * most + 1)).unwrap_or_default();
        let change = change - i64::try_from(most).unwrap_or_default();
        let moved = *price * Decimal::new(1_000 + change, 3);
        *price = moved
            .max(rules.tick_size() * Decimal::ONE_HUNDRED)
            .round_dp(18);
        Command::Tick {
            pair,
            price: *price,
        }
    }

    /// Whoever has been there longest goes now and then, and somebody new comes.
    fn closing(&mut self) -> Command {
        if self.random.one_in(4) {
            return Command::Expire;
        }
        self.gone += 1;
        let user = numbered(self.gone);
        Command::CloseAccount { user }
    }

    /// One of those who are there; now and then one who has gone.
    fn user(&mut self) -> UserId {
        if self.gone > 0 && self.random.one_in(20) {
            let gone = self.gone;
            return numbered(1 + self.random.below(gone));
        }
        numbered(self.gone + 1 + self.random.below(USERS))
    }

    fn pair(&mut self) -> (Pair, Rules) {
        let number = usize::try_from(self.random.below(PAIRS.len() as u64)).unwrap_or_default();
        let pairs = &self.exchange.settings.pairs;
        let (pair, rules) = pairs
            .iter()
            .nth(number)
            .or(pairs.iter().next())
            .map_or_else(
                || (Asset::USD, Rules::new(2)),
                |(pair, rules)| (pair.base(), *rules),
            );
        // The pairs above are none of US dollars.
        Pair::of(pair).map_or_else(|_| self.pair(), |pair| (pair, rules))
    }

    fn amount(&mut self) -> (Asset, Amount) {
        let (pair, rules) = self.pair();
        if self.random.one_in(2) {
            let dollars = i128::from(self.random.below(20_000));
            let rest = i128::from(self.random.below(1_000));
            return (Asset::USD, Amount::new(dollars * 10_i128.pow(10) + rest));
        }
        let price = self.prices.get(&pair).copied().unwrap_or(Decimal::ONE);
        let worth = Decimal::from(self.random.below(5_000));
        let amount = worth.checked_div(price).unwrap_or_default();
        let amount = Amount::from_decimal(amount.round_dp(rules.lot_scale()), rules.lot_scale());
        (pair.base(), amount.unwrap_or_default())
    }

    fn some_order(&mut self) -> OrderId {
        let mut all: Vec<OrderId> = self.exchange.orders().map(Live::id).collect();
        all.sort_unstable();
        let chosen = usize::try_from(self.random.next()).unwrap_or_default();
        let chosen = all.get(chosen.checked_rem(all.len()).unwrap_or_default());
        chosen.copied().unwrap_or(OrderId::at(self.now, 0))
    }

    /// A price around the market's, in ticks.
    fn price(&mut self, pair: Pair, rules: Rules) -> Price {
        let last = self.prices.get(&pair).copied().unwrap_or(Decimal::ONE);
        // Few different ones, so that orders meet.
        let away = i64::try_from(self.random.below(21)).unwrap_or_default() - 10;
        let price = last * Decimal::new(1_000 + away, 3);
        let near = rules.nearest(price.round_sf(3).unwrap_or(price));
        let least = Price::new(1).ok();
        near.or(least).unwrap_or_else(|| self.price(pair, rules))
    }

    fn quantity(&mut self, pair: Pair, rules: Rules) -> Quantity {
        let price = self.prices.get(&pair).copied().unwrap_or(Decimal::ONE);
        let worth = Decimal::from(self.random.below(4_000)) / Decimal::TEN;
        let quantity = worth.checked_div(price).unwrap_or_default();
        rules
            .quantity(quantity.round_dp(rules.lot_scale()))
            .unwrap_or_default()
    }

    fn side(&mut self) -> Side {
        if self.random.one_in(2) {
            Side::Buy
        } else {
            Side::Sell
        }
    }

    fn until(&mut self) -> Option<Timestamp> {
        let wait = i64::try_from(self.random.below(60_000)).unwrap_or_default();
        self.random
            .one_in(4)
            .then(|| Timestamp::from_millis(self.now.millis() + wait))
    }

    fn order(&mut self) -> NewOrder {
        let (pair, rules) = self.pair();
        let quantity = self.quantity(pair, rules);
        let execution = match self.random.below(10) {
            0..2 => Execution::Market(Size::Quantity(quantity)),
            2 => Execution::Market(Size::Quote(self.amount().1)),
            choice => Execution::Limit {
                price: self.price(pair, rules),
                quantity,
                style: match choice {
                    3 => Style::PostOnly,
                    4 => Style::ImmediateOrCancel,
                    5 => Style::FillOrKill,
                    _ => Style::Rest,
                },
            },
        };
        let trigger = match self.random.below(10) {
            0 => Some(Trigger::Stop(self.price(pair, rules))),
            1 => Some(Trigger::TakeProfit(self.price(pair, rules))),
            2 => Some(Trigger::Trailing(Trail::PerMillion(10_000))),
            3 => Some(Trigger::Trailing(Trail::Ticks(self.random.below(5_000)))),
            _ => None,
        };
        NewOrder {
            pair,
            side: self.side(),
            execution,
            trigger,
            until: self.until(),
            client_id: None,
        }
    }

    fn oco(&mut self) -> Oco {
        let (pair, rules) = self.pair();
        let stop_limit = self.random.one_in(2).then(|| self.price(pair, rules));
        Oco {
            pair,
            side: self.side(),
            quantity: self.quantity(pair, rules),
            price: self.price(pair, rules),
            stop: self.price(pair, rules),
            stop_limit,
            until: self.until(),
        }
    }
}
