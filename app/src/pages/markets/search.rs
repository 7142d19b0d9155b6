//! The search box: a form that works by itself, and filters with every letter in the browser.

use super::{Place, query::Filter};
use crate::shared::shared;
use leptos::{html, prelude::*};

pub(super) fn search(place: Place) -> AnyView {
    let input = NodeRef::<html::Input>::new();
    let on_input = keep_in_step(place, input);
    let action = shared(move || place.path.get());
    // What the form must not lose when it is sent without JavaScript.
    let hidden = move || {
        place.query.with(|query| {
            let filter = (query.filter != Filter::All).then(|| query.filter.as_str());
            [
                ("filter", filter),
                ("sort", query.sort.map(|key| key.as_str())),
                ("order", query.order.map(|order| order.as_str())),
            ]
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name, value)))
            .map(|(name, value)| view! { <input type="hidden" name=name value=value /> }.into_any())
            .collect::<Vec<_>>()
        })
    };
    let initial = place.query.with_untracked(|query| query.search.clone());
    view! {
        <form class="search" role="search" action=action on:submit=|event| prevent(&event) on:input=on_input>
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
                <path d="M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zm3.3 7.8L14 14"></path>
            </svg>
            <input
                class="field"
                type="search"
                name="search"
                value=initial
                placeholder="Search name or ticker"
                aria-label="Search coins by name or ticker"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                maxlength="64"
                node_ref=input
            />
            {move || hidden()}
            <button class="button">"Search"</button>
        </form>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
fn prevent(event: &leptos::ev::SubmitEvent) {
    event.prevent_default();
}

#[cfg(not(feature = "hydrate"))]
fn prevent(_event: &leptos::ev::SubmitEvent) {}

/// The address follows the box, and the box follows the address (back, reset).
#[cfg(feature = "hydrate")]
fn keep_in_step(place: Place, input: NodeRef<html::Input>) -> impl Fn(leptos::ev::Event) + 'static {
    use leptos_router::{NavigateOptions, hooks::use_navigate};

    let navigate = use_navigate();
    let follow = StoredValue::new_local(move |typed: String| {
        let query = super::query::MarketsQuery {
            search: typed,
            ..place.query.get_untracked()
        };
        let options = NavigateOptions {
            replace: true,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&query.href(&place.path.get_untracked()), options);
    });
    Effect::new(move |before: Option<()>| {
        let Some(field) = input.get() else {
            return;
        };
        let search = place.query.with(|query| query.search.clone());
        let typed = field.value();
        if typed == search {
            return;
        }
        if before.is_none() {
            // Typed before the page was interactive.
            follow.with_value(|follow| follow(typed));
        } else {
            field.set_value(&search);
        }
    });
    move |event| follow.with_value(|follow| follow(event_target_value(&event)))
}

#[cfg(not(feature = "hydrate"))]
fn keep_in_step(
    _place: Place,
    _input: NodeRef<html::Input>,
) -> impl Fn(leptos::ev::Event) + 'static {
    |_| {}
}
