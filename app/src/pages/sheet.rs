//! Pages made of forms: sign-in, settings. The server writes them as a whole, so that the browser
//! needs no code for any of them but this.

use super::{not_found::no_page, status};
use crate::{
    account::{live, send_forms, use_user},
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
    let address = own_address();
    let written = Written::at(address, Signal::derive(move || Some(address.get())));
    view! {
        <div class="page" on:submit=send_forms()>
            {written.view(true)}
        </div>
    }
}

/// What the server has written for an address.
#[derive(Clone, Copy)]
pub(super) struct Written {
    address: Signal<String>,
    page: Resource<Result<Sheet, AppError>>,
}

impl Written {
    /// Call it while a page is being set up. It is asked for again when `key` changes, which says of the
    /// address what the server writes about; `None` if that is nothing.
    pub(super) fn at(address: Signal<String>, key: Signal<Option<String>>) -> Self {
        let user = use_user();
        let page = Resource::new(
            move || (key.get(), user.changes()),
            move |(key, _)| async move {
                match key {
                    Some(_) => sheet_at(address.get_untracked(), false).await,
                    None => Ok(Sheet::default()),
                }
            },
        );
        live::keep(address, page);
        Self { address, page }
    }

    /// `titled` if its title is that of the page.
    pub(super) fn view(self, titled: bool) -> AnyView {
        let Self { address, page } = self;
        let show = move |answer: Result<Sheet, AppError>| match answer {
            Ok(sheet) => {
                prepare();
                view! {
                    {titled.then(|| view! { <Title text=sheet.title /> })}
                    <div class="sheet" inner_html=sheet.html></div>
                }
                .into_any()
            }
            Err(error) if error.code == ErrorCode::NotFound => no_page(titled),
            Err(error) => {
                status::answer_with(&error);
                let notice =
                    notice::failed(&error, address.get_untracked(), move || page.refetch());
                if titled {
                    return notice;
                }
                // Below the rest of the page nobody would see it.
                prepare();
                view! {
                    <div tabindex="-1" data-focus="">
                        {notice}
                    </div>
                }
                .into_any()
            }
        };
        view! {
            <Transition fallback=|| {
                view! { <p aria-busy="true">"Loading…"</p> }
            }>{move || Suspend::new(async move { show(page.await) })}</Transition>
        }
        .into_any()
    }
}

/// Raises a dialog over the page, and leads the focus to what is there now: see
/// [`focus::lead`](crate::client::focus::lead).
fn prepare() {
    #[cfg(feature = "hydrate")]
    {
        crate::client::modal::raise();
        crate::client::focus::lead();
    }
}

/// Path and query of this page. While another page takes over, it keeps its own: it must not ask for that
/// one's.
pub(super) fn own_address() -> Signal<String> {
    let location = use_location();
    let own = StoredValue::new(area(&location.pathname.get_untracked()));
    let address = Memo::new(move |before: Option<&String>| {
        let (path, search) = (location.pathname.get(), location.search.get());
        match before {
            Some(before) if own.with_value(|own| *own != area(&path)) => before.clone(),
            _ => format!("{path}?{}", search.trim_start_matches('?')),
        }
    });
    address.into()
}

/// The first word of an address, which all of a route have in common.
fn area(path: &str) -> String {
    let mut words = path.trim_matches('/').split('/');
    words.next().unwrap_or_default().to_owned()
}
