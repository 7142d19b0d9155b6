//! Keeps what the server has written about somebody's orders and money up to date. Parts of a page that
//! are about it bear `data-live`, the number of the last change that is in them, and an id. When
//! `/ws/account` tells of a newer one, the page is asked for again and these parts are exchanged.

use crate::{error::AppError, functions::sheet::Sheet};
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
pub(super) use browser::{changed, heard, sent};

/// Does so for the page at an address, for as long as the caller's owner lives.
pub(crate) fn keep(address: Signal<String>, page: Resource<Result<Sheet, AppError>>) {
    #[cfg(feature = "hydrate")]
    browser::keep(address, page);
    #[cfg(not(feature = "hydrate"))]
    let _ = (address, page);
}

#[cfg(feature = "hydrate")]
mod browser {
    use crate::{
        account::{CurrentUser, use_user},
        client::focus,
        error::AppError,
        functions::sheet::{Sheet, sheet_at},
        hooks::connection::machine::Link,
    };
    use leptos::{prelude::*, task::spawn_local};
    use std::cell::Cell;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{Element, HtmlTemplateElement};

    /// Parts of the page that are kept up to date, and those of them that bear a number.
    const PARTS: &str = "[data-live]";
    const NUMBERED: &str = "[data-live]:not([data-kept])";
    /// What says whose orders and money a page is about.
    const OWNED: &str = "[data-owner]";

    thread_local! {
        /// The address of the page that is shown. One per tab.
        static KEPT: Cell<Option<Signal<String>>> = const { Cell::new(None) };
        /// The last change that was heard of.
        static HEARD: Cell<u64> = const { Cell::new(0) };
        /// Whether newer parts are under way, and whether there are newer ones still.
        static UNDER_WAY: Cell<bool> = const { Cell::new(false) };
        static NEWER: Cell<bool> = const { Cell::new(false) };
        /// Whether a form has something to say to the page.
        static SAYS: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn keep(address: Signal<String>, page: Resource<Result<Sheet, AppError>>) {
        let user = use_user();
        KEPT.set(Some(address));
        Effect::new(move || {
            page.track();
            // What was told while the page was under way may not be in it.
            request_animation_frame(move || heard(user, HEARD.get()));
        });
        Effect::new(move |before: Option<u32>| {
            let touched = user.touched();
            if before.is_some_and(|before| before != touched) {
                spawn_local(renew());
            }
            touched
        });
    }

    /// A form within such a part was sent: what was typed elsewhere on the page stays.
    pub(crate) fn sent(user: CurrentUser) {
        SAYS.set(true);
        user.touch();
    }

    /// The server tells of a change with this number.
    pub(crate) fn heard(user: CurrentUser, sequence: u64) {
        HEARD.set(HEARD.get().max(sequence));
        if found(NUMBERED).is_some_and(|part| sequence > number(&part)) {
            user.touch();
        }
    }

    /// Says on the page whether changes can be heard of.
    pub(crate) fn changed(link: Link) {
        let Some(root) = document().document_element() else {
            return;
        };
        let _said = match link {
            // The first try often succeeds at once.
            Link::Waiting { attempt: 2.. } | Link::Disconnected => {
                root.set_attribute("data-account", "lost")
            }
            Link::Open | Link::Idle => root.remove_attribute("data-account"),
            Link::Waiting { .. } | Link::Connecting { .. } | Link::Paused => Ok(()),
        };
    }

    /// Gets the page again and exchanges its parts; once more if there was news meanwhile.
    async fn renew() {
        if UNDER_WAY.replace(true) {
            NEWER.set(true);
            return;
        }
        loop {
            NEWER.set(false);
            // Another page may be shown by now.
            let here = || KEPT.get().and_then(|address| address.try_get_untracked());
            let Some(asked) = here() else {
                break;
            };
            let answer = sheet_at(asked.clone(), !SAYS.take()).await;
            if let (Ok(sheet), true) = (answer, here() == Some(asked)) {
                exchange(&sheet.html);
            }
            if !NEWER.get() {
                break;
            }
        }
        UNDER_WAY.set(false);
    }

    fn found(selector: &str) -> Option<Element> {
        document().query_selector(selector).ok().flatten()
    }

    /// Of the last change that is in a part.
    fn number(part: &Element) -> u64 {
        let number = part.get_attribute("data-live");
        number.and_then(|it| it.parse().ok()).unwrap_or_default()
    }

    fn owner(found: Result<Option<Element>, JsValue>) -> Option<String> {
        found.ok().flatten()?.get_attribute("data-owner")
    }

    fn exchange(html: &str) {
        let template = document().create_element("template").ok();
        let template = template.and_then(|it| it.dyn_into::<HtmlTemplateElement>().ok());
        let (Some(template), Ok(parts)) = (template, document().query_selector_all(PARTS)) else {
            return;
        };
        template.set_inner_html(html);
        let newer = template.content();
        if owner(newer.query_selector(OWNED)) != owner(document().query_selector(OWNED)) {
            // Somebody else is signed in by now, or nobody: nothing of this page is theirs.
            let _reloading = window().location().reload();
            return;
        }
        for at in 0..parts.length() {
            let part = parts.get(at).and_then(|it| it.dyn_into::<Element>().ok());
            if let Some(part) = part
                && let Some(newer) = newer.get_element_by_id(&part.id())
            {
                exchange_part(&part, &newer);
            }
        }
    }

    fn exchange_part(part: &Element, newer: &Element) {
        // Answers may overtake each other; and what was said stays until something else is.
        let says = newer.text_content().is_some_and(|text| !text.is_empty());
        let stays = !says && part.has_attribute("data-kept");
        if stays || number(newer) < number(part) {
            return;
        }
        if let Some(number) = newer.get_attribute("data-live") {
            let _set = part.set_attribute("data-live", &number);
        }
        let html = newer.inner_html();
        if html == part.inner_html() {
            return;
        }
        let leads = newer
            .query_selector("[data-focus]")
            .is_ok_and(|it| it.is_some());
        let focused = document().active_element();
        if leads || focused.is_some_and(|focused| part.contains(Some(&focused))) {
            focus::lead();
        }
        part.set_inner_html(&html);
    }
}
