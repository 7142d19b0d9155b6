//! One coin: its live price, its figures, its chart, and what it is about.

mod about;
mod head;
mod stats;

use super::{
    chart::{self, ChartQuery, Choice, SeriesResource, use_choice},
    figures::Figures,
    not_found::nothing_here,
    refresh::{Reason, keep_fresh},
    status,
    title::PageTitle,
};
use crate::{
    account::{CurrentUser, use_user},
    components::{notice, price_cell::CoinPrice},
    error::AppError,
    format,
    functions::market::coin,
    hooks::use_price_stream::{PriceStream, use_price_stream},
    watchlist::{Watched, use_watchlist},
};
use domain::{CoinId, api::ErrorCode, format::Locale, market::CoinDetails};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    components::Redirect,
    hooks::{use_location, use_params_map},
};
use std::sync::Arc;

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Context {
    choice: Choice,
    here: Signal<String>,
    stream: PriceStream,
    watched: Watched,
    locale: Locale,
    /// The coin that is shown; none while it is being loaded for the first time or can't be had.
    shown: StoredValue<Option<CoinId>>,
    figures: Figures,
}

/// `/coins/:id`.
#[component]
pub fn CoinPage() -> impl IntoView {
    let params = use_params_map();
    let search = use_location().search;
    let choice = use_choice();
    let query = choice.query;
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let details = Resource::new(move || id.get(), coin);
    let series = chart::resource(id, query);
    let user = use_user();
    let context = Context {
        choice,
        here: Signal::derive(move || choice.here()),
        stream: use_price_stream(),
        watched: use_watchlist(),
        locale: format::use_locale(),
        shown: StoredValue::new(None),
        figures: Figures::new(),
    };
    keep_fresh(move |reason| {
        let Some(coin) = context.shown.try_get_value().flatten() else {
            return;
        };
        context.figures.renew(coin.to_string());
        // A chart goes on by itself with the live price. Only what lies before it may be another
        // history now, or have a gap.
        if reason == Reason::Change {
            series.refetch();
        }
    });
    let title = PageTitle::new();
    let text = title.text();
    view! {
        <Title text />
        <Transition fallback=move || {
            waiting(context)
        }>
            {move || {
                let title = title.clone();
                Suspend::new(async move {
                    match details.await {
                        Ok(coin) if coin.summary.id.as_str() == id.get_untracked() => {
                            let own = own_part(coin.summary.id.as_str(), user).await;
                            loaded(coin, own, &title, series, context)
                        }
                        Ok(coin) => {
                            let is_asked = !search.get_untracked().is_empty();
                            redirected(&coin, is_asked.then(|| query.get_untracked()))
                        }
                        Err(error) => failed(&error, &title, details, context),
                    }
                })
            }}
        </Transition>
    }
}

fn loaded(
    coin: CoinDetails,
    own: String,
    title: &PageTitle,
    series: SeriesResource,
    context: Context,
) -> AnyView {
    let locale = context.locale;
    let coin = Arc::new(coin);
    let summary = &coin.summary;
    let price = CoinPrice::new(context.stream, summary);
    title.follow(
        format!("{} ({})", summary.name, summary.symbol),
        price,
        context.stream.status(),
        locale,
    );
    context.shown.set_value(Some(summary.id.clone()));
    let details = context.figures.of(&coin);
    view! {
        <article class="page coin" data-coin=summary.id.to_string()>
            {head::head(summary, details, price, context)}
            <div class="coin-body">
                {chart::panel(summary.id.to_string(), details, price, series, context.choice)} {stats::stats(details, price, locale)}
                {about::about(&coin)}
            </div>
            <div class="sheet" inner_html=own></div>
        </article>
    }
    .into_any()
}

/// What the server writes for whoever is signed in: what they have of the coin, and a form for an alert. In the
/// browser the written part stays as it came; whoever got here by a link is led to the whole page for it, because
/// code that asks for it would weigh more than the page's own.
async fn own_part(coin: &str, user: CurrentUser) -> String {
    if user.get_untracked().is_none() {
        return String::new();
    }
    #[cfg(feature = "ssr")]
    {
        let sheet = crate::sheets::at(&format!("/coins/{coin}"), false).await;
        sheet.map(|sheet| sheet.html).unwrap_or_default()
    }
    #[cfg(not(feature = "ssr"))]
    [
        "<p><a class=\"button\" rel=\"external\" href=\"/coins/",
        coin,
        "\">Your position, and alerts</a></p>",
    ]
    .concat()
}

/// A ticker was asked for: each coin has one address. What was chosen for the chart stays chosen.
fn redirected(coin: &CoinDetails, choice: Option<ChartQuery>) -> AnyView {
    let choice = choice.map(|choice| choice.href("")).unwrap_or_default();
    let path = format!("/coins/{}{choice}", coin.summary.id);
    let options = NavigateOptions {
        // Going back must not lead here again.
        replace: true,
        ..NavigateOptions::default()
    };
    view! { <Redirect path options /> }.into_any()
}

type Details = Resource<Result<CoinDetails, AppError>>;

fn failed(error: &AppError, title: &PageTitle, details: Details, context: Context) -> AnyView {
    context.shown.set_value(None);
    if matches!(error.code, ErrorCode::UnknownCoin | ErrorCode::NotFound) {
        title.set("Unknown coin");
        return nothing_here(
            "Unknown coin",
            "CryptoVault does not follow a coin of this name. It may have been mistyped.",
        );
    }
    title.set("Coin");
    status::answer_with(error);
    let again = notice::failed(error, context.here.get_untracked(), move || {
        details.refetch()
    });
    view! {
        <div class="page coin">
            <h1 class="visually-hidden">"Coin"</h1>
            <div class="panel">{again}</div>
        </div>
    }
    .into_any()
}

/// The page's outline while a coin is being loaded.
fn waiting(context: Context) -> AnyView {
    view! {
        <div class="page coin" aria-busy="true">
            {head::waiting()} <div class="coin-body">{chart::waiting(context.choice)} {stats::waiting()} {about::waiting()}</div>
        </div>
    }
    .into_any()
}
