//! One coin of the list.

use super::{Place, rows::Row};
use crate::{
    components::{
        coin_icon::coin_icon,
        price_cell::{CoinPrice, live_change, live_price},
        sparkline::sparkline,
    },
    format,
    hooks::use_price_stream::PriceStream,
    watchlist::{Watched, star},
};
use domain::{format::Locale, market::CoinSummary};
use leptos::prelude::*;
use std::sync::Arc;

/// What every row needs.
#[derive(Clone, Copy)]
pub(super) struct RowContext {
    pub(super) place: Place,
    pub(super) watched: Watched,
    pub(super) stream: PriceStream,
    pub(super) locale: Locale,
    /// The latest figures of every coin.
    pub(super) rows: RwSignal<Arc<[Arc<Row>]>>,
}

impl RowContext {
    /// The latest figures of the coin of `row`.
    fn latest(self, row: &Arc<Row>) -> Memo<Arc<Row>> {
        let first = Arc::clone(row);
        Memo::new(move |_| {
            let latest = self.rows.with(|rows| {
                let mut rows = rows.iter();
                rows.find(|row| row.coin.id == first.coin.id).cloned()
            });
            latest.unwrap_or_else(|| Arc::clone(&first))
        })
    }
}

pub(super) fn row(row: &Arc<Row>, context: RowContext) -> AnyView {
    let RowContext {
        place,
        watched,
        stream,
        locale,
        ..
    } = context;
    let coin = &row.coin;
    let price = CoinPrice::new(stream, coin);
    let latest = context.latest(row);
    let change = Signal::derive(move || {
        let price = price.get();
        latest.with(|row| row.change_at(price))
    });
    let back = Signal::derive(move || place.here());
    let trade = format!("/trade/{}-USD", coin.symbol);
    let rank = move || latest.with(|row| rank(&row.coin, locale));
    let money = move |figure: fn(&CoinSummary) -> Option<f64>| {
        latest.with(|row| money(figure(&row.coin), locale))
    };
    view! {
        <tr data-coin=coin.id.to_string() class:stale=move || price.is_stale()>
            <td class="col-star">{star(watched, coin.id.clone(), &coin.name, back)}</td>
            <td class="col-rank number">{move || rank()}</td>
            <th scope="row" class="col-name">
                <a class="coin" href=format!("/coins/{}", coin.id)>
                    {coin_icon(coin)}
                    <span class="coin-name">{coin.name.clone()}</span>
                    <span class="coin-symbol">{coin.symbol.clone()}</span>
                </a>
            </th>
            <td class="col-price number" data-field="price" title=move || price.is_stale().then_some(STALE)>
                {live_price(price, locale)}
                {move || {
                    price.is_stale().then(|| view! { <span class="visually-hidden">" stale"</span> }.into_any())
                }}
            </td>
            <td class="col-change number" data-field="change">
                {live_change(change, locale)}
            </td>
            <td class="col-cap number">{move || money(|coin| coin.market_cap)}</td>
            <td class="col-volume number" data-field="volume">
                {move || money(|coin| coin.volume_24h)}
            </td>
            <td class="col-spark">{move || latest.with(|row| sparkline(&row.sparkline, locale))}</td>
            <td class="col-trade">
                <a href=trade aria-label=format!("Trade {}", coin.name)>
                    "Trade"
                </a>
            </td>
        </tr>
    }
    .into_any()
}

const STALE: &str = "No new price for more than 30 seconds";

fn rank(coin: &CoinSummary, locale: Locale) -> String {
    let rank = coin.rank.map(u64::from);
    rank.map_or_else(String::new, |rank| format::integer(rank, locale))
}

fn money(value: Option<f64>, locale: Locale) -> String {
    value.map_or_else(
        || format::UNKNOWN.to_owned(),
        |value| format::compact_usd(value, locale),
    )
}
