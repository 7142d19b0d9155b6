//! The bar on top of every page.

use super::{
    icons::{Icon, IconName},
    nav::MainNav,
    price_stream_status::PriceStreamStatus,
    theme::ThemeSwitch,
    user_menu::UserMenu,
};
use leptos::prelude::*;

/// Brand, navigation, price status, theme, account.
#[component]
pub fn Header() -> impl IntoView {
    view! {
        <header class="site-header">
            <a class="brand" href="/">
                <Icon name=IconName::Logo />
                <span>"CryptoVault"</span>
            </a>
            <MainNav />
            <div class="site-header-tools">
                <PriceStreamStatus />
                <ThemeSwitch />
                <UserMenu />
            </div>
        </header>
    }
}
