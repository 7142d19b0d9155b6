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
use domain::format::Locale;
use leptos::prelude::*;
use std::sync::Arc;

/// What every row needs.
#[derive(Clone, Copy)]
pub(super) struct RowContext {
    pub(super) place: Place,
    pub(super) watched: Watched,
    pub(super) stream: PriceStream,
    pub(super) locale: Locale,
}

pub(super) fn row(row: &Arc<Row>, context: RowContext) -> AnyView {
    let RowContext {
        place,
        watched,
        stream,
        locale,
    } = context;
    let coin = &row.coin;
    let price = CoinPrice::new(stream, coin);
    let change = Signal::derive({
        let row = Arc::clone(row);
        move || row.change_at(price.get())
    });
    let back = Signal::derive(move || place.here());
    let unknown_or = |value: Option<f64>| {
        value.map_or_else(
            || format::UNKNOWN.to_owned(),
            |value| format::compact_usd(value, locale),
        )
    };
    let rank = coin
        .rank
        .map_or_else(String::new, |rank| format::integer(u64::from(rank), locale));
    let title = move || {
        price
            .is_stale()
            .then_some("No new price for more than 30 seconds")
    };
    view! {
        <tr data-coin=coin.id.to_string() class:stale=move || price.is_stale()>
            <td class="col-star">{star(watched, coin.id.clone(), &coin.name, back)}</td>
            <td class="col-rank number">{rank}</td>
            <th scope="row" class="col-name">
                <a class="coin" href=format!("/coins/{}", coin.id)>
                    {coin_icon(coin)}
                    <span class="coin-name">{coin.name.clone()}</span>
                    <span class="coin-symbol">{coin.symbol.clone()}</span>
                </a>
            </th>
            <td class="col-price number" data-field="price" title=title>
                {live_price(price, locale)}
            </td>
            <td class="col-change number" data-field="change">
                {live_change(change, locale)}
            </td>
            <td class="col-cap number">{unknown_or(coin.market_cap)}</td>
            <td class="col-volume number">{unknown_or(coin.volume_24h)}</td>
            <td class="col-spark">{sparkline(&row.sparkline)}</td>
        </tr>
    }
    .into_any()
}
