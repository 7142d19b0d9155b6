//! The prices of this tab as signals.

use super::status::Status;
use crate::{hooks::connection::machine::Link, page_data::PageData};
use domain::{
    CoinId, Price, StreamState, feed::STALE_AFTER_SECONDS, format::Direction, stream::ServerMessage,
};
use leptos::prelude::*;
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

/// Milliseconds after which a price is stale.
const STALE_AFTER_MS: f64 = STALE_AFTER_SECONDS as f64 * 1_000.0;

/// A coin's price on this page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LivePrice {
    /// USD (or what the source quotes) per coin.
    pub price: Price,
    /// Which way the last change went.
    pub direction: Direction,
    /// Changes seen since the page was opened; 0 for the price the page came with.
    pub changes: u32,
    /// Older than 30 s.
    pub stale: bool,
}

/// Handle to the tab's prices; cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct PriceStream(StoredValue<Store>);

#[derive(Debug)]
struct Store {
    prices: HashMap<CoinId, ArcRwSignal<Option<LivePrice>>>,
    status: ArcRwSignal<Status>,
    /// When the last price was valid, in milliseconds of the browser's clock; on the server and
    /// until the page is hydrated, the age the server gave.
    updated_at: ArcRwSignal<Option<f64>>,
    now: ArcRwSignal<f64>,
}

impl PriceStream {
    /// A store filled with the prices the page came with.
    pub(crate) fn new(page: &PageData) -> Self {
        let prices = page.prices.prices.iter().map(|(id, price)| {
            let live = LivePrice {
                price: *price,
                direction: Direction::Flat,
                changes: 0,
                stale: page.prices.stale.contains(id),
            };
            (id.clone(), ArcRwSignal::new(Some(live)))
        });
        Self(StoredValue::new(Store {
            prices: prices.collect(),
            status: ArcRwSignal::new(Status {
                link: Link::Idle,
                feed: page.state,
                source: page.source(),
                outdated: false,
            }),
            // The rendering is the zero of the clock until the browser's own takes over.
            updated_at: ArcRwSignal::new(page.age_ms.map(|age| -(age as f64))),
            now: ArcRwSignal::new(0.0),
        }))
    }

    /// The price of one coin; `None` while no feed has delivered one. One tick notifies the readers
    /// of one coin only.
    #[must_use]
    pub fn price(self, id: &CoinId) -> Signal<Option<LivePrice>> {
        self.signal(id).into()
    }

    /// The connection and the feed.
    #[must_use]
    pub fn status(self) -> Signal<Status> {
        self.0.with_value(|store| store.status.clone()).into()
    }

    /// Seconds since the last valid price, counted on every second; `None` when there was none.
    #[must_use]
    pub fn age_seconds(self) -> Signal<Option<u64>> {
        let (now, updated_at) = self
            .0
            .with_value(|store| (store.now.clone(), store.updated_at.clone()));
        Signal::derive(move || {
            let age_ms = now.get() - updated_at.get()?;
            // Negative only while the clock steps back; the cast then gives 0.
            Some((age_ms / 1000.0) as u64)
        })
    }

    /// Tries again after the stream was given up. Does nothing on the server.
    pub fn retry(self) {
        #[cfg(feature = "hydrate")]
        super::live::retry();
    }

    fn signal(self, id: &CoinId) -> ArcRwSignal<Option<LivePrice>> {
        let known = self.0.with_value(|store| store.prices.get(id).cloned());
        known.unwrap_or_else(|| {
            let signal = ArcRwSignal::new(None);
            self.0.update_value(|store| {
                store.prices.insert(id.clone(), signal.clone());
            });
            signal
        })
    }
}

/// What the line tells the store. Nothing calls it on the server.
impl PriceStream {
    /// Takes over from the page: the age now counts on the browser's clock, in milliseconds.
    pub fn start_clock(self, now: f64) {
        self.0.with_value(|store| {
            store.now.set(now);
            store.updated_at.update(|at| {
                if let Some(at) = at {
                    *at += now;
                }
            });
        });
    }

