//! Pages whose code is loaded when they are opened. Each is a module of its own beside the client's
//! main one (`wasm_split`), named as the page.

use super::{coin::CoinPage, markets::MarketsPage, sheet::SheetPage};
use leptos::{
    prefetch_lazy_fn_on_server,
    prelude::*,
    wasm_split::{SplitLoaderError, wasm_split},
};
use leptos_router::{LazyRoute, hooks::use_location};

/// `/` and `/markets`.
#[derive(Debug)]
pub struct MarketsRoute;

/// `/coins/:id`.
#[derive(Debug)]
pub struct CoinRoute;

/// Pages made of forms.
#[derive(Debug)]
pub struct SheetRoute;

#[wasm_split(markets, wasm_split_path = leptos::wasm_split, preload(load_markets), fallible)]
fn markets() -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <MarketsPage /> }.into_any())
}

#[wasm_split(coin, wasm_split_path = leptos::wasm_split, preload(load_coin), fallible)]
fn coin() -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <CoinPage /> }.into_any())
}

#[wasm_split(sheet, wasm_split_path = leptos::wasm_split, preload(load_sheet), fallible)]
fn sheet() -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <SheetPage /> }.into_any())
}

impl LazyRoute for MarketsRoute {
    fn data() -> Self {
        Self
    }

    async fn view(_this: Self) -> AnyView {
        prefetch_lazy_fn_on_server("markets");
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
        prefetch_lazy_fn_on_server("coin");
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
        prefetch_lazy_fn_on_server("sheet");
        shown(sheet().await).await
    }

    async fn preload() {
        let _loaded = load_sheet().await;
    }
}

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
        let address = format!("{}{separator}{query}", path.get_untracked());
        // Refused only for addresses of another site.
        let _going = window().location().assign(&address);
    }
    std::future::pending().await
}
