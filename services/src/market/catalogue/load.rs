//! Reading and checking the catalogue file.

use super::{Catalogue, Coin, VenueSymbols};
use domain::{CoinId, Price, Source, exchange::rules::USD_SCALE};
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
    /// Prices in more decimal places than there are.
    #[error("coin catalogue: price_scale of {0} must be at most 10")]
    PriceScale(CoinId),
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
    price_scale: u32,
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
        if self.price_scale > USD_SCALE {
            return Err(InvalidCatalogue::PriceScale(self.id));
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
            price_scale: self.price_scale,
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn file(coins: &[Value]) -> String {
        json!({ "reference_date": "2025-12-31", "coins": coins }).to_string()
    }

    fn coin(id: &str, symbol: &str) -> Value {
        json!({ "id": id, "symbol": symbol, "name": id, "decimals": 8, "price": "2.5", "price_scale": 4,
            "circulating_supply": 10, "max_supply": null, "volume_24h": 5, "volatility": 0.5,
            "stablecoin": false, "binance": format!("{symbol}USDT") })
    }

    fn with(field: &str, value: Value) -> String {
        let mut coin = coin("a", "A");
        coin[field] = value;
        file(&[coin])
    }

    #[test]
    fn the_bundled_catalogue_is_valid_and_complete() -> Result<(), InvalidCatalogue> {
        let catalogue = Catalogue::bundled()?;
        assert!(catalogue.coins().len() >= 60, "{}", catalogue.coins().len());
        for (name, id) in [
            ("XRP", "ripple"),
            ("bNb", "binancecoin"),
            ("Avalanche-2", "avalanche-2"),
            ("bitcoin", "bitcoin"),
        ] {
            let found = catalogue.resolve(name).map(|coin| coin.id.as_str());
            assert_eq!(found, Some(id), "{name}");
        }
        assert!(catalogue.resolve("").is_none() && catalogue.resolve("no coin").is_none());
        let venue = |venue, symbol: &str| {
            let symbols = catalogue.venue_symbols(venue);
            symbols.get(symbol).map(ToString::to_string)
        };
        assert_eq!(venue(Source::Coincap, "xrp").as_deref(), Some("ripple"));
        assert_eq!(
            venue(Source::Binance, "BTCUSDT").as_deref(),
            Some("bitcoin")
        );
        assert_eq!(
            venue(Source::Coinbase, "ETH-USD").as_deref(),
            Some("ethereum")
        );
        assert_eq!(venue(Source::Kraken, "BTC/USD").as_deref(), Some("bitcoin"));
        Ok(())
    }

    #[test]
    fn a_malformed_catalogue_is_refused() {
        let ambiguous = |coins: &[Value]| match Catalogue::from_json(&file(coins)) {
            Err(InvalidCatalogue::Ambiguous { kind, .. }) => Some(kind),
            _ => None,
        };
        let same_id = [coin("a", "A"), coin("a", "B")];
        assert_eq!(ambiguous(&same_id), Some("id"));
        let same_ticker = [coin("a", "A"), coin("b", "A")];
        assert_eq!(ambiguous(&same_ticker), Some("ticker"));
        let mut other = coin("b", "B");
        other["binance"] = json!("AUSDT");
        assert_eq!(ambiguous(&[coin("a", "A"), other]), Some("binance"));
        for text in [
            "<html>".to_owned(),
            file(&[]),
            with("price", json!("0")),
            with("circulating_supply", json!(-1)),
            with("volume_24h", json!(0)),
            with("symbol", json!("btc")),
            with("id", json!("No Slug")),
            file(&[coin("a", "A")]).replace("2025-12-31", "yesterday"),
        ] {
            assert!(Catalogue::from_json(&text).is_err(), "{text}");
        }
        assert!(Catalogue::from_json(&file(&[coin("a", "A")])).is_ok());
    }
}
