//! The figures of a chart as a table.

use super::{
    ChartContext, duration,
    series::{Series, millis, moment},
};
use domain::{
    format,
    market::{Candle, thin},
    number,
};
use leptos::prelude::*;

/// Rows that can still be read.
const ROWS: usize = 49;

/// The table behind "Show as table", newest first. A long line is thinned evenly; of many candles
/// several are merged into one of the same meaning.
pub(super) fn table(series: &Series, context: &ChartContext) -> AnyView {
    let (head, rows) = match series {
        Series::Line(points) => (
            vec!["Price"],
            rows(&thin(points, ROWS), context, |&(time, price)| {
                (time, vec![price])
            }),
        ),
        Series::Candles(candles) => (
            vec!["Open", "High", "Low", "Close"],
            rows(&merge(candles), context, |one: &Candle| {
                (millis(one), vec![one.open, one.high, one.low, one.close])
            }),
        ),
    };
    let head: Vec<_> = head
        .into_iter()
        .map(|name| view! { <th scope="col" class="number">{name}</th> }.into_any())
        .collect();
    let caption = format!(
        "{} in US dollars over {}, times in UTC, newest first",
        context.title,
        duration(context.days)
    );
    let note = abridged(series).map(|note| view! { <p class="credit">{note}</p> }.into_any());
    view! {
        <details class="chart-table" data-testid="chart-table">
            <summary>"Show as table"</summary>
            {note}
            <table class="data-table">
                <caption>{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Time"</th>
                        {head}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
    .into_any()
}

/// What was left out, if anything.
fn abridged(series: &Series) -> Option<String> {
    match series {
        Series::Line(points) if points.len() > ROWS => {
            Some(format!("{ROWS} of {} points, evenly spread.", points.len()))
        }
        Series::Candles(candles) if candles.len() > ROWS => {
            let size = candles.len().div_ceil(ROWS);
            Some(format!(
                "Each row stands for {size} candles, from the time shown on."
            ))
        }
        _ => None,
    }
}

/// At most [`ROWS`] candles that together say the same.
fn merge(candles: &[Candle]) -> Vec<Candle> {
    let size = candles.len().div_ceil(ROWS).max(1);
    candles.chunks(size).filter_map(merged).collect()
}

fn merged(candles: &[Candle]) -> Option<Candle> {
    let (first, last) = (candles.first()?, candles.last()?);
    Some(Candle {
        high: candles
            .iter()
            .map(|one| one.high)
            .fold(first.high, f64::max),
        low: candles.iter().map(|one| one.low).fold(first.low, f64::min),
        close: last.close,
        volume: candles.iter().map(|one| one.volume).sum(),
        ..first.clone()
    })
}

fn rows<T>(
    items: &[T],
    context: &ChartContext,
    read: impl Fn(&T) -> (i64, Vec<f64>),
) -> Vec<AnyView> {
    items
        .iter()
        .rev()
        .map(|item| {
            let (time, prices) = read(item);
            let cells: Vec<_> = prices
                .into_iter()
                .map(|price| view! { <td class="number">{text(price, context)}</td> }.into_any())
                .collect();
            view! {
                <tr>
                    <th scope="row">{moment(time)}</th>
                    {cells}
                </tr>
            }
            .into_any()
        })
        .collect()
}

fn text(price: f64, context: &ChartContext) -> String {
    number::from_double(price).map_or_else(
        || format::UNKNOWN.to_owned(),
        |price| format::usd(price, context.locale),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, OffsetDateTime};

    #[test]
    fn merged_candles_keep_ends_and_extremes() {
        let candle = |hour: u8, open: f64, close: f64| Candle {
            time: OffsetDateTime::UNIX_EPOCH + Duration::hours(hour.into()),
            open,
            high: open.max(close) + 1.0,
            low: open.min(close) - 1.0,
            close,
            volume: Some(2.0),
        };
        // 98 candles make 49 rows of two.
        let candles: Vec<Candle> = (0..98)
            .map(|hour| candle(hour, f64::from(hour), f64::from(hour) + 1.0))
            .collect();
        let rows = merge(&candles);
        assert_eq!(rows.len(), ROWS);
        let first = Candle {
            volume: Some(4.0),
            ..candle(0, 0.0, 2.0)
        };
        assert_eq!(rows.first(), Some(&first));
        assert!(merge(&[]).is_empty());
    }
}
