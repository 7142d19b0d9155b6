//! Who is signed in, or the way to do so.

use super::{
    icons::{Icon, IconName},
    price_stream_status::close_when_left,
};
use crate::{
    account::{SIGN_IN, send_forms, use_user, with_next},
    functions::auth::sign_in::Logout,
    shared::shared,
};
use leptos::{html, prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;

/// A link to sign in; or a bell that counts what was not seen, and the account's name, which opens settings
/// and the way out.
#[component]
pub fn UserMenu() -> impl IntoView {
    let user = use_user();
    let send = send_forms();
    let menu = NodeRef::<html::Details>::new();
    close_when_left(menu);
    let location = use_location();
    let (path, query) = (location.pathname, location.search);
    let sign_in = shared(move || {
        let here = format!("{}?{}", path.get(), query.get());
        // What was asked for on the way in is no place to come back to.
        if here == "/?" || here.starts_with(SIGN_IN) {
            return SIGN_IN.to_owned();
        }
        with_next(SIGN_IN, here.trim_end_matches('?'))
    });
    shared(move || match user.get() {
        None => view! {
            <a class="button user-link" href=sign_in.clone() data-testid="sign-in">
                <Icon name=IconName::Person />
                <span>"Sign in"</span>
            </a>
        }
        .into_any(),
        Some(account) => view! {
            <a class="icon-button bell" href="/notifications">
                <Icon name=IconName::Bell />
                <span class="visually-hidden">"Notifications"</span>
                <span class="bell-count" data-testid="bell">
                    {move || user.unread_text()}
                </span>
            </a>
            <details class="user-menu" data-testid="user-menu" node_ref=menu>
                <summary class="user-link">
                    <Icon name=IconName::Person />
                    <span>{account.name}</span>
                </summary>
                <div class="user-menu-items">
                    <a href="/dashboard">"Dashboard"</a>
                    <a href="/wallet">"Wallet"</a>
                    <a href="/transactions">"Transactions"</a>
                    <a href="/alerts">"Alerts"</a>
                    <a href="/settings">"Settings"</a>
                    {account.is_admin.then(|| view! { <a href="/admin">"Administration"</a> })}
                    <form method="post" action=Logout::PATH on:submit=send.clone()>
                        <button class="button">"Log out"</button>
                    </form>
                </div>
            </details>
        }
        .into_any(),
    })
}
