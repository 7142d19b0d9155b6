//! Keeps what the server has written about somebody's orders and money up to date. Parts of a page that
//! are about it bear `data-live`, the number of the last change that is in them, and an id. When
//! `/ws/account` tells of a newer one, the page is asked for again and these parts are exchanged.

use crate::{error::AppError, functions::sheet::Sheet};
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
pub(super) use browser::sent;

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
        components::toasts::{Toaster, use_toaster},
        error::AppError,
        format::{self, use_locale},
        functions::sheet::{Sheet, sheet_at},
        hooks::connection::{
            driver::{self, Line},
            machine::{Event, Link},
        },
    };
    use domain::format::Locale;
    use leptos::{prelude::*, task::spawn_local};
    use rust_decimal::Decimal;
    use serde::Deserialize;
    use std::cell::Cell;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{Element, HtmlTemplateElement};

    static LINE: Line = Line {
        path: "/ws/account",
        heard,
        changed,
        ticked: |_| {},
    };
    /// Parts of the page that are kept up to date, and those of them that bear a number.
    const PARTS: &str = "[data-live]";
    const NUMBERED: &str = "[data-live]:not([data-kept])";
    /// What says whose orders and money a page is about.
    const OWNED: &str = "[data-owner]";

    /// What is kept up to date, and who is to be told.
    #[derive(Clone, Copy)]
    struct Kept {
        address: Signal<String>,
        user: CurrentUser,
        toaster: Toaster,
        locale: Locale,
    }

    thread_local! {
        /// The page that is shown. One per tab.
        static KEPT: Cell<Option<Kept>> = const { Cell::new(None) };
        /// Whether newer parts are under way, and whether there are newer ones still.
        static UNDER_WAY: Cell<bool> = const { Cell::new(false) };
        static NEWER: Cell<bool> = const { Cell::new(false) };
        /// Whether a form has something to say to the page.
        static SAYS: Cell<bool> = const { Cell::new(false) };
        /// The last change that was heard of.
        static HEARD: Cell<u64> = const { Cell::new(0) };
        /// Whether nothing could be heard for a while.
        static LOST: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn keep(address: Signal<String>, page: Resource<Result<Sheet, AppError>>) {
        let user = use_user();
        KEPT.set(Some(Kept {
            address,
            user,
            toaster: use_toaster(),
            locale: use_locale(),
        }));
        Effect::new(move || {
            let (_loaded, signed_in) = (page.track(), user.get().is_some());
            request_animation_frame(move || {
                if signed_in && found(PARTS).is_some() {
                    driver::start(&LINE);
                } else {
                    driver::dispatch(&LINE, Event::Stop);
                }
            });
        });
        Effect::new(move |before: Option<u32>| {
            let touched = user.touched();
            if before.is_some_and(|before| before != touched) {
                spawn_local(renew());
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
        let (Ok(told), Some(kept)) = (serde_json::from_str::<Told>(text), KEPT.get()) else {
            return;
        };
        if told.sequence > found(NUMBERED).map_or(0, |part| number(&part)) {
            kept.user.touch();
        }
        // Of what was before the first message there is no news.
        let before = HEARD.get();
        HEARD.set(before.max(told.sequence));
        let is_news = before > 0 && told.sequence > before;
        if let Some(fill) = told.fill.filter(|_| is_news) {
            kept.toaster.show(fill.in_words(kept.locale));
        }
    }

    impl Filled {
        fn in_words(&self, locale: Locale) -> String {
            let done = if self.side == "buy" {
                "Bought "
            } else {
                "Sold "
            };
            let base = self.pair.split('-').next().unwrap_or_default();
            let read = |text: &str| text.parse::<Decimal>().unwrap_or_default();
            let quantity = format::amount(read(&self.quantity), locale);
            let price = format::price(read(&self.price), locale);
            [done, &quantity, " ", base, " at ", &price].concat()
        }
    }

    /// Says on the page whether changes can be heard of. Whatever was missed is looked up, which also
    /// renews a session that has run out, or finds out that it has ended.
    fn changed(link: Link) {
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
        // When it is lost, and when it is back: what happened between the two nobody has told.
        let is_back = link == Link::Open && LOST.replace(false);
        let is_lost = matches!(link, Link::Waiting { .. });
        if is_lost {
            LOST.set(true);
        }
        if let (true, Some(kept)) = (is_lost || is_back, KEPT.get()) {
            kept.user.touch();
        }
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
            let here = || KEPT.get().and_then(|kept| kept.address.try_get_untracked());
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
