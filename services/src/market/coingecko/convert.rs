//! From what CoinGecko sends to what is kept. Nothing implausible passes.

use super::{
    error::FetchError,
    text,
    wire::{ByCurrency, Detail, Figure, MarketChart, MarketRow, OhlcRow},
};
use crate::market::{
    candles::bar::{Bar, opening, roll_up},
    catalogue::Catalogue,
    statistics::{self, CoinStatistics, SPARKLINE_POINTS, Statistics},
};
use domain::{
    CoinId,
    market::{self, CandleInterval, Point, PriceHistory},
    number,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// What the detail page adds to the list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::market) struct Details {
    pub(in crate::market) description: Option<String>,
    pub(in crate::market) homepage: Option<String>,
    pub(in crate::market) high_24h: Option<f64>,
    pub(in crate::market) low_24h: Option<f64>,
    pub(in crate::market) ath: Option<f64>,
    pub(in crate::market) atl: Option<f64>,
    pub(in crate::market) circulating_supply: Option<f64>,
    pub(in crate::market) total_supply: Option<f64>,
    pub(in crate::market) max_supply: Option<f64>,
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, FetchError> {
    // The error names a position, not the content.
    serde_json::from_slice(body).map_err(|error| FetchError::Malformed(error.to_string()))
}

/// Statistics of the catalogue's coins out of `/coins/markets`.
pub(super) fn statistics(body: &[u8], catalogue: &Catalogue) -> Result<Statistics, FetchError> {
    let rows: Vec<Value> = parse(body)?;
    let rows = rows.into_iter().filter_map(|row| {
        let row: MarketRow = serde_json::from_value(row).ok()?;
        let id = CoinId::new(&row.id).ok()?;
        let coin = catalogue.get(&id)?;
        let statistics = coin_statistics(row);
        let says_something = statistics.price.is_some() || statistics.market_cap.is_some();
        says_something.then(|| (coin.id.clone(), statistics))
    });
    let statistics: Statistics = rows.collect();
    if statistics.is_empty() {
        return Err(FetchError::Malformed(
            "no figure of a known coin".to_owned(),
        ));
    }
    Ok(statistics)
}

fn coin_statistics(row: MarketRow) -> CoinStatistics {
    let hourly = row.sparkline_in_7d.and_then(|sparkline| sparkline.price);
    let prices: Vec<f64> = hourly
        .unwrap_or_default()
        .into_iter()
        .filter_map(Figure::price)
        .map(statistics::point)
        .collect();
    let updated = row.last_updated.0;
    CoinStatistics {
        price: row.current_price.price().and_then(number::from_double),
        updated_at: updated.and_then(|at| OffsetDateTime::parse(&at, &Rfc3339).ok()),
        market_cap: row.market_cap.amount(),
        volume_24h: row.total_volume.amount(),
        change_24h: row.price_change_percentage_24h.percent(),
        price_24h_ago: None,
        sparkline: market::thin(&prices, SPARKLINE_POINTS),
    }
}

/// What `/coins/{id}` adds.
pub(super) fn details(body: &[u8]) -> Result<Details, FetchError> {
    let detail: Detail = parse(body)?;
    let english = detail.description.and_then(|mut all| all.remove("en"));
    let description = english
        .and_then(|html| html.0)
        .map(|html| text::plain(&html));
    let links = detail.links.and_then(|links| links.homepage);
    let data = detail.market_data.unwrap_or_default();
    let usd = |figures: Option<ByCurrency>| figures.unwrap_or_default().usd.price();
    let details = Details {
        description: description.filter(|text| !text.is_empty()),
        homepage: links
            .unwrap_or_default()
            .into_iter()
            .filter_map(|link| link.0)
            .find_map(|link| secure_address(&link)),
        high_24h: usd(data.high_24h),
        low_24h: usd(data.low_24h),
        ath: usd(data.ath),
        atl: usd(data.atl),
        circulating_supply: data.circulating_supply.amount(),
        total_supply: data.total_supply.amount(),
        max_supply: data.max_supply.amount(),
    };
    if details == Details::default() {
        // Nulls everywhere must not replace what was known before.
        return Err(FetchError::Malformed("nothing in it".to_owned()));
    }
    Ok(details)
}

/// An `https` address without credentials, as it may stand in a link.
fn secure_address(link: &str) -> Option<String> {
    let url = reqwest::Url::parse(link.trim()).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (url.scheme() == "https" && url.has_host() && plain).then(|| url.to_string())
}

/// The series of `/coins/{id}/market_chart`, oldest first.
pub(super) fn chart(body: &[u8]) -> Result<PriceHistory, FetchError> {
    let chart: MarketChart = parse(body)?;
    let history = PriceHistory {
        prices: points(chart.prices, Figure::price),
        market_caps: points(chart.market_caps, Figure::amount),
        total_volumes: points(chart.total_volumes, Figure::amount),
        simulated: false,
    };
    if history.prices.is_empty() {
        // Seen in the wild: 200 with empty arrays.
        return Err(FetchError::Malformed("no price in it".to_owned()));
    }
    Ok(history)
}

fn points(
    series: Option<Vec<(i64, Figure)>>,
    plausible: impl Fn(Figure) -> Option<f64>,
) -> Vec<Point> {
    let series = series.unwrap_or_default().into_iter();
    let mut points: Vec<Point> = series
        .filter(|(at, _)| *at > 0)
        .filter_map(|(at, figure)| Some((at, plausible(figure)?)))
        .collect();
    points.sort_by_key(|(at, _)| *at);
    points.dedup_by_key(|(at, _)| *at);
    points
}

/// The candles of `/coins/{id}/ohlc`, each `width` seconds long, summed up to `interval`.
///
/// CoinGecko stamps the close, everybody else the open.
pub(super) fn bars(
    body: &[u8],
    width: i64,
    interval: CandleInterval,
) -> Result<Vec<Bar>, FetchError> {
    let rows: Vec<OhlcRow> = parse(body)?;
    let mut bars: Vec<Bar> = rows.into_iter().filter_map(|row| bar(row, width)).collect();
    bars.sort_by_key(|bar| bar.open_at);
    bars.dedup_by_key(|bar| bar.open_at);
    // A wider candle whose first part is missing would be wrong.
    let whole = |bar: &Bar| opening(interval, bar.open_at) == bar.open_at;
    let first_whole = bars.iter().position(whole).unwrap_or(bars.len());
    bars.drain(..first_whole);
    if bars.is_empty() {
        return Err(FetchError::Malformed("no candle in it".to_owned()));
    }
    Ok(roll_up(&bars, interval))
}

fn bar((closed_ms, open, high, low, close): OhlcRow, width: i64) -> Option<Bar> {
    let (open, close) = (open.price()?, close.price()?);
    let (high, low) = (high.price()?, low.price()?);
    // The newest candle closes "now"; a candle that ends on the grid belongs to the span before.
    let last_inside = closed_ms.checked_sub(1)?.div_euclid(1_000);
    let open_at = last_inside.div_euclid(width) * width;
    let ordered = low <= open.min(close) && high >= open.max(close);
    (closed_ms > 0 && ordered).then_some(Bar {
        open_at,
        open,
        high,
        low,
        close,
    })
}
