//! Live prices: one socket per tab, one signal per coin.
//!
//! The first prices come with the server-rendered page; the socket only updates them. On the server
//! the store is filled the same way and nothing else happens.

#[cfg(feature = "hydrate")]
mod live;
pub mod status;
mod store;

pub use status::{DisplayState, Status};
pub use store::{LivePrice, PriceStream};

use crate::page_data::PageData;
use leptos::prelude::*;

/// Puts the store into the context and, in the browser, opens the socket when hydration is over.
pub(crate) fn provide_price_stream(page: &PageData) {
    let stream = PriceStream::new(page);
    provide_context(stream);
    #[cfg(feature = "hydrate")]
    crate::hooks::hydrated::after_hydration(move || live::start(stream));
}

/// The tab's price stream. Call it while a component is being set up, below the app.
#[must_use]
pub fn use_price_stream() -> PriceStream {
    use_context().unwrap_or_else(|| PriceStream::new(&PageData::default()))
}
