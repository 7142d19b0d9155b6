//! Money of other currencies, such as euros.
//!
//! A portfolio keeps coins and US dollars. Nobody here knows what a euro cost in dollars on a day, so whoever has
//! traded with euros says so: in a column `usd_rate` of the file, or as [`Rates`] for all of it. Euros
//! themselves stay outside the portfolio: what was bought with them was bought with dollars that came in for it just
//! then, and what was got for a sale went out. So cost, proceeds and fees are what they were on their day,
//! and no balance of dollars is made up that has never been there.

use super::draft::{Draft, What, Wrong, some};
use domain::{
    exchange::{Asset, Timestamp},
    portfolio::{
        Leg, Money, Number,
        history::{Closes, Day},
    },
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};
use time::{Date, OffsetDateTime, format_description::well_known::Iso8601};

/// Currencies that files name, by ISO 4217.
const CODES: [&str; 30] = [
    "AED", "ARS", "AUD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EUR", "GBP",
    "HKD", "HUF", "IDR", "ILS", "INR", "JPY", "KRW", "MXN", "NOK", "NZD", "PLN", "RON", "SEK",
    "SGD", "TRY", "UAH", "ZAR",
];

/// The currency of a code in capital letters, if it is one that files name.
pub(super) fn currency(code: &str) -> Option<Asset> {
    CODES.contains(&code).then(|| code.parse().ok()).flatten()
}

/// Whether it is US dollars or another currency.
pub(super) fn is_money(leg: &Leg) -> bool {
    leg.is_dollars() || is_currency(leg)
}

fn is_currency(leg: &Leg) -> bool {
    CODES.contains(&leg.asset.as_str())
}

/// What other currencies cost in US dollars, as the owner of a file says: `EUR 1.08` for all of it, or from a
/// day on `2024-01-31 EUR 1.0837`; several stand one behind the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates(BTreeMap<Asset, Closes>);

/// A text that tells no rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be US dollars for one of a currency, such as EUR 1.08, or from a day on, such as 2024-01-31 EUR 1.0837"
)]
pub struct NoRates;

/// No currency is dearer than a few dollars: whoever says more has it the other way round.
const DEAREST: Number = Number::new(10 * 10_i128.pow(18));

/// A number of dollars for one: above zero, and at most ten.
pub(super) fn rate(rate: Number) -> Result<Number, NoRates> {
    let fits = rate > Number::ZERO && rate <= DEAREST;
    fits.then_some(rate).ok_or(NoRates)
}

impl FromStr for Rates {
    type Err = NoRates;

    fn from_str(text: &str) -> Result<Self, NoRates> {
        let words = text.split(|c: char| c.is_whitespace() || ",;=:".contains(c));
        let mut words = words.filter(|word| !word.is_empty());
        let mut rates: BTreeMap<Asset, Closes> = BTreeMap::new();
        while let Some(word) = words.next() {
            let (day, code) = match Date::parse(word, &Iso8601::DATE) {
                Ok(date) => (
                    Timestamp::from(date.midnight().assume_utc()).day(),
                    words.next().ok_or(NoRates)?,
                ),
                Err(_) => (Day::MIN, word),
            };
            let currency = currency(&code.to_uppercase()).ok_or(NoRates)?;
            let number = words.next().ok_or(NoRates)?.parse();
            let rate = rate(number.map_err(|_| NoRates)?)?;
            rates.entry(currency).or_default().insert(day, rate);
        }
        Ok(Self(rates))
    }
}

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (currency, rates) in &self.0 {
            for (day, rate) in rates {
                if *day != Day::MIN {
                    let date = OffsetDateTime::from(begin_of(*day)).date();
                    write!(f, "{date} ")?;
                }
                write!(f, "{currency} {rate}, ")?;
            }
        }
        Ok(())
    }
}

/// Midnight of a day.
const fn begin_of(day: Day) -> Timestamp {
    Timestamp::from_millis(day.saturating_mul(24 * 60 * 60 * 1000))
}

impl Rates {
    /// What one of a currency cost on a day: as the last one says that counts from then or earlier.
    fn of(&self, currency: Asset, day: Day) -> Option<Number> {
        let rates = self.0.get(&currency)?;
        rates.range(..=day).next_back().map(|(_, rate)| *rate)
    }
}

