//! The focus and what figures are made of.

use super::asked::Asked;
use crate::client::focus;
use domain::portfolio::Figure;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// What a figure is made of gets the focus when it is opened, and the figure when it is closed; Esc does
/// that, too. `first` is what explained itself when the page was made: this code may come later.
pub(super) fn lead_to_it(asked: Memo<Asked>, first: Option<Figure>) {
    let figure = Memo::new(move |_| asked.with(|asked| asked.figure));
    Effect::new(move |before: Option<Option<Figure>>| {
        let (before, now) = (before.unwrap_or(first), figure.get());
        match (before, now) {
            (before, now) if before == now => {}
            (_, Some(_)) => lead("#explain-title".to_owned(), true, FRAMES),
            (Some(before), None) => lead(format!("[data-figure='{before}']"), true, FRAMES),
            (None, None) => {}
        }
        now
    });
    let pressed = window_event_listener(ev::keydown, move |event| {
        // A dialog that is open takes it for itself.
        if event.key() != "Escape" || find("dialog[open]").is_some() {
            return;
        }
        let close = find("[data-close-explain]").and_then(|link| link.dyn_into().ok());
        if let Some(close) = close {
            HtmlElement::click(&close);
        }
    });
    on_cleanup(move || pressed.remove());
}

/// For so many frames what is to have the focus is looked for: the server may have to write it first.
const FRAMES: u32 = 300;

/// Leads the focus there once it is there, if it is `new`, and holds it there while its element is made anew,
/// until somebody goes on.
fn lead(selector: String, mut new: bool, frames: u32) {
    request_animation_frame(move || {
        let active = document().active_element();
        let is_on = |active: &Element| active.matches(&selector).unwrap_or_default();
        let is_there = active.as_ref().is_some_and(is_on);
        let is_lost = active == document().body().map(Into::into);
        // What the server wrote stands before what takes its place, for a moment.
        let all = document().query_selector_all(&selector).ok();
        let last = all.and_then(|all| all.get(all.length().checked_sub(1)?));
        match last {
            Some(element) if new || is_lost => {
                focus::on(element.dyn_into().ok());
                new = false;
            }
            _ if !new && !is_there && !is_lost => return,
            _ => {}
        }
        if frames > 0 {
            lead(selector, new, frames - 1);
        }
    });
}

/// When the browser's figures take the place of the server's, what had the focus has it again, or what was
/// about to have it.
pub(super) fn keep_focus(asked: Memo<Asked>, first: Option<Figure>) {
    let before = document().active_element();
    let figure = before.and_then(|before| before.get_attribute("data-figure"));
    let opened = asked.with_untracked(|asked| asked.figure.is_some() && asked.figure != first);
    let selector = match figure {
        Some(figure) => format!("[data-figure='{figure}']"),
        None if opened => "#explain-title".to_owned(),
        None => return,
    };
    lead(selector, false, FRAMES);
}

fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}
