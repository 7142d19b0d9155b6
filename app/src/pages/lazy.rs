//! Pages whose code is loaded when they are opened. Each is a module of its own beside the client's
//! main one (`wasm_split`), named as the page; but not for developers, whose `cargo leptos watch` does
//! not split.

use super::{
    coin::CoinPage,
    dashboard::{DashboardPage, live::live_figures},
    markets::MarketsPage,
    sheet::SheetPage,
    trade::TradePage,
};
use leptos::{prelude::*, wasm_split::SplitLoaderError};
use leptos_router::{LazyRoute, hooks::use_location};
#[cfg(not(feature = "split"))]
use std::future::{Ready, ready};

/// `/` and `/markets`.
#[derive(Debug)]
pub struct MarketsRoute;

/// `/coins/:id`.
#[derive(Debug)]
pub struct CoinRoute;

/// `/trade/:pair`.
#[derive(Debug)]
pub struct TradeRoute;

/// Pages made of forms, and the dashboard.
#[derive(Debug)]
pub struct SheetRoute;

/// A page's code: a module of its own in a client that is split, else a piece of the client as any other.
macro_rules! part {
    ($name:ident, $load:ident, $page:ident) => {
        #[cfg(feature = "split")]
        #[leptos::wasm_split::wasm_split($name, wasm_split_path = leptos::wasm_split, preload($load), fallible)]
        fn $name() -> Result<AnyView, SplitLoaderError> {
            Ok(view! { <$page /> }.into_any())
        }

        #[cfg(not(feature = "split"))]
        fn $name() -> Ready<Result<AnyView, SplitLoaderError>> {
            ready(Ok(view! { <$page /> }.into_any()))
        }

        #[cfg(not(feature = "split"))]
        fn $load() -> Ready<Result<(), SplitLoaderError>> {
            ready(Ok(()))
        }
    };
}

part!(markets, load_markets, MarketsPage);
part!(coin, load_coin, CoinPage);
part!(sheet, load_sheet, Sheets);
part!(trade, load_trade, TradePage);

/// The dashboard has little code of its own beside its figures: it comes with the pages of forms.
#[component]
fn Sheets() -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    match path.trim_end_matches('/') {
        "/dashboard" => view! { <DashboardPage /> }.into_any(),
        _ => view! { <SheetPage /> }.into_any(),
    }
}

/// The figures of the dashboard, whose page asks for them once it is there.
#[cfg(feature = "split")]
#[leptos::wasm_split::wasm_split(figures, wasm_split_path = leptos::wasm_split, fallible)]
pub(super) fn figures() -> Result<AnyView, SplitLoaderError> {
    Ok(live_figures())
}

#[cfg(not(feature = "split"))]
pub(super) fn figures() -> Ready<Result<AnyView, SplitLoaderError>> {
    ready(Ok(live_figures()))
}

impl LazyRoute for MarketsRoute {
    fn data() -> Self {
        Self
    }

    async fn view(_this: Self) -> AnyView {
        name_in_head("markets");
        shown(markets().await).await
    }

    async fn preload() {
        // `view` tries again, and says what came of it.
        let _loaded = load_markets().await;
    }
}

impl LazyRoute for CoinRoute {
    fn data() -> Self {
        Self
    }

    async fn view(_this: Self) -> AnyView {
        name_in_head("coin");
        shown(coin().await).await
    }

    async fn preload() {
        let _loaded = load_coin().await;
    }
}

impl LazyRoute for SheetRoute {
    fn data() -> Self {
        Self
    }

    async fn view(_this: Self) -> AnyView {
        name_in_head("sheet");
        shown(sheet().await).await
    }

    async fn preload() {
        let _loaded = load_sheet().await;
    }
}

impl LazyRoute for TradeRoute {
    fn data() -> Self {
        Self
    }

    async fn view(_this: Self) -> AnyView {
        name_in_head("trade");
        shown(trade().await).await
    }

    async fn preload() {
        let _loaded = load_trade().await;
    }
}

/// Names a page's code in the head of the document, so that it need not wait for the main module.
///
/// Leptos' own `prefetch_lazy_fn_on_server` writes the links after a wait, where the context that names
/// the files is lost as soon as another thread goes on with the request.
#[cfg(feature = "ssr")]
fn name_in_head(part: &str) {
    use leptos_meta::Link;

    let Some(files) = use_context::<leptos::WasmSplitManifest>() else {
        return;
    };
    files.0.with_value(|(folder, needs, loader)| {
        for module in needs.get(part).into_iter().flatten() {
            let href = format!("{folder}/{module}.wasm");
            let kind = "application/wasm";
            let crossorigin = "anonymous";
            // It is the head that keeps it; here it leaves nothing.
            let _nothing =
                view! { <Link rel="preload" href as_="fetch" type_=kind crossorigin /> }.to_html();
        }
        let href = format!("{folder}/{loader}");
        let _nothing =
            view! { <Link rel="modulepreload" href crossorigin="anonymous" /> }.to_html();
    });
}

#[cfg(not(feature = "ssr"))]
fn name_in_head(_part: &str) {}

/// The page, if its code is there. If not, because the network failed or the server has a newer client
/// meanwhile, a page that was rendered by the server stays as it is, and one that was navigated to is
/// loaded as a whole.
async fn shown(page: Result<AnyView, SplitLoaderError>) -> AnyView {
    if let Ok(page) = page {
        return page;
    }
    let rendered = Owner::current_shared_context().is_some_and(|page| page.during_hydration());
    if !rendered {
        let location = use_location();
        let (path, search) = (location.pathname, location.search);
        let query = search.get_untracked();
        let query = query.trim_start_matches('?');
        let separator = if query.is_empty() { "" } else { "?" };
        let here = window().location();
        let origin = here.origin().unwrap_or_default();
        let address = format!("{origin}{}{separator}{query}", path.get_untracked());
        let _going = here.assign(&address);
    }
    std::future::pending().await
}
