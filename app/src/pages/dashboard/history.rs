//! The value day by day.

use super::shown::Shown;
use crate::components::chart::{ChartContext, chart_beside, series::Series};
use domain::{
    format::Locale,
    market::Days,
    number,
    portfolio::{Figure, Money, Period, Statement, history::day_of, view::PointView},
};
use leptos::prelude::*;
use std::sync::Arc;

/// Rows of the table beside the picture.
const ROWS: usize = 31;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The panel.
pub(super) fn panel(shown: Signal<Arc<Shown>>, locale: Locale) -> AnyView {
    // The last day moves with every price; the picture follows it without being drawn anew.
    let drawn = Memo::new_with_compare(
        move |_| shown.with(|shown| points(&shown.statement)),
        |before, after| match (before, after) {
            (Some(before), Some(after)) => !is_same(before, after),
            _ => true,
        },
    );
    let total = Memo::new(move |_| {
        let value = shown.with(|shown| shown.statement.overview.total_value);
        Some(value.to_decimal())
    });
    // The first of three days is the one before anything was there.
    let has_days =
        Memo::new(move |_| shown.with(|shown| shown.statement.performance.points.len() > 2));
    let picture = move || {
        let points = drawn.get();
        let context = ChartContext {
            title: "Value of the portfolio".to_owned(),
            days: span(points.len()),
            step_seconds: DAY_SECONDS,
            locale,
            price: total.into(),
        };
        let table = view! { {move || shown.with(|shown| days(shown))} }.into_any();
        let series = Series::Line(points);
        if !has_days.get() {
            return view! { <p>"One day is no line yet: come back tomorrow."</p> }.into_any();
        }
        if series.len() > 2 {
            return chart_beside(series, context, table).into_any();
        }
        view! {
            <p>"Of too few of these days everything has a known price: there is no line."</p>
            {table}
        }
        .into_any()
    };
    view! {
        <section class="panel panel-body value-chart" data-testid="value-chart">
            <div class="toolbar">
                <h2>"History"</h2>
                {move || shown.with(|shown| periods(shown))}
            </div>
            {picture}
            {move || shown.with(|shown| left_out(shown))}
            <p class="credit">
                "Values at the end of each day, UTC. Interactive chart by "
                <a href="https://www.tradingview.com/" rel="noopener" target="_blank">
                    "TradingView Lightweight Charts™"
                </a> "."
            </p>
        </section>
    }
    .into_any()
}

/// Milliseconds, and what everything was worth, of the days of which that is known.
fn points(statement: &Statement) -> Vec<(i64, f64)> {
    let points = statement.performance.points.iter();
    let point = |point: &PointView| {
        let millis = point.date.midnight().assume_utc().unix_timestamp() * 1000;
        Some((millis, number::to_double(point.value?.to_decimal())))
    };
    points.filter_map(point).collect()
}

/// What is left out, and why.
fn left_out(shown: &Shown) -> Option<AnyView> {
    let points = shown.statement.performance.points.iter();
    let mut unpriced = points.filter_map(|point| Some((point.unpriced?, point.date)));
    let (asset, first) = unpriced.next()?;
    let others = unpriced.count();
    let others = match others {
        0 => String::new(),
        1 => " and 1 more day".to_owned(),
        others => format!(" and {others} more days"),
    };
    let text = format!(
        "Of {first}{others} nobody here knows a price that is needed, such as that of {asset}: they are left out, \
         and the line runs straight across them."
    );
    Some(view! { <p class="page-note" data-testid="left-out">{text}</p> }.into_any())
}

/// Whether nothing has changed but the value of the last day.
fn is_same(before: &[(i64, f64)], after: &[(i64, f64)]) -> bool {
    let (Some(((last, _), before)), Some(((now, _), after))) =
        (before.split_last(), after.split_last())
    else {
        return before.is_empty() && after.is_empty();
    };
    last == now && before == after
}

/// How fine the marks of the time axis are.
const fn span(count: usize) -> Days {
    match count {
        0..=8 => Days::Seven,
        9..=31 => Days::Thirty,
        32..=91 => Days::Ninety,
        _ => Days::Year,
    }
}

fn periods(shown: &Shown) -> AnyView {
    let asked = &shown.asked;
    let links = Period::ALL.map(|period| {
        let href = asked.with_period(period);
        let current = (period == asked.period).then_some("true");
        view! {
            <a href=href aria-current=current data-noscroll="">
                {period.title()}
            </a>
        }
        .into_any()
    });
    view! {
        <nav class="tabs" aria-label="Period" data-testid="periods">
            {Vec::from(links)}
        </nav>
    }
    .into_any()
}

/// The same in figures, the latest first.
fn days(shown: &Shown) -> AnyView {
    let points = shown.statement.performance.points.iter();
    let flow = |amount: Money, figure| match amount.is_zero() {
        true => shown.usd(amount).into_any(),
        false => shown.dollars(amount, figure),
    };
    let rows = points.rev().take(ROWS).map(|point| {
        let day = day_of(point.date);
        let value = Figure::ValueOn(day);
        let value = match point.value {
            Some(known) => shown.dollars(known, value),
            None => shown.unknown(value),
        };
        view! {
            <tr>
                <th scope="row">{point.date.to_string()}</th>
                <td class="num">{value}</td>
                <td class="num">{flow(point.inflow, Figure::PutInOn(day))}</td>
                <td class="num">{flow(point.outflow, Figure::TakenOutOn(day))}</td>
            </tr>
        }
        .into_any()
    });
    let rows: Vec<_> = rows.collect();
    let is_more = shown.statement.performance.points.len() > ROWS;
    let period = shown.asked.period;
    let rest = is_more.then(|| {
        let all = format!("/api/portfolio/performance?period={period}");
        view! {
            <p class="muted">
                {format!("The latest {ROWS} days. ")} <a href=all rel="external">
                    "All of them as JSON"
                </a>
            </p>
        }
    });
    view! {
        <details>
            <summary>"Show as table"</summary>
            {rest}
            <table class="data-table money-table">
                <caption>"Value at the end of each day, the latest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Day"</th>
                        <th scope="col" class="num">"Value"</th>
                        <th scope="col" class="num">"Put in"</th>
                        <th scope="col" class="num">"Taken out"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_that_moves_draws_nothing_anew_and_a_new_day_does() {
        let before = [(0, 1.0), (1, 2.0)];
        assert!(is_same(&before, &[(0, 1.0), (1, 3.0)]));
        assert!(!is_same(&before, &[(0, 1.5), (1, 2.0)]));
        assert!(!is_same(&before, &[(0, 1.0), (1, 2.0), (2, 2.0)]));
        assert!(!is_same(&before, &[]));
        assert!(is_same(&[], &[]));
    }
}
