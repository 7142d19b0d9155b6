//! Figures that grow old while a page is open. Prices come by themselves; market cap, volume, the
//! price a day ago and the history are as old as the page, or belong to a source that is no longer
//! in use.

use crate::hooks::{connection::machine::Link, use_price_stream::use_price_stream};
use domain::Source;
use leptos::prelude::*;
use std::time::Duration;

/// Between two looks for newer figures.
const EVERY: Duration = Duration::from_secs(120);
/// Between a change and the look for what it brought: the first prices of a new source come in
/// within about a second.
const AFTER_CHANGE: Duration = Duration::from_millis(800);
/// Every tab learns of a change at the same moment; their requests are spread over so long.
const SPREAD: Duration = Duration::from_secs(2);

/// Why figures are asked for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// They have grown old.
    Age,
    /// Prices have become real or simulated, or the stream is back after a pause or a loss.
    Change,
}

/// Calls `ask` for as long as the page is open: every two minutes while it is seen and the server
/// can be reached, and soon after each change. Never on the server.
pub(super) fn keep_fresh(ask: impl Fn(Reason) + Clone + 'static) {
    let status = use_price_stream().status();
    let seen = Memo::new(move |before: Option<&Seen>| {
        let status = status.get();
        Seen::after(before.copied(), status.link, status.source)
    });
    let changes = Memo::new(move |_| seen.get().changes);
    let on_change = ask.clone();
    Effect::new(move |before: Option<u32>| {
        let now = changes.get();
        if before.is_some_and(|before| before != now) {
            ask_soon(on_change.clone());
        }
        now
    });
    Effect::new(move || {
        let ask = ask.clone();
        let look = move || {
            if status.get_untracked().link == Link::Open && !document().hidden() {
                ask(Reason::Age);
            }
        };
        if let Ok(timer) = set_interval_with_handle(look, EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
}

/// Another change before the time has come, or leaving the page, calls it off.
fn ask_soon(ask: impl Fn(Reason) + 'static) {
    let wait = AFTER_CHANGE + SPREAD.mul_f64(random());
    if let Ok(timer) = set_timeout_with_handle(move || ask(Reason::Change), wait) {
        on_cleanup(move || timer.clear());
    }
}

/// From 0 to 1.
#[cfg(feature = "hydrate")]
fn random() -> f64 {
    js_sys::Math::random()
}

#[cfg(not(feature = "hydrate"))]
const fn random() -> f64 {
    0.0
}

/// What was seen of the stream so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Seen {
    /// The connection was paused or lost and is not back yet.
    lost: bool,
    /// Whether prices are made up, once known.
    simulated: Option<bool>,
    /// How often the page's figures were overtaken.
    changes: u32,
}

impl Seen {
    fn after(before: Option<Self>, link: Link, source: Option<Source>) -> Self {
        let before = before.unwrap_or_default();
        let simulated = source.map(|source| source == Source::Simulated);
        let simulated = simulated.or(before.simulated);
        let lost = match link {
            Link::Open => false,
            // The first connection of a page that has just been loaded restores nothing.
            Link::Idle | Link::Connecting { attempt: 0 } => before.lost,
            _ => true,
        };
        let back = before.lost && !lost;
        let other_source = before.simulated.is_some() && before.simulated != simulated;
        Self {
            lost,
            simulated,
            changes: before.changes + u32::from(back || other_source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(story: &[(Link, Option<Source>)]) -> u32 {
        let seen = story.iter().fold(None, |before, (link, source)| {
            Some(Seen::after(before, *link, *source))
        });
        seen.unwrap_or_default().changes
    }

    #[test]
    fn a_page_that_was_just_loaded_is_not_loaded_again() {
        let source = Some(Source::Binance);
        let story = [
            (Link::Idle, None),
            (Link::Connecting { attempt: 0 }, None),
            (Link::Open, None),
            (Link::Open, source),
        ];
        assert_eq!(changes(&story), 0);
    }

    #[test]
    fn a_stream_that_is_back_after_a_loss_or_a_pause_is_a_change() {
        let source = Some(Source::Binance);
        for between in [
            vec![
                Link::Waiting { attempt: 1 },
                Link::Connecting { attempt: 1 },
            ],
            vec![Link::Paused, Link::Connecting { attempt: 0 }],
            vec![Link::Disconnected, Link::Connecting { attempt: 1 }],
        ] {
            let mut story = vec![(Link::Open, source)];
            story.extend(between.iter().map(|link| (*link, source)));
            assert_eq!(changes(&story), 0, "{between:?}");
            story.push((Link::Open, source));
            assert_eq!(changes(&story), 1, "{between:?}");
        }
    }

    #[test]
    fn real_prices_after_simulated_ones_are_a_change_another_venue_is_none() {
        let open = |source| (Link::Open, source);
        let (made_up, real) = (Some(Source::Simulated), Some(Source::Kraken));
        assert_eq!(changes(&[open(made_up), open(real)]), 1);
        assert_eq!(changes(&[open(made_up), open(None), open(made_up)]), 0);
        assert_eq!(changes(&[open(Some(Source::Binance)), open(real)]), 0);
        assert_eq!(changes(&[open(made_up), open(real), open(made_up)]), 2);
    }
}
