//! Pages made of forms: sign-in, settings. The server writes them as a whole, so that the browser
//! needs no code for any of them but this.

use super::{not_found::nothing_here, status};
use crate::{
    account::{send_forms, use_user},
    components::notice,
    error::AppError,
    functions::sheet::{Sheet, sheet_at},
};
use domain::api::ErrorCode;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// The page that the server has at this address.
#[component]
pub fn SheetPage() -> impl IntoView {
    let location = use_location();
    let user = use_user();
    // While another page takes over, this one must not ask for that one's address.
    let own = StoredValue::new(area(&location.pathname.get_untracked()));
    let address = Memo::new(move |before: Option<&String>| {
        let (path, search) = (location.pathname.get(), location.search.get());
        match before {
            Some(before) if own.with_value(|own| *own != area(&path)) => before.clone(),
            _ => format!("{path}?{}", search.trim_start_matches('?')),
        }
    });
    let page = Resource::new(
        move || (address.get(), user.changes()),
        |(address, _)| sheet_at(address),
    );
    let show = move |answer: Result<Sheet, AppError>| match answer {
        Ok(sheet) => {
            lead_focus();
            view! {
                <Title text=sheet.title />
                <div class="sheet" inner_html=sheet.html></div>
            }
            .into_any()
        }
        Err(error) if error.code == ErrorCode::NotFound => {
            nothing_here("Page not found", "There is nothing at this address.")
        }
        Err(error) => {
            status::answer_with(&error);
            notice::failed(&error, address.get_untracked(), move || page.refetch())
        }
    };
    view! {
        <div class="page" on:submit=send_forms()>
            <Transition fallback=|| {
                view! { <p aria-busy="true">"Loading…"</p> }
            }>{move || Suspend::new(async move { show(page.await) })}</Transition>
        </div>
    }
}

/// Leads the focus to what the page that comes now is about, such as a secret that is shown this once.
/// When a page is loaded the browser does so.
fn lead_focus() {
    // When it is there.
    #[cfg(feature = "hydrate")]
    request_animation_frame(|| {
        let wanted = document().query_selector("[data-focus]");
        crate::client::focus::on(wanted.ok().flatten());
    });
}

/// The first word of an address, which all of a route have in common.
fn area(path: &str) -> String {
    let mut words = path.trim_matches('/').split('/');
    words.next().unwrap_or_default().to_owned()
}
