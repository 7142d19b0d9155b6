//! The coins this product knows: identity, venue symbols and reference figures. Bundled with the
//! program, so that everything works before (and without) any provider.

mod load;

pub use load::InvalidCatalogue;

use domain::{CoinId, Price, Source};
use std::collections::HashMap;
use time::Date;

/// One coin of the catalogue.
#[derive(Debug, Clone)]
pub struct Coin {
    /// Slug, the same as CoinGecko's id.
    pub id: CoinId,
    /// Ticker, upper case, unique within the catalogue.
    pub symbol: String,
    /// Name.
    pub name: String,
    /// Smallest unit of the asset, in decimal places.
    pub decimals: u8,
    /// Approximate price in USD on [`Catalogue::reference_date`].
    pub price: Price,
    /// Decimal places of its price on our exchange; 10 less this are those of quantities. Never changed once
    /// it was released: the journal counts in these units.
    pub price_scale: u32,
    /// Coins in circulation on that date.
    pub circulating_supply: f64,
    /// Coins there can ever be; `None` without a limit.
    pub max_supply: Option<f64>,
    /// Approximate turnover in USD over 24 hours.
    pub volume_24h: f64,
    /// Standard deviation of the logarithmic return over a year, for the simulation.
    pub volatility: f64,
    /// Worth one USD by design.
    pub stablecoin: bool,
    symbols: VenueSymbols,
}

/// What the venues call a coin; `None` where it is not traded against USD (Binance: USDT).
#[derive(Debug, Clone, Default, serde::Deserialize)]
struct VenueSymbols {
    coincap: Option<String>,
    binance: Option<String>,
    coinbase: Option<String>,
    kraken: Option<String>,
}

impl Coin {
    /// What `venue` calls the coin: CoinCap's slug, Binance's `BTCUSDT`, Coinbase's `BTC-USD`,
    /// Kraken's (v2) `BTC/USD`, our own id for the simulation. `None` where it is not traded.
    #[must_use]
    pub fn venue_symbol(&self, venue: Source) -> Option<&str> {
        match venue {
            Source::Coincap => self.symbols.coincap.as_deref(),
            Source::Binance => self.symbols.binance.as_deref(),
            Source::Coinbase => self.symbols.coinbase.as_deref(),
            Source::Kraken => self.symbols.kraken.as_deref(),
            Source::Simulated => Some(self.id.as_str()),
        }
    }

    /// USD: reference price times coins in circulation.
    #[must_use]
    pub fn reference_market_cap(&self) -> f64 {
        domain::number::to_double(self.price.get()) * self.circulating_supply
    }
}

/// All known coins, in the order of the bundled file (roughly by market cap).
#[derive(Debug)]
pub struct Catalogue {
    reference_date: Date,
    coins: Vec<Coin>,
    by_id: HashMap<CoinId, usize>,
    by_symbol: HashMap<String, usize>,
}

impl Catalogue {
    /// The catalogue compiled into the program.
    ///
    /// # Errors
    /// [`InvalidCatalogue`] when the file breaks one of its rules.
    pub fn bundled() -> Result<Self, InvalidCatalogue> {
        Self::from_json(include_str!("../../../data/catalogue.json"))
    }

    /// The day the reference figures are from.
    #[must_use]
    pub const fn reference_date(&self) -> Date {
        self.reference_date
    }

    /// Every coin.
    #[must_use]
    pub fn coins(&self) -> &[Coin] {
        &self.coins
    }

    /// The coin with exactly this id.
    #[must_use]
    pub fn get(&self, id: &CoinId) -> Option<&Coin> {
        self.coins.get(*self.by_id.get(id)?)
    }

    /// The coin with this id or ticker, in any case. An id wins over a ticker.
    #[must_use]
    pub fn resolve(&self, name: &str) -> Option<&Coin> {
        // Longer texts are no coin; checked first so that nobody makes us fold a megabyte.
        if name.len() > CoinId::MAX_LEN {
            return None;
        }
        let index = self.by_id.get(name.to_ascii_lowercase().as_str());
        let index = index.or_else(|| self.by_symbol.get(name.to_ascii_uppercase().as_str()))?;
        self.coins.get(*index)
    }

    /// The coins traded on `venue`, by the venue's symbol.
    #[must_use]
    pub fn venue_symbols(&self, venue: Source) -> HashMap<String, CoinId> {
        let named = |coin: &Coin| Some((coin.venue_symbol(venue)?.to_owned(), coin.id.clone()));
        self.coins.iter().filter_map(named).collect()
    }
}
