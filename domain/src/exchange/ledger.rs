//! The ledger: double entry, every posting of an event summing to zero for each asset.

use super::{
    asset::Asset,
    money::{Amount, Overflow},
};
use crate::UserId;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, hash_map::Entry},
    hash::Hash,
};

/// Where an amount can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// A user's, free to be used. Never below zero.
    Available(UserId),
    /// A user's, held for open orders and withdrawals. Never below zero.
    Held(UserId),
    /// The house, which trades with users. May be below zero.
    House,
    /// What trading cost the users.
    Fees,
    /// What rounding fees up to whole units added.
    Dust,
    /// Outside: deposits come from here, withdrawals go there.
    World,
}

/// An amount that comes to an account, or leaves it when negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Where.
    pub account: Account,
    /// What.
    pub asset: Asset,
    /// How much, in units of the asset.
    pub amount: Amount,
}

/// Postings that would break the books. An event that has been checked never makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    /// They don't sum to zero.
    #[error("postings of {0} do not sum to zero")]
    Sum(Asset),
    /// A user's account would be below zero.
    #[error("an account of {0} would be below zero")]
    Negative(Asset),
    /// A balance that does not fit.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// All balances.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    users: FxHashMap<(UserId, Asset), Purse>,
    others: FxHashMap<(Account, Asset), Amount>,
}

/// What a user has of an asset: both together, because most of what happens moves something from one
/// to the other, and finding them is most of what that costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Purse {
    available: Amount,
    held: Amount,
}

/// What all accounts hold together of an asset, in units of it. Balances are far from where a sum of
/// them would not fit: see [`Amount`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Users, free and held.
    pub users: i128,
    /// The house.
    pub house: i128,
    /// Fees, with what rounding them up added.
    pub fees: i128,
    /// Outside; below zero for what came in.
    pub outside: i128,
}

impl Totals {
    /// Whether nothing was made of nothing, and nothing was lost.
    #[must_use]
    pub const fn is_balanced(&self) -> bool {
        self.users + self.house + self.fees + self.outside == 0
    }
}

impl Ledger {
    /// The balance of an account in units of the asset.
    #[must_use]
    pub fn balance(&self, account: Account, asset: Asset) -> Amount {
        let purse = |user| self.users.get(&(user, asset)).copied().unwrap_or_default();
        match account {
            Account::Available(user) => purse(user).available,
            Account::Held(user) => purse(user).held,
            other => {
                let found = self.others.get(&(other, asset));
                found.copied().unwrap_or_default()
            }
        }
    }

    /// Every balance that is not zero, in order.
    #[must_use]
    pub fn balances(&self) -> Vec<Posting> {
        let of_users = self.users.iter().flat_map(|(&(user, asset), purse)| {
            let available = (Account::Available(user), asset, purse.available);
            [available, (Account::Held(user), asset, purse.held)]
        });
        let others = self.others.iter();
        let others = others.map(|(&(account, asset), &amount)| (account, asset, amount));
        let mut all: Vec<Posting> = of_users
            .chain(others)
            .filter(|(_, _, amount)| !amount.is_zero())
            .map(|(account, asset, amount)| Posting {
                account,
                asset,
                amount,
            })
            .collect();
        all.sort_unstable_by_key(|posting| (posting.account, posting.asset));
        all
    }

