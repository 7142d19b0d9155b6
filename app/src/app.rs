//! The root component: what every page shares, and which page stands at which address.

use crate::{
    components::{
        debug_api_status::DebugApiStatus,
        header::Header,
        nav::BottomNav,
        route_focus::RouteFocus,
        ticker::Ticker,
        toasts::{Toasts, provide_toaster},
    },
    hooks::{hydrated, use_price_stream::provide_price_stream},
    page_data::provide_page_data,
    pages::{coin::CoinPage, error::PageErrors, markets::MarketsPage, not_found::NotFoundPage},
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

/// The app. Every route is rendered as a whole (`SsrMode::Async`), because a streamed one needs
/// JavaScript before its rows can be seen.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let page = provide_page_data();
    provide_price_stream(&page);
    provide_toaster();
    hydrated::mark_when_ready();

    view! {
        <Title formatter=|title: String| format!("{title} · CryptoVault") />
        <Meta
            name="description"
            content="Live cryptocurrency prices, charts and market figures on your own desk."
        />
        <Router>
            <RouteFocus />
            <a class="skip-link" href="#main" rel="external">
                "Skip to content"
            </a>
            <Header />
            <Ticker />
            <main id="main" tabindex="-1">
                <PageErrors>
                    <FlatRoutes fallback=NotFoundPage>
                        <Route path=path!("/") view=MarketsPage ssr=SsrMode::Async />
                        <Route path=path!("/markets") view=MarketsPage ssr=SsrMode::Async />
                        <Route path=path!("/coins/:id") view=CoinPage ssr=SsrMode::Async />
                    </FlatRoutes>
                </PageErrors>
            </main>
            <BottomNav />
            <Toasts />
            {page.development.then(|| view! { <DebugApiStatus /> })}
        </Router>
    }
}