/// The same without money of other currencies; nothing when it moves nothing else. A rate that the row says
/// counts before those of the file.
pub(super) fn in_dollars(draft: &Draft, rates: &Rates) -> Result<Vec<Draft>, Wrong> {
    let of = |currency| rates.of(currency, draft.at.day());
    let change = |leg: Leg| -> Result<Leg, Wrong> {
        if !is_currency(&leg) {
            return Ok(leg);
        }
        let rate = draft.rate.or_else(|| of(leg.asset));
        let rate = rate.ok_or(Wrong::Rate(leg.asset))?;
        let dollars = Leg::dollars(leg.quantity.times(rate)?)?;
        if dollars.quantity.is_zero() && !leg.quantity.is_zero() {
            return Err(Wrong::Nothing(leg.asset));
        }
        Ok(dollars)
    };
    let (given, received) = match draft.what {
        What::Trade { given, received } => (given, received),
        What::Came(leg)
        | What::Left(leg)
        | What::FromWallet(leg)
        | What::ToWallet(leg)
        | What::Spent(leg)
            if is_currency(&leg) =>
        {
            return Ok(Vec::new());
        }
        _ => {
            let worth = draft.worth.map(change).transpose()?;
            return Ok(vec![Draft {
                worth,
                ..draft.clone()
            }]);
        }
    };
    if is_money(&given) && is_money(&received) && given.asset != received.asset {
        return exchanged(draft, given, received);
    }
    let changed = Draft {
        what: What::Trade {
            given: change(given)?,
            received: change(received)?,
        },
        worth: draft.worth.map(change).transpose()?,
        fee: draft
            .fee
            .map(change)
            .transpose()?
            .filter(|fee| !fee.quantity.is_zero()),
        fee_worth: draft.fee_worth.map(change).transpose()?,
        ..draft.clone()
    };
    around(draft, changed)
}

/// One currency was changed for another: of that only dollars are seen, which come or go.
fn exchanged(draft: &Draft, given: Leg, received: Leg) -> Result<Vec<Draft>, Wrong> {
    let fee = draft.fee.filter(Leg::is_dollars).map(|fee| fee.quantity);
    let fee = fee.unwrap_or_default();
    let what = if received.is_dollars() {
        let left = received.quantity.minus(fee)?;
        if left.is_negative() {
            return Err(Wrong::eaten());
        }
        some(Asset::USD, left).map(What::Came)
    } else if given.is_dollars() {
        some(Asset::USD, given.quantity.plus(fee)?).map(What::Left)
    } else {
        None
    };
    Ok(what.map(|what| draft.only(what)).into_iter().collect())
}

/// The trade, before it the dollars that came for it, after it those that went: as many as there was money of
/// another currency in `draft`.
fn around(draft: &Draft, trade: Draft) -> Result<Vec<Draft>, Wrong> {
    let (
        What::Trade {
            given: paid,
            received: got,
        },
        What::Trade { given, received },
    ) = (draft.what, trade.what)
    else {
        return Ok(vec![trade]);
    };
    let dollars = |leg: Leg| -> Result<Money, Wrong> { Ok(leg.quantity.with_places()?) };
    let was_currency = draft.fee.as_ref().is_some_and(is_currency);
    let fee = trade.fee.filter(|_| was_currency);
    let fee = fee.map_or(Ok(Money::ZERO), dollars)?;
    let (mut came, mut went) = (fee, Money::ZERO);
    if is_currency(&got) {
        // The fee is taken out of what was got.
        (came, went) = (Money::ZERO, dollars(received)?.minus(fee)?);
    }
    if is_currency(&paid) {
        came = came.plus(dollars(given)?)?;
    }
    let leg = |amount: Money| Ok::<_, Wrong>(some(Asset::USD, amount.with_places()?));
    let came = leg(came)?.map(|leg| draft.only(What::Came(leg)));
    let went = leg(went)?.map(|leg| draft.only(What::Left(leg)));
    Ok(came.into_iter().chain([trade]).chain(went).collect())
}

/// What a row says about rates, for its report: `1 EUR at 1.0837 USD`.
pub(super) fn remark(draft: &Draft, rates: &Rates) -> Option<String> {
    let legs = draft.legs().into_iter();
    let found = legs.filter(is_currency).find_map(|leg| {
        let rate = draft.rate.or_else(|| rates.of(leg.asset, draft.at.day()));
        Some((leg.asset, rate?))
    });
    found.map(|(currency, rate)| format!("1 {currency} at {rate} USD"))
}
