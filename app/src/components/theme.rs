//! The theme switch. Without JavaScript it posts a plain form; with it, it changes the page at once
//! and writes the same cookie.

use super::icons::{Icon, IconName};
use crate::{
    functions::appearance::SetTheme,
    page_data::{theme::Theme, use_page_data},
    shared::shared,
};
use leptos::{html, prelude::*, server_fn::ServerFn};
use leptos_meta::Html;
use leptos_router::hooks::use_location;

/// Two buttons, of which the styles show the one that leads away from the theme in effect: the
/// server cannot know which one the system prefers.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let (chosen, choose) = signal(use_page_data().theme);
    let location = use_location();
    let next = shared(move || {
        let search = location.search.get();
        let mark = if search.is_empty() { "" } else { "?" };
        format!("{}{mark}{search}", location.pathname.get())
    });
    let (light, dark) = (
        NodeRef::<html::Button>::new(),
        NodeRef::<html::Button>::new(),
    );
    let button = move |theme: Theme, icon: IconName, label: &'static str, class: &'static str| {
        let (own, other) = match theme {
            Theme::Light => (light, dark),
            Theme::Dark => (dark, light),
        };
        view! {
            <button
                class=class
                node_ref=own
                name="theme"
                value=theme.as_str()
                aria-label=label
                title=label
                on:click=move |event| {
                    event.prevent_default();
                    choose.set(Some(theme));
                    remember(theme);
                    // This one is about to be hidden; the focus goes to the one in its place.
                    request_animation_frame(move || {
                        let other = other.get_untracked();
                        let _focused = other.map(|button| button.focus());
                    });
                }
            >
                <Icon name=icon />
            </button>
        }
    };
    view! {
        <Html {..} data-theme=move || chosen.get().map(Theme::as_str) />
        <form class="theme-switch" data-testid="theme-switch" method="post" action=SetTheme::url()>
            <input type="hidden" name="next" prop:value=next.clone() value=next />
            {button(Theme::Light, IconName::Sun, "Switch to the light theme", "to-light")}
            {button(Theme::Dark, IconName::Moon, "Switch to the dark theme", "to-dark")}
        </form>
    }
}

/// Keeps the choice for the next page from the server.
#[cfg_attr(
    not(feature = "hydrate"),
    expect(unused_variables, reason = "only a browser has cookies to write")
)]
fn remember(theme: Theme) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        if let Some(document) = document().dyn_ref::<web_sys::HtmlDocument>() {
            // A browser that refuses cookies shows the theme on this page only.
            let _written = document.set_cookie(&theme.cookie());
        }
    }
}
