//! A small line without axes, drawn on the server.

use domain::format::{self, Locale};
use leptos::prelude::*;
use std::fmt::Write as _;

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 64.0;
/// Keeps the stroke inside the picture at the highest and lowest point.
const MARGIN: f64 = 4.0;

/// The smallest and the largest finite value.
#[must_use]
pub fn bounds(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .into_iter()
        .filter(|value| value.is_finite())
        .fold(None, |range, value| match range {
            None => Some((value, value)),
            Some((low, high)) => Some((f64::min(low, value), f64::max(high, value))),
        })
}

/// The `d` attribute of a line through `values`, in whole units of a 240 by 64 picture.
/// `None` with fewer than two finite values: one point is no line.
#[must_use]
pub fn path(values: &[f64]) -> Option<String> {
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if finite.len() < 2 {
        return None;
    }
    let (low, high) = bounds(finite.iter().copied())?;
    let step = WIDTH / (finite.len() - 1) as f64;
    let mut out = String::with_capacity(finite.len() * 8);
    for (index, value) in finite.iter().enumerate() {
        // A flat line runs through the middle.
        let share = if high > low {
            (value - low) / (high - low)
        } else {
            0.5
        };
        let x = (index as f64 * step).round() as i32;
        let y = (HEIGHT - MARGIN - share * (HEIGHT - 2.0 * MARGIN)).round() as i32;
        let command = if index == 0 { 'M' } else { 'L' };
        // Writing to a string can't fail.
        let _written = write!(out, "{command}{x} {y}");
    }
    Some(out)
}

/// The line, coloured by its direction, and the same in words for those who do not see it; an empty
/// picture of the same size when there is no history.
#[must_use]
pub fn sparkline(values: &[f64], locale: Locale) -> AnyView {
    let class = match change(values) {
        Some(percent) if percent >= SHOWN => "sparkline up",
        Some(percent) if percent <= -SHOWN => "sparkline down",
        _ => "sparkline",
    };
    view! {
        <svg class=class viewBox="0 0 240 64" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            {path(values).map(|d| view! { <path d=d></path> }.into_any())}
        </svg>
        {words(values, locale)
            .map(|words| view! { <span class="visually-hidden">"7 days: " {words}</span> }.into_any())}
    }
    .into_any()
}

/// Less than so many percent is no change: one decimal shows no less.
const SHOWN: f64 = 0.05;

/// How far the line went, in percent.
fn change(values: &[f64]) -> Option<f64> {
    let (first, last) = (*values.first()?, *values.last()?);
    let percent = (last / first - 1.0) * 100.0;
    (values.len() >= 2 && percent.is_finite()).then_some(percent)
}

/// The same in words: `up 3.2%`.
fn words(values: &[f64], locale: Locale) -> Option<String> {
    let percent = change(values)?;
    let size = format::share(percent.abs(), locale);
    Some(match percent {
        percent if percent.abs() < SHOWN => "unchanged".to_owned(),
        percent if percent > 0.0 => format!("up {size}"),
        _ => format!("down {size}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_goes_from_the_lower_left_to_the_upper_right() {
        assert_eq!(
            path(&[1.0, 2.0, 3.0]).as_deref(),
            Some("M0 60L120 32L240 4")
        );
    }

    #[test]
    fn a_flat_line_runs_through_the_middle() {
        assert_eq!(path(&[5.0, 5.0]).as_deref(), Some("M0 32L240 32"));
    }

    #[test]
    fn no_line_without_two_finite_points() {
        assert_eq!(path(&[]), None);
        assert_eq!(path(&[1.0, f64::NAN]), None);
    }

    #[test]
    fn the_line_is_told_in_words() {
        let told = |values: &[f64]| words(values, Locale::default());
        assert_eq!(told(&[100.0, 90.0, 103.2]).as_deref(), Some("up 3.2%"));
        assert_eq!(told(&[100.0, 96.04]).as_deref(), Some("down 4.0%"));
        assert_eq!(told(&[100.0, 100.04]).as_deref(), Some("unchanged"));
        assert_eq!(told(&[100.0]), None);
        assert_eq!(told(&[0.0, 1.0]), None);
    }
}
