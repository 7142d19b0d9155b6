//! A price chart: drawn by the server as SVG, taken over by an interactive one in the browser,
//! with the same figures in a table beside it.

pub mod drawing;
#[cfg(feature = "hydrate")]
mod live;
pub mod scale;
pub mod series;
mod table;

use domain::{
    format::{self, Locale},
    market::Days,
    number,
};
use leptos::{html, prelude::*};
use rust_decimal::Decimal;
use scale::{PriceAxis, round_times};
use series::{Series, time_label};

/// What a chart needs to know beside its series.
#[derive(Debug, Clone)]
pub struct ChartContext {
    /// What it shows, such as "Bitcoin price".
    pub title: String,
    /// The time the series spans.
    pub days: Days,
    /// Seconds from one point to the next.
    pub step_seconds: i64,
    /// How numbers are written.
    pub locale: Locale,
    /// The live price, which moves the last point; `None` while it says nothing of the present.
    pub price: Signal<Option<Decimal>>,
}

/// Labels of the time axis, which has to fit a phone.
const MOST_LABELS: usize = 6;

/// The chart and its table; a remark of the same size when there is nothing to draw.
#[must_use]
pub fn chart(series: Series, context: ChartContext) -> AnyView {
    let Some(axis) = series.axis().filter(|_| !series.is_empty()) else {
        return view! {
            <div class="chart-plot chart-none" data-testid="coin-chart" data-kind=series.kind()>
                <p>"There is no price history for this range yet. A longer range may have some."</p>
            </div>
        }
        .into_any();
    };
    let table = table::table(&series, &context);
    chart_with(series, context, axis, table)
}

/// The same with a table of its own kind.
#[must_use]
pub(crate) fn chart_beside(
    series: Series,
    context: ChartContext,
    table: AnyView,
) -> Option<AnyView> {
    let axis = series.axis().filter(|_| !series.is_empty())?;
    Some(chart_with(series, context, axis, table))
}

fn chart_with(series: Series, context: ChartContext, axis: PriceAxis, table: AnyView) -> AnyView {
    let kind = series.kind();
    let summary = summary(&series, &context);
    let still = still(&series, &axis, &context);
    let container = NodeRef::<html::Div>::new();
    let live = RwSignal::new(false);
    bring_to_life(container, live, series, &axis, &context);
    view! {
        <figure class="chart">
            <div
                class="chart-plot"
                class:is-live=live
                data-testid="coin-chart"
                data-kind=kind
                // What can be read point by point is more than a picture.
                role=move || if live.get() { "group" } else { "img" }
                aria-label=summary
            >
                {still}
                <div class="chart-live" node_ref=container></div>
                <p class="chart-legend" data-legend="" data-testid="chart-legend" aria-live="polite"></p>
            </div>
            {table}
        </figure>
    }
    .into_any()
}

/// The chart in one sentence, for those who do not see it.
fn summary(series: &Series, context: &ChartContext) -> String {
    let usd = |value: f64| {
        number::from_double(value).map_or_else(
            || format::UNKNOWN.to_owned(),
            |v| format::usd(v, context.locale),
        )
    };
    let (first, last) = series.ends().unwrap_or_default();
    let (low, high) = series.bounds().unwrap_or_default();
    format!(
        "{} over {}: from {} to {}, lowest {}, highest {}",
        context.title,
        duration(context.days),
        usd(first),
        usd(last),
        usd(low),
        usd(high)
    )
}

/// A range in words.
fn duration(days: Days) -> String {
    match days.count() {
        1 => "1 day".to_owned(),
        count => format!("{count} days"),
    }
}

/// The picture that needs no script. Its labels stand beside the SVG, which is stretched.
fn still(series: &Series, axis: &PriceAxis, context: &ChartContext) -> AnyView {
    let picture = match series {
        Series::Line(points) => drawing::line(points, axis).map(|line| {
            view! {
                <path class="area" d=line.area></path>
                <path class="line" d=line.stroke></path>
            }
            .into_any()
        }),
        Series::Candles(candles) => {
            let drawn = drawing::candles(candles, axis);
            Some(
                view! {
                    <path class="rising" d=drawn.rising></path>
                    <path class="falling" d=drawn.falling></path>
                }
                .into_any(),
            )
        }
    };
    let grid: String = (1..axis.lines.len().saturating_sub(1))
        .map(|line| {
            let y = drawing::HEIGHT * line as f64 / (axis.lines.len() - 1) as f64;
            format!("M0 {y}H{}", drawing::WIDTH)
        })
        .collect();
    let prices: Vec<_> = axis
        .lines
        .iter()
        .map(|&line| {
            view! { <li>{axis_price(line, axis.decimals, context.locale)}</li> }.into_any()
        })
        .collect();
    let times: Vec<_> = time_marks(series, context)
        .into_iter()
        .map(|(x, label)| view! { <text x=x y="22">{label}</text> }.into_any())
        .collect();
    view! {
        <div class="chart-still">
            <svg viewBox="0 0 1000 400" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <path class="grid" d=grid></path>
                {picture}
            </svg>
            <ul class="price-axis" role="list">{prices}</ul>
            <svg class="time-axis" aria-hidden="true" focusable="false">
                {times}
            </svg>
        </div>
    }
    .into_any()
}

