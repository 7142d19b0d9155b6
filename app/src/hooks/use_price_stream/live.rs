//! The line that prices come by.

use super::PriceStream;
use crate::hooks::connection::{
    driver::{self, Line},
    machine::{Event, Link},
};
use domain::stream::ServerMessage;
use std::cell::Cell;

static LINE: Line = Line {
    path: "/ws/prices",
    heard,
    changed,
    ticked,
};

thread_local! {
    /// One per tab.
    static STREAM: Cell<Option<PriceStream>> = const { Cell::new(None) };
}

/// Opens the line. A second call does nothing.
pub(super) fn start(stream: PriceStream) {
    if STREAM.replace(Some(stream)).is_none() {
        stream.start_clock(js_sys::Date::now());
        driver::start(&LINE);
    }
}

/// Tries again after the line was given up.
pub(super) fn retry() {
    driver::dispatch(&LINE, Event::Retry);
    driver::retry_others(&LINE);
}

fn heard(text: &str) {
    // A message of a newer server that this page does not know is no reason to fail.
    let Ok(message) = serde_json::from_str::<ServerMessage>(text) else {
        return;
    };
    if let Some(stream) = STREAM.get() {
        stream.apply(message, js_sys::Date::now());
    }
}

fn changed(link: Link) {
    if link == Link::Open {
        driver::retry_others(&LINE);
    }
    if let Some(stream) = STREAM.get() {
        stream.set_link(link);
    }
}

/// Counts the age of the prices on.
fn ticked(now: f64) {
    if let Some(stream) = STREAM.get() {
        stream.set_now(now);
    }
}
