//! Trades from elsewhere, out of the files that exchanges give their customers.
//!
//! A file is read in three steps: a [`table`] of texts, a [`Draft`] for each row by the rules of the
//! exchange it is from, and with the prices of the days that are asked for the entries. Each row has a
//! fate, and what is wrong with one says nothing about the others.

mod binance;
mod coinbase;
mod currency;
mod draft;
mod generic;
mod kraken;
mod looked;
mod prices;
mod read;
mod run;
mod table;
#[cfg(test)]
mod tests;

pub use currency::{NoRates, Rates};
pub use looked::{File, Looked};

use draft::{Draft, Wrong};
use read::{Assets, number};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use table::{Head, Row};

/// Rows that a file may have.
pub const MOST_ROWS: usize = 100_000;

/// Bytes that a file may have: 20 MiB.
pub const MOST_BYTES: usize = 20 * 1024 * 1024;

/// A column that any file may be given: US dollars for one of the row's currency.
const RATE: &str = "usd_rate";

/// A number with commas between thousands, `1,234.5`, without them; `None` when they stand elsewhere.
#[must_use]
pub fn ungrouped(text: &str) -> Option<String> {
    read::plain(text, ',', '.')
}

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One that anybody can write: date, type, asset, quantity, total.
    Generic,
    /// Binance, "Trade History".
    Binance,
    /// Coinbase, "Transaction history".
    Coinbase,
    /// Kraken, "Trades" or "Ledgers".
    Kraken,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Generic, Self::Binance, Self::Coinbase, Self::Kraken];

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Generic => "A file of your own",
            Self::Binance => "Binance: Trade History",
            Self::Coinbase => "Coinbase: Transaction history",
            Self::Kraken => "Kraken: Trades or Ledgers",
        }
    }

    /// The name as it travels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Binance => "binance",
            Self::Coinbase => "coinbase",
            Self::Kraken => "kraken",
        }
    }

    /// Whether a head is one of its files'.
    fn knows(self, head: &Head) -> bool {
        match self {
            Self::Generic => head.has_all(&generic::COLUMNS),
            Self::Binance => head.has_all(&binance::NEW) || head.has_all(&binance::OLD),
            Self::Coinbase => head.has_all(&coinbase::COLUMNS),
            Self::Kraken => head.has_all(&kraken::TRADES) || head.has_all(&kraken::LEDGERS),
        }
    }

    /// What a row says; nothing when it is one that moves nothing.
    fn draft(self, row: &Row<'_>, assets: &Assets<'_>) -> Result<Vec<Draft>, Wrong> {
        let drafts = match self {
            Self::Generic => generic::draft(row, assets),
            Self::Binance => binance::draft(row, assets),
            Self::Coinbase => coinbase::draft(row, assets),
            Self::Kraken => kraken::draft(row, assets),
        }?;
        let rate = match row.text(RATE) {
            "" => return Ok(drafts),
            text => currency::rate(number(RATE, text, row.decimal_comma)?),
        };
        let rate = Some(rate.map_err(|wrong| Wrong::column(RATE, wrong))?);
        let rated = drafts.into_iter().map(|draft| Draft { rate, ..draft });
        Ok(rated.collect())
    }
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or("must be generic, binance, coinbase or kraken")
    }
}
