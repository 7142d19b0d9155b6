//! Keeps what the server has written about somebody's orders and money up to date. Parts of a page that
//! are about it bear `data-live`, the number of the last change that is in them, and an id. When
//! `/ws/account` tells of a newer one, the page is asked for again and these parts are exchanged.

use crate::{error::AppError, functions::sheet::Sheet};
use leptos::prelude::*;

/// Does so for the page at an address, for as long as the caller's owner lives.
pub(crate) fn keep(address: Memo<String>, page: Resource<Result<Sheet, AppError>>) {
    #[cfg(feature = "hydrate")]
    browser::keep(address, page);
    #[cfg(not(feature = "hydrate"))]
    let _ = (address, page);
}

#[cfg(feature = "hydrate")]
pub(super) use browser::sent;

#[cfg(feature = "hydrate")]
mod browser {
    use crate::{
        account::{CurrentUser, use_user},
        client::focus,
        components::toasts::{Toaster, use_toaster},
        error::AppError,
        functions::sheet::{Sheet, sheet_at},
        hooks::connection::{
            driver::{self, Line},
            machine::{Event, Link},
        },
    };
    use leptos::{prelude::*, task::spawn_local};
    use serde::Deserialize;
    use std::cell::Cell;
    use wasm_bindgen::JsCast;
    use web_sys::{Element, HtmlTemplateElement};

    static LINE: Line = Line {
        path: "/ws/account",
        heard,
        changed,
        ticked: |_| {},
    };
    /// Parts of the page that are kept up to date.
    const PARTS: &str = "[data-live]";

    thread_local! {
        /// Whom to tell. One per tab.
        static HEARERS: Cell<Option<(CurrentUser, Toaster)>> = const { Cell::new(None) };
        /// Whether newer parts are under way, and whether there are newer ones still.
        static UNDER_WAY: Cell<bool> = const { Cell::new(false) };
        static NEWER: Cell<bool> = const { Cell::new(false) };
        /// Whether a form has something to say to the page.
        static SAYS: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn keep(address: Memo<String>, page: Resource<Result<Sheet, AppError>>) {
        let (user, toaster) = (use_user(), use_toaster());
        HEARERS.set(Some((user, toaster)));
        Effect::new(move || {
            let (_loaded, signed_in) = (page.track(), user.get().is_some());
            request_animation_frame(move || {
                let wanted = signed_in && part(PARTS).is_some();
                if wanted {
                    driver::start(&LINE);
                } else {
                    driver::dispatch(&LINE, Event::Stop);
                }
            });
        });
        Effect::new(move |before: Option<u32>| {
            let touched = user.touched();
            if before.is_some_and(|before| before != touched) {
                spawn_local(renew(address));
            }
            touched
        });
        on_cleanup(|| driver::dispatch(&LINE, Event::Stop));
    }

    /// A form within such a part was sent: what was typed elsewhere on the page stays.
    pub(crate) fn sent(user: CurrentUser) {
        SAYS.set(true);
        user.touch();
    }

    /// Of what the server tells, what is needed here.
    #[derive(Deserialize)]
    struct Told {
        #[serde(default)]
        sequence: u64,
        fill: Option<Filled>,
    }

    #[derive(Deserialize)]
    struct Filled {
        side: String,
        pair: String,
        quantity: String,
        price: String,
    }

    fn heard(text: &str) {
        let (Ok(told), Some((user, toaster))) = (serde_json::from_str::<Told>(text), HEARERS.get())
        else {
            return;
        };
        let known = part(PARTS).and_then(|part| part.get_attribute("data-live"));
        let known: u64 = known
            .and_then(|known| known.parse().ok())
            .unwrap_or_default();
        if told.sequence <= known {
            return;
        }
        user.touch();
        if let Some(fill) = told.fill {
            let done = if fill.side == "buy" {
                "Bought "
            } else {
                "Sold "
            };
            let base = fill.pair.split('-').next().unwrap_or_default();
            toaster.show([done, &fill.quantity, " ", base, " at ", &fill.price].concat());
        }
    }

    /// Says on the page whether changes can be heard of. Whatever was missed is looked up, which also
    /// renews a session that has run out, or ends it.
    fn changed(link: Link) {
        let Some(root) = document().document_element() else {
            return;
        };
        let _said = match link {
            Link::Waiting { .. } | Link::Disconnected => root.set_attribute("data-account", "lost"),
            Link::Open | Link::Idle => root.remove_attribute("data-account"),
            Link::Connecting { .. } | Link::Paused => Ok(()),
        };
        if let (Link::Waiting { .. }, Some((user, _))) = (link, HEARERS.get()) {
            user.touch();
        }
    }

    /// Gets the page again and exchanges its parts; once more if there was news meanwhile.
    async fn renew(address: Memo<String>) {
        if UNDER_WAY.replace(true) {
            NEWER.set(true);
            return;
        }
        loop {
            NEWER.set(false);
            let Some(asked) = address.try_get_untracked() else {
                break;
            };
            let answer = sheet_at(asked.clone(), !SAYS.take()).await;
            // The page may have been left meanwhile.
            let is_here = address
                .try_get_untracked()
                .is_some_and(|here| here == asked);
            if let (Ok(sheet), true) = (answer, is_here) {
                exchange(&sheet.html);
            }
            if !NEWER.get() {
                break;
            }
        }
        UNDER_WAY.set(false);
    }

    fn part(selector: &str) -> Option<Element> {
        document().query_selector(selector).ok().flatten()
    }

    fn exchange(html: &str) {
        let template = document().create_element("template");
        let template = template
            .ok()
            .and_then(|it| it.dyn_into::<HtmlTemplateElement>().ok());
        let (Some(template), Ok(parts)) = (template, document().query_selector_all(PARTS)) else {
            return;
        };
        template.set_inner_html(html);
        for at in 0..parts.length() {
            let part = parts.get(at).and_then(|it| it.dyn_into::<Element>().ok());
            let Some(part) = part else { continue };
            let newer = template.content().get_element_by_id(&part.id());
            let Some(newer) = newer else { continue };
            if let Some(sequence) = newer.get_attribute("data-live") {
                let _set = part.set_attribute("data-live", &sequence);
            }
            // What was said stays until something else is.
            let says = newer.text_content().is_some_and(|text| !text.is_empty());
            let stays = !says && part.has_attribute("data-kept");
            let newer = newer.inner_html();
            if newer != part.inner_html() && !stays {
                focus::lead();
                part.set_inner_html(&newer);
            }
        }
    }
}
