//! The value day by day.

use super::{PERIODS, Shown};
use domain::{number, portfolio::view::Performance};
use leptos::prelude::*;
use std::fmt::Write;

/// Units of the picture, which is stretched to its place.
const WIDTH: usize = 1_000;
const HEIGHT: f64 = 200.0;
/// Keeps the stroke inside the picture.
const MARGIN: f64 = 4.0;
/// Rows of the table beside the picture.
const ROWS: usize = 31;

pub(super) fn chart(shown: &Shown<'_>, performance: &Performance) -> AnyView {
    let values = performance.points.iter();
    let values: Vec<f64> = values
        .map(|point| number::to_double(point.value.to_decimal()))
        .collect();
    let picture = line(&values).map_or_else(
        || view! { <p>"One day is no line yet: come back tomorrow."</p> }.into_any(),
        |line| picture(shown, performance, line),
    );
    view! {
        {periods(shown)}
        {picture}
        {days(shown, performance)}
    }
    .into_any()
}

/// The `d` attribute of a line from zero up: what is a tenth higher looks a tenth higher. `None` for
/// fewer than three days, the first of which is the one before anything was there.
fn line(values: &[f64]) -> Option<String> {
    let last = values.len().checked_sub(1).filter(|last| *last > 1)?;
    let most = values.iter().copied().fold(0.0, f64::max);
    // No more points than there are units.
    let step = last.div_ceil(WIDTH).max(1);
    let shown = (0..last).step_by(step).chain([last]);
    let mut line = String::new();
    for index in shown {
        let value = values.get(index)?;
        let share = if most > 0.0 { value / most } else { 0.0 };
        let y = HEIGHT - MARGIN - share * (HEIGHT - 2.0 * MARGIN);
        let command = if line.is_empty() { 'M' } else { 'L' };
        // Writing to a text can't fail.
        let _written = write!(line, "{command}{} {y:.1}", index * WIDTH / last);
    }
    Some(line)
}

fn picture(shown: &Shown<'_>, performance: &Performance, line: String) -> AnyView {
    let ends = performance.points.first().zip(performance.points.last());
    let label = ends.map(|(first, last)| {
        format!(
            "Value from {} on {} to {} on {}",
            shown.usd(first.value),
            first.date,
            shown.usd(last.value),
            last.date,
        )
    });
    let ends = ends.map(|(first, last)| {
        view! {
            <p class="value-ends">
                <span>{first.date.to_string()}</span>
                <span>{last.date.to_string()}</span>
            </p>
        }
    });
    view! {
        <svg
            class="value-chart"
            viewBox="0 0 1000 200"
            role="img"
            aria-label=label
            preserveAspectRatio="none"
            data-testid="value-chart"
        >
            <path d=line />
        </svg>
        {ends}
    }
    .into_any()
}

fn periods(shown: &Shown<'_>) -> AnyView {
    let links = PERIODS.map(|(name, title)| {
        let href = shown
            .asked
            .with(shown.asked.method, name, shown.asked.figure);
        let current = (name == shown.asked.period).then_some("true");
        view! {
            <a href=href aria-current=current>
                {title}
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
fn days(shown: &Shown<'_>, performance: &Performance) -> AnyView {
    let rows = performance.points.iter().rev().take(ROWS).map(|point| {
        view! {
            <tr>
                <th scope="row">{point.date.to_string()}</th>
                <td class="num">{shown.usd(point.value)}</td>
                <td class="num">{shown.usd(point.inflow)}</td>
                <td class="num">{shown.usd(point.outflow)}</td>
            </tr>
        }
        .into_any()
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <details>
            <summary>"Show as table"</summary>
            <table class="data-table money-table">
                <caption>"Value at the end of each day, at most 31 days"</caption>
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
