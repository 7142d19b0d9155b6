//! Reading and checking the catalogue file.

use super::{Catalogue, Coin, VenueSymbols};
use domain::{CoinId, Price, Source};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use time::{Date, format_description::well_known::Iso8601};

/// What is wrong with a catalogue file.
#[derive(Debug, thiserror::Error)]
pub enum InvalidCatalogue {
    /// Not JSON, or not of the expected shape.
    #[error("the coin catalogue cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The date is not `YYYY-MM-DD`.
    #[error("the coin catalogue has no valid reference date")]
    Date,
    /// There is no coin in it.
    #[error("the coin catalogue is empty")]
    Empty,
    /// A figure that must be positive is not.
    #[error("coin catalogue: {field} of {coin} must be a positive number")]
    NotPositive {
        /// The coin's id.
        coin: CoinId,
        /// The figure.
        field: &'static str,
    },
    /// A ticker holds something else than `A-Z` and `0-9`.
    #[error("coin catalogue: the ticker {0:?} is not upper-case letters and digits")]
    Symbol(String),
    /// Two coins share an id, a ticker or a venue's symbol.
    #[error("coin catalogue: {name:?} stands for two coins ({kind})")]
    Ambiguous {
        /// What is shared.
        kind: &'static str,
        /// The shared text.
        name: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reference_date: String,
    coins: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: CoinId,
    symbol: String,
    name: String,
    decimals: u8,
    price: Price,
    circulating_supply: f64,
    max_supply: Option<f64>,
    volume_24h: f64,
    volatility: f64,
    stablecoin: bool,
    #[serde(flatten)]
    symbols: VenueSymbols,
}

impl Row {
    fn check(self) -> Result<Coin, InvalidCatalogue> {
        let figures = [
            ("circulating_supply", Some(self.circulating_supply)),
            ("max_supply", self.max_supply),
            ("volume_24h", Some(self.volume_24h)),
            ("volatility", Some(self.volatility)),
        ];
        for (field, figure) in figures {
            if figure.is_some_and(|figure| !figure.is_finite() || figure <= 0.0) {
                let coin = self.id;
                return Err(InvalidCatalogue::NotPositive { coin, field });
            }
        }
        let plain = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit();
        if self.symbol.is_empty() || !self.symbol.bytes().all(plain) {
            return Err(InvalidCatalogue::Symbol(self.symbol));
        }
        Ok(Coin {
            id: self.id,
            symbol: self.symbol,
            name: self.name,
            decimals: self.decimals,
            price: self.price,
            circulating_supply: self.circulating_supply,
            max_supply: self.max_supply,
            volume_24h: self.volume_24h,
            volatility: self.volatility,
            stablecoin: self.stablecoin,
            symbols: self.symbols,
        })
    }
}

impl Catalogue {
    /// Reads a catalogue and checks that every name in it is unambiguous.
    ///
    /// # Errors
    /// [`InvalidCatalogue`] names the coin and the field.
    pub fn from_json(text: &str) -> Result<Self, InvalidCatalogue> {
        let file: File = serde_json::from_str(text)?;
        let reference_date = Date::parse(&file.reference_date, &Iso8601::DATE)
            .map_err(|_| InvalidCatalogue::Date)?;
        let coins: Vec<Coin> = file
            .coins
            .into_iter()
            .map(Row::check)
            .collect::<Result<_, _>>()?;
        if coins.is_empty() {
            return Err(InvalidCatalogue::Empty);
        }
        let by_id = index(&coins, "id", |coin| coin.id.clone())?;
        let by_symbol = index(&coins, "ticker", |coin| coin.symbol.clone())?;
        for venue in Source::ALL {
            check_unique(&coins, venue)?;
        }
        Ok(Self {
            reference_date,
            coins,
            by_id,
            by_symbol,
        })
    }
}

fn index<K: std::hash::Hash + Eq + ToString>(
    coins: &[Coin],
    kind: &'static str,
    key: impl Fn(&Coin) -> K,
) -> Result<HashMap<K, usize>, InvalidCatalogue> {
    let mut index = HashMap::with_capacity(coins.len());
    for (position, coin) in coins.iter().enumerate() {
        if index.insert(key(coin), position).is_some() {
            let name = key(coin).to_string();
            return Err(InvalidCatalogue::Ambiguous { kind, name });
        }
    }
    Ok(index)
}

/// Two coins under one venue symbol would overwrite each other's price.
fn check_unique(coins: &[Coin], venue: Source) -> Result<(), InvalidCatalogue> {
    let mut seen = HashSet::new();
    for symbol in coins.iter().filter_map(|coin| coin.venue_symbol(venue)) {
        if !seen.insert(symbol) {
            let (kind, name) = (venue.as_str(), symbol.to_owned());
            return Err(InvalidCatalogue::Ambiguous { kind, name });
        }
    }
    Ok(())
}