    /// Lets the age grow; `now` in milliseconds of the browser's clock.
    pub fn set_now(self, now: f64) {
        self.0.with_value(|store| store.now.set(now));
        self.judge_age();
    }

    /// What the tab's connection is doing.
    pub fn set_link(self, link: Link) {
        self.update_status(|status| status.link = link);
        self.judge_age();
    }

    /// While the server is out of reach it cannot say that prices have become stale, so the tab
    /// does.
    fn judge_age(self) {
        let stale = self.0.with_value(|store| {
            let cut_off = store.status.with_untracked(|at| at.link != Link::Open);
            let (now, updated_at) = (store.now.get_untracked(), store.updated_at.get_untracked());
            cut_off && updated_at.is_some_and(|at| now - at > STALE_AFTER_MS)
        });
        if stale {
            self.update_status(|status| status.outdated = true);
            self.mark_stale(|_| true);
        }
    }

    /// Takes a message of the server; `now` in milliseconds of the browser's clock.
    pub fn apply(self, message: ServerMessage, now: f64) {
        match message {
            ServerMessage::PriceUpdate {
                prices,
                source,
                full,
                stale,
                age_ms,
                ..
            } => {
                let updated_at = if full {
                    age_ms.map(|age| now - age as f64)
                } else {
                    has_fresh(&prices, &stale).then_some(now)
                };
                self.update_prices(prices, &stale);
                self.update_status(|status| status.source = source);
                self.0.with_value(|store| {
                    store.now.set(now);
                    if updated_at.is_some() {
                        store.updated_at.set(updated_at);
                    }
                });
            }
            ServerMessage::Status { state, source, .. } => {
                self.update_status(|status| {
                    status.feed = state;
                    status.source = source;
                    status.outdated = false;
                });
                if state == StreamState::Stale {
                    self.mark_stale(|_| true);
                }
            }
            ServerMessage::Pong { .. } | ServerMessage::Error { .. } => {}
        }
    }

    fn update_prices(self, prices: BTreeMap<CoinId, Price>, stale: &[CoinId]) {
        for (id, price) in prices {
            self.signal(&id).maybe_update(|slot| {
                let next = next_price(*slot, price, stale.contains(&id));
                let changed = *slot != Some(next);
                *slot = Some(next);
                changed
            });
        }
        // The list is complete: a price can become fresh again without a change.
        self.mark_stale(|id| stale.contains(id));
    }

    /// Marks the prices of these coins as stale and all others as fresh.
    fn mark_stale(self, is_stale: impl Fn(&CoinId) -> bool) {
        self.0.with_value(|store| {
            for (id, signal) in &store.prices {
                let stale = is_stale(id);
                signal.maybe_update(|slot| match slot {
                    Some(live) if live.stale != stale => {
                        live.stale = stale;
                        true
                    }
                    _ => false,
                });
            }
        });
    }

    fn update_status(self, change: impl FnOnce(&mut Status)) {
        self.0.with_value(|store| {
            store.status.maybe_update(|status| {
                let before = *status;
                change(status);
                *status != before
            });
        });
    }
}

/// Whether a message that tells changes tells of a price that has just come: it may also say no
/// more than that coins have become stale.
fn has_fresh(prices: &BTreeMap<CoinId, Price>, stale: &[CoinId]) -> bool {
    prices.keys().any(|id| !stale.contains(id))
}

fn next_price(last: Option<LivePrice>, price: Price, stale: bool) -> LivePrice {
    let Some(last) = last else {
        return LivePrice {
            price,
            direction: Direction::Flat,
            changes: 0,
            stale,
        };
    };
    let direction = match price.cmp(&last.price) {
        Ordering::Greater => Direction::Up,
        Ordering::Less => Direction::Down,
        Ordering::Equal => last.direction,
    };
    let changes = last.changes.wrapping_add(u32::from(price != last.price));
    LivePrice {
        price,
        direction,
        changes,
        stale,
    }
}

#[cfg(test)]
mod tests;
