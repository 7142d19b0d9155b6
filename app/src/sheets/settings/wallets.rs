//! Linked Ethereum wallets.

use super::super::{Request, confirm::fresh, form::Form};
use crate::functions::auth::wallet::{LinkWallet, UnlinkWallet};
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::Identity;

pub(super) fn section(request: &Request, identity: &Identity) -> AnyView {
    fresh(
        request,
        identity,
        "Wallets",
        "link or unlink a wallet",
        // What a wallet has signed is not kept: linking is to be done again.
        &[UnlinkWallet::PATH],
        || {
            let rows = identity.user.wallets.iter().map(|wallet| {
                let unlink = Form::new(request, &format!("unlink-{wallet}"), UnlinkWallet::PATH)
                    .hidden("address", wallet.as_str())
                    .view("Unlink", "button");
                view! { <li>{wallet.checksummed()} {unlink}</li> }
            });
            let rows: Vec<_> = rows.collect();
            let link = Form::new(request, "link", LinkWallet::PATH)
                .signed_by_wallet()
                .view("Link a wallet", "button primary");
            view! {
                <p>"With a linked Ethereum wallet you can sign in without your password."</p>
                <ul class="rows" data-testid="wallets">
                    {rows}
                </ul>
                {link}
            }
            .into_any()
        },
    )
}
