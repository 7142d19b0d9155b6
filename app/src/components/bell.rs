//! What somebody has not seen, and the way there.

use super::icons::{Icon, IconName};
use crate::{account::use_user, shared::shared};
use leptos::prelude::*;

/// More than these are not counted.
const MOST: u64 = 99;

/// The bell with its count; nothing for strangers.
#[component]
pub fn Bell() -> impl IntoView {
    let user = use_user();
    let unread = Memo::new(move |_| user.unread());
    let is_signed_in = Memo::new(move |_| user.get().is_some());
    let label = move || match unread.get() {
        0 => "Notifications".to_owned(),
        count => format!("Notifications, {count} unread"),
    };
    let count = move || match unread.get() {
        0 => String::new(),
        count if count > MOST => format!("{MOST}+"),
        count => count.to_string(),
    };
    shared(move || match is_signed_in.get() {
        false => ().into_any(),
        true => view! {
            <a class="icon-button bell" href="/notifications" aria-label=label data-testid="bell">
                <Icon name=IconName::Bell />
                <span class="bell-count" aria-hidden="true">
                    {count}
                </span>
            </a>
        }
        .into_any(),
    })
}
