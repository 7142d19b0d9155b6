//! The panel with a coin's chart: its data, its two switches, its credit.

mod query;

use crate::{
    components::{
        chart::{ChartContext, chart, series::Series},
        notice,
        price_cell::CoinPrice,
        skeleton::skeleton_chart,
    },
    error::AppError,
    format,
    functions::market::{candles, history},
    shared::shared,
};
use domain::{
    format::Locale,
    market::{CoinDetails, Days},
};
use leptos::prelude::*;
use leptos_router::{
    hooks::{use_location, use_query_map},
    location::Location,
};
pub(super) use query::ChartQuery;
use query::{Kind, range_label};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the address says of the chart, and how links change it.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    pub(super) query: Memo<ChartQuery>,
    path: Memo<String>,
    search: Memo<String>,
    locale: Locale,
}

/// Call it while a page is being set up.
pub(super) fn use_choice() -> Choice {
    let choices = use_query_map();
    let Location {
        pathname, search, ..
    } = use_location();
    Choice {
        query: Memo::new(move |_| choices.with(ChartQuery::read)),
        path: pathname,
        search,
        locale: format::use_locale(),
    }
}

impl Choice {
    /// The address of this page with another chart; what else it asks for stays.
    fn href(self, chosen: ChartQuery) -> String {
        self.search.with(|search| chosen.href(search))
    }

    /// Path and query of this page.
    pub(super) fn here(self) -> String {
        self.path.get() + &self.href(self.query.get())
    }
}

/// The data of the chart with what it was asked for: by the time it is there, the page may show
/// another coin, or still the one before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    coin: String,
    days: Days,
    drawn: Result<Drawn, AppError>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Drawn {
    series: Series,
    /// Whether it is made up, where the series itself tells.
    simulated: Option<bool>,
}

pub(super) type SeriesResource = Resource<Answer>;

/// Loads what the address asks for.
pub(super) fn resource(id: Memo<String>, query: Memo<ChartQuery>) -> SeriesResource {
    Resource::new(
        move || (id.get(), query.get()),
        |(coin, query)| async move {
            Answer {
                days: query.days,
                drawn: drawn(&coin, query).await,
                coin,
            }
        },
    )
}

async fn drawn(coin: &str, query: ChartQuery) -> Result<Drawn, AppError> {
    let id = coin.to_owned();
    Ok(match query.kind {
        Kind::Line => {
            let history = history(id, query.days).await?;
            Drawn {
                series: Series::Line(history.prices),
                simulated: Some(history.simulated),
            }
        }
        Kind::Candles => {
            let (interval, count) = query.candles();
            Drawn {
                series: Series::Candles(candles(id, interval, count).await?),
                simulated: None,
            }
        }
    })
}

/// The panel of one coin.
#[derive(Clone, Copy)]
struct Panel {
    /// What its chart was asked for by.
    key: StoredValue<String>,
    details: Memo<Arc<CoinDetails>>,
    price: CoinPrice,
    series: SeriesResource,
    choice: Choice,
}

/// The panel of the coin that `series` was asked for by `key`.
pub(super) fn panel(
    key: String,
    details: Memo<Arc<CoinDetails>>,
    price: CoinPrice,
    series: SeriesResource,
    choice: Choice,
) -> AnyView {
    let panel = Panel {
        key: StoredValue::new(key),
        details,
        price,
        series,
        choice,
    };
    let remark = move || Suspend::new(async move { panel.remark(series.await) });
    let drawing = move || Suspend::new(async move { panel.drawing(series.await) });
    frame(
        choice,
        view! { <Transition>{move || remark()}</Transition> }.into_any(),
        view! { <Transition fallback=skeleton_chart>{move || drawing()}</Transition> }.into_any(),
    )
}

impl Panel {
    /// Whether an answer is about this panel's coin.
    fn is_ours(self, answer: &Answer) -> bool {
        // The panel may be gone when the answer comes.
        let ours = self.key.try_with_value(|key| *key == answer.coin);
        ours.unwrap_or_default()
    }

    /// The chart; while it is another coin's, the room for it.
    fn drawing(self, answer: Answer) -> AnyView {
        if !self.is_ours(&answer) {
            return skeleton_chart();
        }
        let Answer { days, drawn, .. } = answer;
        match drawn {
            Ok(Drawn { series, .. }) => {
                let kind = match series {
                    Series::Line(_) => Kind::Line,
                    Series::Candles(_) => Kind::Candles,
                };
                let details = self.details;
                let chart_context = ChartContext {
                    title: details
                        .with_untracked(|details| format!("{} price", details.summary.name)),
                    days,
                    step_seconds: ChartQuery { days, kind }.step_seconds(),
                    locale: self.choice.locale,
                    price: self.price.signal(),
                };
                chart(series, chart_context)
            }
            Err(error) => {
                let (here, series) = (untrack(|| self.choice.here()), self.series);
                notice::failed(&error, here, move || series.refetch())
            }
        }
    }

    /// Says so when the chart is made up.
    fn remark(self, answer: Answer) -> AnyView {
        let told = match &answer.drawn {
            Ok(drawn) if self.is_ours(&answer) => drawn.simulated,
            _ => return ().into_any(),
        };
        let simulated =
            move || told.unwrap_or_else(|| self.details.with(|details| details.simulated));
        let chip = || {
            view! {
                <span class="chip warn" data-testid="chart-simulated">
                    "Simulated, no real history"
                </span>
            }
            .into_any()
        };
        view! { {move || simulated().then(chip)} }.into_any()
    }
}

/// The panel while its coin is being loaded: as tall as afterwards.
pub(super) fn waiting(choice: Choice) -> AnyView {
    frame(choice, ().into_any(), skeleton_chart())
}

/// What stands around the chart.
fn frame(choice: Choice, remark: AnyView, drawing: AnyView) -> AnyView {
    view! {
        <section class="panel panel-body coin-chart" aria-labelledby="chart-title">
            <div class="toolbar">
                <div class="chart-title">
                    <h2 id="chart-title">"Price"</h2>
                    {remark}
                </div>
                <div class="cluster">{ranges(choice)} {kinds(choice)}</div>
            </div>
            {drawing}
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

fn ranges(choice: Choice) -> AnyView {
    let links: Vec<_> = Days::ALL
        .into_iter()
        .map(|days| {
            let href = shared(move || {
                choice.href(ChartQuery {
                    days,
                    ..choice.query.get()
                })
            });
            let current = shared(move || (choice.query.get().days == days).then_some("true"));
            view! {
                <a href=href.clone() aria-current=current.clone() data-noscroll="">
                    {range_label(days)}
                </a>
            }
            .into_any()
        })
        .collect();
    view! {
        <nav class="tabs" aria-label="Range of the chart">
            {links}
        </nav>
    }
    .into_any()
}

fn kinds(choice: Choice) -> AnyView {
    let links: Vec<_> = Kind::ALL
        .into_iter()
        .map(|kind| {
            let href = shared(move || {
                choice.href(ChartQuery {
                    kind,
                    ..choice.query.get()
                })
            });
            let current = shared(move || (choice.query.get().kind == kind).then_some("true"));
            view! {
                <a href=href aria-current=current data-noscroll="">
                    {kind.label()}
                </a>
            }
            .into_any()
        })
        .collect();
    view! {
        <nav class="tabs" aria-label="Kind of chart">
            {links}
        </nav>
    }
    .into_any()
}
