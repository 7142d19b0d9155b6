//! What CoinGecko sends, reduced to what is used. Every figure may be missing, null or nonsense:
//! [`Figure`] takes anything and keeps numbers only, so that one bad field costs one field.
//!
//! Source: <https://github.com/coingecko/coingecko-api-oas>.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::HashMap;

/// A number, if it is one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Figure(pub(super) Option<f64>);

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Self(Value::deserialize(input)?.as_f64()))
    }
}

impl Figure {
    /// A price in USD: finite, positive and at most 10¹⁵.
    pub(super) fn price(self) -> Option<f64> {
        self.within(f64::MIN_POSITIVE, 1e15)
    }

    /// A market cap, turnover or supply: finite, positive and at most 10¹⁸ (shiba inu's supply is
    /// 5.9·10¹⁴).
    pub(super) fn amount(self) -> Option<f64> {
        self.within(f64::MIN_POSITIVE, 1e18)
    }

    /// A change in percent: nothing loses more than everything.
    pub(super) fn percent(self) -> Option<f64> {
        self.within(-100.0, 1e7)
    }

    fn within(self, least: f64, most: f64) -> Option<f64> {
        self.0
            .filter(|value| value.is_finite() && (least..=most).contains(value))
    }
}

/// Text, if it is text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Text(pub(super) Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(input)?;
        Ok(Self(value.as_str().map(str::to_owned)))
    }
}

/// A row of `/coins/markets`: `{"id":"bitcoin","current_price":84211,"market_cap":1681483000000,
/// "total_volume":…,"price_change_percentage_24h":-0.72927,"last_updated":"2026-01-01T00:00:05.120Z",
/// "sparkline_in_7d":{"price":[84000.1,…]},…}`.
#[derive(Debug, Deserialize)]
pub(super) struct MarketRow {
    pub(super) id: String,
    #[serde(default)]
    pub(super) current_price: Figure,
    #[serde(default)]
    pub(super) market_cap: Figure,
    #[serde(default)]
    pub(super) total_volume: Figure,
    #[serde(default)]
    pub(super) price_change_percentage_24h: Figure,
    #[serde(default)]
    pub(super) last_updated: Text,
    pub(super) sparkline_in_7d: Option<Sparkline>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sparkline {
    pub(super) price: Option<Vec<Figure>>,
}

/// `/coins/{id}` without localisation, tickers, community and developer data.
#[derive(Debug, Deserialize)]
pub(super) struct Detail {
    pub(super) description: Option<HashMap<String, Text>>,
    pub(super) links: Option<Links>,
    pub(super) market_data: Option<MarketData>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Links {
    pub(super) homepage: Option<Vec<Text>>,
}

/// Figures by currency, `{"usd":84211,"eur":71720.5}`, and some that have none.
#[derive(Debug, Default, Deserialize)]
pub(super) struct MarketData {
    pub(super) high_24h: Option<ByCurrency>,
    pub(super) low_24h: Option<ByCurrency>,
    pub(super) ath: Option<ByCurrency>,
    pub(super) atl: Option<ByCurrency>,
    #[serde(default)]
    pub(super) circulating_supply: Figure,
    #[serde(default)]
    pub(super) total_supply: Figure,
    #[serde(default)]
    pub(super) max_supply: Figure,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ByCurrency {
    #[serde(default)]
    pub(super) usd: Figure,
}

/// `/coins/{id}/market_chart`: `{"prices":[[1767221999041,84150.11],[…,null]],…}`.
#[derive(Debug, Deserialize)]
pub(super) struct MarketChart {
    pub(super) prices: Option<Vec<(i64, Figure)>>,
    pub(super) market_caps: Option<Vec<(i64, Figure)>>,
    pub(super) total_volumes: Option<Vec<(i64, Figure)>>,
}

/// `/coins/{id}/ohlc`: `[close time in ms, open, high, low, close]`.
pub(super) type OhlcRow = (i64, Figure, Figure, Figure, Figure);