fn axis_price(value: f64, decimals: usize, locale: Locale) -> String {
    // The rounding takes away what floating point added (0.30000000000000004).
    let value = number::from_double(value).unwrap_or_default();
    let value = value.round_dp(u32::try_from(decimals).unwrap_or(0));
    format::amount(value, locale)
}

/// Where labels of the time axis stand, in percent of its width, and what they say.
fn time_marks(series: &Series, context: &ChartContext) -> Vec<(String, String)> {
    let Some((start, end)) = series.span() else {
        return Vec::new();
    };
    // A candle fills its whole slot and stands in the middle of it.
    let (first, width) = match series {
        Series::Line(_) => (start, end - start),
        Series::Candles(_) => {
            let slot = context.step_seconds * 1000;
            (start - slot / 2, end - start + slot)
        }
    };
    let times: Vec<i64> = round_times(start, end, context.days).collect();
    // Of several years not every quarter has room.
    let every = times.len().div_ceil(MOST_LABELS).max(1);
    times
        .into_iter()
        .step_by(every)
        .map(|time| ((time - first) as f64 / width.max(1) as f64, time))
        // A label is centred on its time: at the edges it would be cut.
        .filter(|(share, _)| (0.06..=0.94).contains(share))
        .map(|(share, time)| {
            let x = format!("{:.1}%", share * 100.0);
            (x, time_label(time, context.days))
        })
        .collect()
}

/// Puts the interactive chart over the still one, once the page is hydrated, and keeps its last
/// point at the live price. Without the script the still one stays.
#[cfg(feature = "hydrate")]
fn bring_to_life(
    container: NodeRef<html::Div>,
    is_live: RwSignal<bool>,
    series: Series,
    axis: &PriceAxis,
    context: &ChartContext,
) {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };
    let (step_seconds, price) = (context.step_seconds, context.price);
    let numbers = live::language_of_numbers(context.locale);
    // Whether the chart is still wanted: another range may be chosen while the script loads.
    let wanted = Arc::new(AtomicBool::new(true));
    // Outlives the component: its clean-up must still be able to read it.
    let mounted = ArcRwSignal::new(None::<u32>);
    let flat = series.flat();
    let kind = series.kind();
    // Two places more than the axis needs: prices between its lines.
    let decimals = u32::try_from(axis.decimals + 2).unwrap_or(2).max(2);
    let (shared, still_wanted) = (mounted.clone(), Arc::clone(&wanted));
    Effect::new(move |_| {
        let Some(element) = container.get() else {
            return;
        };
        let (flat, mounted) = (flat.clone(), shared.clone());
        let wanted = Arc::clone(&still_wanted);
        wasm_bindgen_futures::spawn_local(async move {
            let loaded = live::load().await.is_ok();
            if !loaded || !wanted.load(Ordering::Relaxed) || !element.is_connected() {
                return;
            }
            let step = step_seconds as f64;
            if let Ok(id) = live::mount(&element, kind, &flat, step, decimals, numbers) {
                mounted.set(Some(id));
                is_live.set(true);
            }
        });
    });
    let shared = mounted.clone();
    Effect::new(move |_| {
        if let (Some(id), Some(price)) = (shared.get(), price.get()) {
            let _moved = live::update(id, js_sys::Date::now(), number::to_double(price));
        }
    });
    on_cleanup(move || {
        wanted.store(false, Ordering::Relaxed);
        if let Some(id) = mounted.get_untracked() {
            let _gone = live::destroy(id);
        }
    });
}

#[cfg(not(feature = "hydrate"))]
fn bring_to_life(
    _container: NodeRef<html::Div>,
    _is_live: RwSignal<bool>,
    _series: Series,
    _axis: &PriceAxis,
    _context: &ChartContext,
) {
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_told_in_words() {
        assert_eq!(duration(Days::One), "1 day");
        assert_eq!(duration(Days::Year), "365 days");
    }
}
