//! How the interface looks.

use super::super::panel::panel;
use crate::{functions::appearance::SetTheme, page_data::theme::Theme};
use leptos::{prelude::*, server_fn::ServerFn};

pub(super) fn section() -> AnyView {
    let button = |theme: Theme, label: &'static str| {
        view! {
            <button class="button" name="theme" value=theme.as_str()>
                {label}
            </button>
        }
    };
    let form = view! {
        <p>"Without a choice the colours follow your system."</p>
        <form class="cluster" method="post" action=SetTheme::PATH data-plain="">
            <input type="hidden" name="next" value="/settings/appearance" />
            {button(Theme::Light, "Light")}
            {button(Theme::Dark, "Dark")}
        </form>
    };
    panel("Appearance", form)
}
