//! Parts of a page.

use super::{
    Request,
    form::{done, shown_once},
};
pub(super) use crate::components::panel::panel;
use crate::components::panel::under;
use domain::trading::Balance;
use leptos::prelude::*;

/// A part that is exchanged by itself when orders or money have changed: see `account::live`. Whatever
/// changes after `balances` were read has a higher number than they.
pub(super) fn live(
    request: &Request,
    id: &'static str,
    balances: &[Balance],
    content: impl IntoView + 'static,
) -> AnyView {
    let newest = balances.iter().map(|balance| balance.sequence).max();
    let newest = newest.unwrap_or_default();
    let owner = request.identity.as_ref();
    let owner = owner.map(|identity| identity.id().to_string());
    view! {
        <div class="live" id=id data-live=newest.to_string() data-owner=owner>
            // Shown only while changes can't be heard of.
            <p class="live-lost" role="status">
                "Not connected: orders and balances may have changed."
            </p>
            {content.into_view()}
        </div>
    }
    .into_any()
}

/// Where it is said what has been done by the forms of such parts.
pub(super) fn said(request: &Request) -> AnyView {
    view! {
        <div class="live" id="said" data-live="0" data-kept="">
            {done(request)}
        </div>
    }
    .into_any()
}

/// A part that is shown this once.
pub(super) fn panel_shown_once(
    request: &Request,
    title: &'static str,
    content: impl IntoView + 'static,
) -> AnyView {
    under(shown_once(request, title), content)
}