    /// What all accounts hold together, by asset, in units of it.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<Asset, Totals> {
        let mut all: BTreeMap<Asset, Totals> = BTreeMap::new();
        for ((_, asset), purse) in &self.users {
            let users = &mut all.entry(*asset).or_default().users;
            *users += purse.available.units() + purse.held.units();
        }
        for ((account, asset), amount) in &self.others {
            let totals = all.entry(*asset).or_default();
            let place = match account {
                Account::House => &mut totals.house,
                Account::Fees | Account::Dust => &mut totals.fees,
                Account::World => &mut totals.outside,
                // Kept elsewhere.
                Account::Available(_) | Account::Held(_) => &mut totals.users,
            };
            *place += amount.units();
        }
        all
    }

    /// Enters the postings of one event: all of them, or none.
    ///
    /// # Errors
    /// [`Unbalanced`].
    pub fn post(&mut self, postings: &[Posting]) -> Result<(), Unbalanced> {
        check_sums(postings)?;
        let runs = || postings.chunk_by(|one, next| one.place() == next.place());
        for (done, run) in runs().enumerate() {
            if let Err(error) = self.enter(run) {
                for earlier in runs().take(done) {
                    // What was just added can be taken away again.
                    let _undone = self.change(earlier, |balance, posting| {
                        *balance = balance.minus(posting.amount)?;
                        Ok(())
                    });
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Adds to balances, of which a user's must not end below zero. An event's postings come in an
    /// order in which none is below zero in between.
    fn enter(&mut self, run: &[Posting]) -> Result<(), Unbalanced> {
        self.change(run, |balance, posting| {
            let after = balance.plus(posting.amount)?;
            if posting.account.is_users() && after.is_negative() {
                return Err(Unbalanced::Negative(posting.asset));
            }
            *balance = after;
            Ok(())
        })
    }

    /// Changes the balances of postings that have one place: all of them, or none.
    fn change(
        &mut self,
        run: &[Posting],
        change: impl Fn(&mut Amount, &Posting) -> Result<(), Unbalanced>,
    ) -> Result<(), Unbalanced> {
        let Some(first) = run.first() else {
            return Ok(());
        };
        let asset = first.asset;
        let Some(user) = first.account.user() else {
            return update(&mut self.others, (first.account, asset), |balance| {
                run.iter().try_for_each(|posting| change(balance, posting))
            });
        };
        update(&mut self.users, (user, asset), |purse| {
            run.iter().try_for_each(|posting| {
                let balance = match posting.account {
                    Account::Held(_) => &mut purse.held,
                    _ => &mut purse.available,
                };
                change(balance, posting)
            })
        })
    }
}

/// Changes a value that is kept only while it is something. It is looked for once.
fn update<K: Eq + Hash, V: Copy + Default + PartialEq>(
    values: &mut FxHashMap<K, V>,
    key: K,
    change: impl FnOnce(&mut V) -> Result<(), Unbalanced>,
) -> Result<(), Unbalanced> {
    let place = values.entry(key);
    let mut value = match &place {
        Entry::Occupied(found) => *found.get(),
        Entry::Vacant(_) => V::default(),
    };
    change(&mut value)?;
    match place {
        Entry::Occupied(found) if value == V::default() => {
            found.remove();
        }
        Entry::Vacant(_) if value == V::default() => {}
        place => {
            place.insert_entry(value);
        }
    }
    Ok(())
}

impl Account {
    /// Whether it belongs to a user.
    #[must_use]
    pub const fn is_users(self) -> bool {
        self.user().is_some()
    }

    /// Whose it is, if it belongs to a user.
    const fn user(self) -> Option<UserId> {
        match self {
            Self::Available(user) | Self::Held(user) => Some(user),
            Self::House | Self::Fees | Self::Dust | Self::World => None,
        }
    }
}

impl Posting {
    /// What is kept together, and found at once: both balances of a user, or another account's one.
    fn place(&self) -> (Option<UserId>, Option<Account>, Asset) {
        let user = self.account.user();
        let other = user.is_none().then_some(self.account);
        (user, other, self.asset)
    }
}

fn check_sums(postings: &[Posting]) -> Result<(), Unbalanced> {
    for (index, posting) in postings.iter().enumerate() {
        let asset = posting.asset;
        let earlier = postings.iter().take(index);
        if earlier.into_iter().any(|earlier| earlier.asset == asset) {
            continue;
        }
        let mut sum = Amount::ZERO;
        for same in postings.iter().filter(|other| other.asset == asset) {
            sum = sum.plus(same.amount)?;
        }
        if !sum.is_zero() {
            return Err(Unbalanced::Sum(asset));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn user(number: u128) -> UserId {
        UserId::new(Uuid::from_u128(number))
    }

    fn posting(account: Account, amount: i128) -> Posting {
        Posting {
            account,
            asset: Asset::USD,
            amount: Amount::new(amount),
        }
    }

    #[test]
    fn postings_that_do_not_sum_to_zero_change_nothing() {
        let mut ledger = Ledger::default();
        let wrong = [posting(Account::World, -5), posting(Account::House, 4)];
        assert_eq!(ledger.post(&wrong), Err(Unbalanced::Sum(Asset::USD)));
        assert_eq!(ledger, Ledger::default());
    }

    #[test]
    fn a_user_is_never_below_zero_and_nothing_is_half_done() {
        let mut ledger = Ledger::default();
        let (free, held) = (Account::Available(user(1)), Account::Held(user(1)));
        let deposit = [posting(Account::World, -5), posting(free, 5)];
        assert_eq!(ledger.post(&deposit), Ok(()));
        let before = ledger.clone();
        let more = [
            posting(Account::House, 1),
            posting(held, 5),
            posting(free, -6),
        ];
        assert_eq!(ledger.post(&more), Err(Unbalanced::Negative(Asset::USD)));
        assert_eq!(ledger, before);
        let house = [posting(Account::House, -9), posting(Account::Fees, 9)];
        assert_eq!(ledger.post(&house), Ok(()), "the house may be below zero");
    }

    proptest! {
        #[test]
        fn all_accounts_together_are_always_zero(
            moves in proptest::collection::vec((0_u128..4, 0_u128..4, -50_i128..50), 0..60)
        ) {
            let account = |number| match number {
                0 => Account::World,
                1 => Account::House,
                _ => Account::Available(user(number)),
            };
            let mut ledger = Ledger::default();
            for (from, to, amount) in moves {
                let pair = [posting(account(from), -amount), posting(account(to), amount)];
                let _refused = ledger.post(&pair);
                let sum: i128 = ledger.balances().iter().map(|balance| balance.amount.units()).sum();
                prop_assert_eq!(sum, 0);
                prop_assert!(ledger.totals().values().all(Totals::is_balanced));
                let short = ledger.balances().into_iter().find(|b| b.account.is_users() && b.amount.is_negative());
                prop_assert_eq!(short, None);
            }
        }
    }
}
