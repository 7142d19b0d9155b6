//! The dashboard: what one owns, here and elsewhere, what it made, and why.
//!
//! The server writes the figures, as it writes the forms. Their code is loaded once the page is there; then
//! the browser shows them by itself, out of the same views, at live prices and under any method.

mod activity;
mod allocation;
mod asked;
#[cfg(feature = "hydrate")]
mod drawer;
mod explain;
mod figures;
mod history;
mod holdings;
pub(super) mod live;
mod shown;

use super::{
    lazy,
    sheet::{Written, own_address},
    status,
};
use crate::{
    account::{send_forms, use_user},
    components::{notice, price_origin::price_origin},
    error::AppError,
    functions::portfolio::portfolio_figures,
    hooks::hydrated::after_hydration,
};
#[cfg(feature = "ssr")]
pub(crate) use asked::Asked;
#[cfg(not(feature = "ssr"))]
use asked::Asked;
use leptos::{prelude::*, task::spawn_local_scoped};
use leptos_meta::Title;
#[cfg(feature = "ssr")]
pub(crate) use shown::written;
use std::sync::Mutex;

/// The figures as the server has written them.
type Html = Resource<Result<String, AppError>>;

/// `/dashboard`.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let address = own_address();
    let asked = Memo::new(move |_| address.with(|address| Asked::read(address)));
    let form = Memo::new(move |_| asked.with(|asked| Some(asked.form.clone())));
    let is_live = RwSignal::new(false);
    let html = html(asked, is_live);
    let written = Written::at(address, form.into());
    live::provide(asked, is_live);
    let code = code();
    let with_form = |form| move || asked.with(|asked| asked.with_form(form));
    let still = move || {
        let still = Suspend::new(async move { still(asked, html, html.await) });
        (!is_live.get()).then(|| view! { {still} }.into_any())
    };
    view! {
        <Title text="Dashboard" />
        <div class="page dashboard" on:submit=send_forms()>
            <div class="page-head">
                <h1>"Dashboard"</h1>
                <p class="cluster">
                    {price_origin()}
                    <a class="button" href=with_form("add") data-noscroll="">
                        "Add a holding"
                    </a>
                    <a class="button" href=with_form("import") data-noscroll="">
                        "Import trades"
                    </a>
                </p>
            </div>
            <Transition fallback=|| {
                view! { <p aria-busy="true">"Loading…"</p> }
            }>
                {still}
            </Transition>
            {move || code.figures()}
            {written.view(false)}
        </div>
    }
}

/// The code of the figures.
#[derive(Clone, Copy)]
struct Code {
    is_there: RwSignal<bool>,
    figures: StoredValue<Mutex<Option<AnyView>>>,
}

impl Code {
    /// What it shows, once it is there.
    fn figures(self) -> Option<AnyView> {
        let is_there = self.is_there.get();
        let take = |it: &Mutex<Option<AnyView>>| it.lock().ok()?.take();
        let figures = is_there.then(|| self.figures.try_with_value(take));
        figures.flatten().flatten()
    }
}

/// Loads it when the page is there. Without it the figures stay as the server writes them.
fn code() -> Code {
    let code = Code {
        is_there: RwSignal::new(false),
        figures: StoredValue::new(Mutex::new(None)),
    };
    let owner = Owner::current();
    after_hydration(move || {
        let load = async move {
            if let Ok(figures) = lazy::figures().await {
                // The page may have been left meanwhile.
                let loaded = Mutex::new(Some(figures));
                let _left = code.figures.try_set_value(loaded);
                let _told = code.is_there.try_set(true);
            }
        };
        if let Some(owner) = owner {
            owner.with(|| spawn_local_scoped(load));
        }
    });
    code
}

/// Asks the server, for as long as the browser does not compute by itself.
fn html(asked: Memo<Asked>, is_live: RwSignal<bool>) -> Html {
    let user = use_user();
    let key = Memo::new(move |before: Option<&(Asked, u32)>| match before {
        Some(before) if is_live.get() => before.clone(),
        // A form that has done something closes.
        _ => (asked.get(), user.changes()),
    });
    Resource::new(
        move || key.get(),
        |(asked, _)| async move {
            let figure = asked.figure.map(|figure| figure.to_string());
            portfolio_figures(asked.method, asked.period.to_string(), figure).await
        },
    )
}

/// What the server has written, or why it has not.
fn still(asked: Memo<Asked>, html: Html, answer: Result<String, AppError>) -> AnyView {
    match answer {
        Ok(answer) => view! { <div class="portfolio" inner_html=answer></div> }.into_any(),
        Err(error) => {
            status::answer_with(&error);
            let here = untrack(|| asked.with(Asked::href));
            let again = move || html.refetch();
            view! { <div class="panel">{notice::failed(&error, here, again)}</div> }.into_any()
        }
    }
}
