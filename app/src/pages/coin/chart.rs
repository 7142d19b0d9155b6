//! The chart of a coin's page: its data, its two switches, its credit.

use super::{
    Context,
    query::{ChartQuery, Kind, range_label},
};
use crate::{
    components::{
        chart::{ChartContext, chart, series::Series},
        notice,
        price_cell::CoinPrice,
        skeleton::skeleton_chart,
    },
    error::{AppError, Cause},
    functions::market::{candles, history},
};
use domain::{CoinId, market::Days};
use leptos::prelude::*;

/// The data of the chart with the choice it belongs to.
pub(super) type SeriesResource = Resource<Result<(Days, Series), AppError>>;

/// Loads what the address asks for.
pub(super) fn resource(id: Memo<String>, query: Memo<ChartQuery>) -> SeriesResource {
    Resource::new(
        move || (id.get(), query.get()),
        |(id, query)| async move {
            // An unknown coin is told by the page, not by its chart.
            let id = CoinId::new(&id).map_err(|_| AppError::in_browser(Cause::Server))?;
            let series = match query.kind {
                Kind::Line => Series::Line(history(id, query.days).await?.prices),
                Kind::Candles => {
                    let (interval, count) = query.candles();
                    Series::Candles(candles(id, interval, count).await?)
                }
            };
            Ok((query.days, series))
        },
    )
}

pub(super) fn panel(
    coin: String,
    price: CoinPrice,
    series: SeriesResource,
    context: Context,
) -> AnyView {
    let draw = move || {
        let coin = coin.clone();
        Suspend::new(async move {
            match series.await {
                Ok((days, series)) => {
                    let kind = match series {
                        Series::Line(_) => Kind::Line,
                        Series::Candles(_) => Kind::Candles,
                    };
                    let chart_context = ChartContext {
                        coin,
                        days,
                        step_seconds: ChartQuery { days, kind }.step_seconds(),
                        locale: context.locale,
                        price: price.signal(),
                    };
                    chart(series, chart_context)
                }
                Err(error) => {
                    let here = context.here.get_untracked();
                    notice::failed(&error, here, move || series.refetch())
                }
            }
        })
    };
    view! {
        <section class="panel panel-body coin-chart" aria-labelledby="chart-title">
            <div class="toolbar">
                <h2 id="chart-title">"Price"</h2>
                <div class="cluster">{ranges(context)} {kinds(context)}</div>
            </div>
            <Transition fallback=skeleton_chart>{draw}</Transition>
            <p class="credit">
                "Times in UTC. Interactive chart by "
                <a href="https://www.tradingview.com/" rel="noopener" target="_blank">
                    "TradingView Lightweight Charts™"
                </a> "."
            </p>
        </section>
    }
    .into_any()
}

fn ranges(context: Context) -> AnyView {
    let links: Vec<_> = Days::ALL
        .into_iter()
        .map(|days| {
            let href = move || {
                ChartQuery {
                    days,
                    ..context.query.get()
                }
                .href()
            };
            let current = move || (context.query.get().days == days).then_some("true");
            view! {
                <a href=href aria-current=current data-noscroll="">
                    {range_label(days)}
                </a>
            }
        })
        .collect();
    view! {
        <nav class="tabs" aria-label="Range of the chart">
            {links}
        </nav>
    }
    .into_any()
}

fn kinds(context: Context) -> AnyView {
    let links: Vec<_> = Kind::ALL
        .into_iter()
        .map(|kind| {
            let href = move || {
                ChartQuery {
                    kind,
                    ..context.query.get()
                }
                .href()
            };
            let current = move || (context.query.get().kind == kind).then_some("true");
            view! {
                <a href=href aria-current=current data-noscroll="">
                    {kind.label()}
                </a>
            }
        })
        .collect();
    view! {
        <nav class="tabs" aria-label="Kind of chart">
            {links}
        </nav>
    }
    .into_any()
}
