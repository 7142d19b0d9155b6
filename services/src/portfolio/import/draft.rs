//! What a row says, before it is known what everything in it was worth.

use super::prices::Prices;
use domain::{
    exchange::{Asset, Timestamp, order::Side},
    portfolio::{
        Act, Entry, Fee, Leg, Money, Number, Place, Quantity, entry::InvalidEntry,
        imported::RowReport,
    },
};
use uuid::Uuid;

/// Why a row is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    /// A column is missing or has something else in it.
    #[error("{column}: {reason}")]
    Column {
        /// Which.
        column: &'static str,
        /// Why.
        reason: String,
    },
    /// Nobody knows what something was worth.
    #[error(
        "nobody here knows what {0} cost on that day: write the row into a file of your own, with what it was \
         worth in US dollars as its total"
    )]
    Price(Asset),
    /// Nobody knows what a fee was worth.
    #[error(
        "nobody here knows what {0}, in which the fee was paid, cost on that day: write the row into a file of \
         your own, with what the fee was worth in US dollars as its fee_total"
    )]
    FeePrice(Asset),
    /// Nobody knows what a currency was worth.
    #[error(
        "nobody here knows what {0} cost in US dollars on that day: say so under rates, such as {0} 1.08, or \
         give the file a column usd_rate"
    )]
    Rate(Asset),
    /// Money of another currency that is less than any dollar.
    #[error("what it says in {0} must be above zero in US dollars")]
    Nothing(Asset),
    /// Nothing is wrong: it moves nothing that a portfolio keeps, for this reason.
    #[error("{0}")]
    Skipped(&'static str),
    /// Together it makes no sense.
    #[error(transparent)]
    Entry(#[from] InvalidEntry),
    /// Numbers that have too many digits together.
    #[error("the numbers are too large")]
    TooLarge,
}

impl Wrong {
    pub(super) fn column(column: &'static str, reason: impl ToString) -> Self {
        Self::Column {
            column,
            reason: reason.to_string(),
        }
    }

    /// A fee that leaves nothing of what it is taken out of.
    pub(super) fn eaten() -> Self {
        Self::column("fee", "must be less than what was got")
    }

    /// What became of the row in this line.
    pub(super) fn report(&self, line: u64) -> RowReport {
        match self {
            Self::Skipped(why) => RowReport::skipped(line, why),
            wrong => RowReport::bad(line, wrong),
        }
    }
}

impl From<domain::portfolio::TooLarge> for Wrong {
    fn from(_: domain::portfolio::TooLarge) -> Self {
        Self::TooLarge
    }
}

/// What happened, without what it was worth where a file doesn't say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) at: Timestamp,
    pub(super) place: Place,
    pub(super) what: What,
    /// What the file calls a trade, if it does.
    pub(super) side: Option<Side>,
    /// What either side was worth in money, if the file says so.
    pub(super) worth: Option<Leg>,
    pub(super) fee: Option<Leg>,
    /// What the fee was worth in money, if the file says so.
    pub(super) fee_worth: Option<Leg>,
    /// US dollars for one of the row's currency, if the file says so.
    pub(super) rate: Option<Number>,
    /// What the exchange calls it; unique in its files.
    pub(super) reference: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Trade {
        given: Leg,
        received: Leg,
    },
    /// From outside: money from a bank, a reward.
    Came(Leg),
    /// To outside: money to a bank.
    Left(Leg),
    /// From the owner's own wallet, as far as anybody knows.
    FromWallet(Leg),
    /// To the owner's own wallet.
    ToWallet(Leg),
    /// Nothing is got for it, such as the fee of a network.
    Spent(Leg),
}

impl Draft {
    /// One of which nothing else is known.
    pub(super) const fn new(at: Timestamp, place: Place, what: What) -> Self {
        Self {
            at,
            place,
            what,
            side: None,
            worth: None,
            fee: None,
            fee_worth: None,
            rate: None,
            reference: None,
        }
    }

    /// Something else that happened there and then.
    pub(super) const fn only(&self, what: What) -> Self {
        Self::new(self.at, self.place, what)
    }

    /// Everything that it moves, and in what it is valued.
    pub(super) fn legs(&self) -> Vec<Leg> {
        let main = match self.what {
            What::Trade { given, received } => vec![given, received],
            What::Came(leg)
            | What::Left(leg)
            | What::FromWallet(leg)
            | What::ToWallet(leg)
            | What::Spent(leg) => vec![leg],
        };
        let others = [self.fee, self.worth, self.fee_worth];
        main.into_iter()
            .chain(others.into_iter().flatten())
            .collect()
    }

