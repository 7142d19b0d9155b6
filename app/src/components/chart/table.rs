//! The figures of a chart as a table.

use super::{
    ChartContext,
    series::{Series, millis, moment},
};
use crate::components::sparkline::thin;
use domain::{format, market::Candle, number};
use leptos::prelude::*;

/// Rows that can still be read.
const ROWS: usize = 49;

/// The table behind "Show as table", newest first; a long series is thinned evenly.
pub(super) fn table(series: &Series, context: &ChartContext) -> AnyView {
    let (head, rows) = match series {
        Series::Line(points) => (
            vec!["Price"],
            rows(points, context, |&(time, price)| (time, vec![price])),
        ),
        Series::Candles(candles) => (
            vec!["Open", "High", "Low", "Close"],
            rows(candles, context, |one: &Candle| {
                (millis(one), vec![one.open, one.high, one.low, one.close])
            }),
        ),
    };
    let head: Vec<_> = head
        .into_iter()
        .map(|name| view! { <th scope="col" class="number">{name}</th> })
        .collect();
    let caption = format!(
        "{} in US dollars over {} days, times in UTC, newest first{}",
        context.coin,
        context.days.count(),
        if series.len() > ROWS {
            ", evenly thinned"
        } else {
            ""
        }
    );
    view! {
        <details class="chart-table" data-testid="chart-table">
            <summary>"Show as table"</summary>
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

fn rows<T: Clone>(
    items: &[T],
    context: &ChartContext,
    read: impl Fn(&T) -> (i64, Vec<f64>),
) -> Vec<AnyView> {
    thin(items, ROWS)
        .iter()
        .rev()
        .map(|item| {
            let (time, prices) = read(item);
            let cells: Vec<_> = prices
                .into_iter()
                .map(|price| view! { <td class="number">{text(price, context)}</td> })
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
