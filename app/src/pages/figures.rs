//! A coin's figures, which a page asks for again while it is open.

use super::markets::{change_at, yesterday};
use crate::{components::price_cell::CoinPrice, functions::market::coin};
use domain::market::CoinDetails;
use leptos::{prelude::*, task::spawn_local};
use std::sync::Arc;

/// Figures that came later than those a page was made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures(RwSignal<Option<Arc<CoinDetails>>>);

impl Figures {
    /// Call it while a page is being set up.
    pub(super) fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// Asks for newer ones; without an answer those that are there stay. `id` is a slug or a ticker.
    pub(super) fn renew(self, id: String) {
        spawn_local(async move {
            if let Ok(details) = coin(id).await {
                // The page may have been left meanwhile: then there is nobody to tell.
                let _left = self.0.try_set(Some(Arc::new(details)));
            }
        });
    }

    /// The latest of a coin that the page has just got.
    pub(super) fn of(self, coin: &Arc<CoinDetails>) -> Memo<Arc<CoinDetails>> {
        self.0.set(None);
        let coin = Arc::clone(coin);
        Memo::new(move |_| {
            let newer = self.0.get();
            let newer = newer.filter(|newer| newer.summary.id == coin.summary.id);
            newer.unwrap_or_else(|| Arc::clone(&coin))
        })
    }
}

/// The change in a day, in percent, at the live price.
pub(super) fn change(details: Memo<Arc<CoinDetails>>, price: CoinPrice) -> Signal<Option<f64>> {
    Signal::derive(move || {
        let price = price.get();
        details.with(|details| {
            let coin = &details.summary;
            let before = yesterday(coin.price, coin.change_24h);
            change_at(price, before).or(coin.change_24h)
        })
    })
}