    /// The entry, with what things cost on that day where the file doesn't say. All of its money is in dollars.
    pub(super) fn entry(&self, id: Uuid, rank: u64, prices: &Prices) -> Result<Entry, Wrong> {
        let worth_of = |leg: Leg| -> Result<Option<Money>, Wrong> {
            if leg.is_dollars() {
                return Ok(Some(leg.quantity.with_places()?));
            }
            let price = prices.of(leg.asset, self.at.day());
            Ok(price.map(|price| leg.quantity.times(price)).transpose()?)
        };
        // What the file says counts before what anybody else knows.
        let known = |leg: Leg| match self.worth {
            Some(worth) => Ok(worth.quantity.with_places()?),
            None => worth_of(leg)?.ok_or(Wrong::Price(leg.asset)),
        };
        let (place, act) = match self.what {
            What::Trade { given, received } => {
                let is_dollar = |leg: &Leg| prices.is_dollar(leg.asset);
                let act = self.trade((given, received), is_dollar, worth_of)?;
                (self.place, act)
            }
            What::Came(leg) => {
                let worth = known(leg)?;
                (self.place, Act::Deposit { leg, worth })
            }
            What::Spent(leg) if !leg.is_dollars() => {
                let worth = Money::ZERO;
                (self.place, Act::Withdrawal { leg, worth })
            }
            What::Left(leg) | What::Spent(leg) => {
                let worth = known(leg)?;
                (self.place, Act::Withdrawal { leg, worth })
            }
            What::FromWallet(leg) => {
                let (worth, to) = (known(leg)?, self.place);
                (Place::Wallet, Act::Transfer { leg, worth, to })
            }
            What::ToWallet(leg) => {
                let (worth, to) = (known(leg)?, Place::Wallet);
                (self.place, Act::Transfer { leg, worth, to })
            }
        };
        act.check()?;
        Ok(Entry {
            id,
            at: self.at,
            rank,
            place,
            act,
        })
    }

    /// What either side was worth: the dollars of it, else what the file says, else what stands for dollars.
    /// A closing price comes last, since nobody has paid or got it.
    fn trade(
        &self,
        (given, received): (Leg, Leg),
        is_dollar: impl Fn(&Leg) -> bool,
        worth_of: impl Fn(Leg) -> Result<Option<Money>, Wrong>,
    ) -> Result<Act, Wrong> {
        // What it was bought or sold for tells more than what was bought or sold, whichever way it went: so one
        // pair has one measure.
        let (price, thing) = match self.side {
            Some(Side::Sell) => (received, given),
            Some(Side::Buy) | None => (given, received),
        };
        let of_both = [price, thing];
        let dollars = of_both.into_iter().find(Leg::is_dollars).or(self.worth);
        let worth = match dollars.or_else(|| of_both.into_iter().find(is_dollar)) {
            Some(leg) => worth_of(leg)?,
            None => match worth_of(price)? {
                Some(worth) => Some(worth),
                None => worth_of(thing)?,
            },
        };
        let worth = worth.ok_or(Wrong::Price(given.asset))?;
        let fee = self.fee.map(|leg| -> Result<Fee, Wrong> {
            if leg.asset == received.asset && leg.quantity >= received.quantity {
                return Err(Wrong::eaten());
            }
            let same = [given, received]
                .into_iter()
                .find(|one| one.asset == leg.asset);
            let worth = match (self.fee_worth, same) {
                (Some(told), _) if !leg.is_dollars() => told.quantity.with_places()?,
                // A part of what was exchanged was worth that part.
                (_, Some(whole)) => worth.share(leg.quantity, whole.quantity)?,
                (_, None) => worth_of(leg)?.ok_or(Wrong::FeePrice(leg.asset))?,
            };
            Ok(Fee { leg, worth })
        });
        Ok(Act::Trade {
            given,
            received,
            worth,
            fee: fee.transpose()?,
        })
    }
}

/// A leg, unless there is nothing of it.
pub(super) fn some(asset: Asset, quantity: Quantity) -> Option<Leg> {
    (!quantity.is_zero()).then(|| Leg::new(asset, quantity))
}
