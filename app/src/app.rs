//! The root component: what every page shares, and which page stands at which address.

use crate::{
    account::{line, provide_user},
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
    pages::{
        lazy::{CoinRoute, MarketsRoute, SheetRoute, TradeRoute},
        not_found::NotFoundPage,
    },
    watchlist::provide_watchlist,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title, provide_meta_context};
use leptos_router::{
    Lazy, SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

/// What a page without scripts can't know by itself. Given as text: a browser with scripts reads what
/// stands in `noscript` as such, and would find another tree than the server has rendered.
const WITHOUT_SCRIPTS: &str = "<p class=\"page-note\">Without JavaScript, prices and their status are \
    those of the moment this page was loaded. Load it again for new ones.</p>";

/// The app. Every route is rendered as a whole (`SsrMode::Async`), because a streamed one needs
/// JavaScript before its rows can be seen.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let page = provide_page_data();
    provide_price_stream(&page);
    provide_watchlist(&page);
    provide_user(&page);
    provide_toaster();
    line::keep();
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
            <noscript inner_html=WITHOUT_SCRIPTS></noscript>
            <main id="main" tabindex="-1">
                <FlatRoutes fallback=NotFoundPage>
                    <Route path=path!("/") view={Lazy::<MarketsRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/markets") view={Lazy::<MarketsRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/coins/:id") view={Lazy::<CoinRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/trade/:pair?") view={Lazy::<TradeRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/auth/:step?") view={Lazy::<SheetRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/settings/:section?") view={Lazy::<SheetRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/dashboard") view={Lazy::<SheetRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/wallet") view={Lazy::<SheetRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/alerts") view={Lazy::<SheetRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/notifications") view={Lazy::<SheetRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/transactions") view={Lazy::<SheetRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/admin/:section?") view={Lazy::<SheetRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/admin/users/:id") view={Lazy::<SheetRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/dev/mailbox/:id?") view={Lazy::<SheetRoute>::new()} ssr=SsrMode::Async />
                </FlatRoutes>
            </main>
            <footer class="site-footer">
                "CryptoVault · "
                <a href="/api/docs" rel="external">
                    "API"
                </a>
            </footer>
            <BottomNav />
            <Toasts />
            {page.development.then(|| view! { <DebugApiStatus /> })}
        </Router>
    }
}
