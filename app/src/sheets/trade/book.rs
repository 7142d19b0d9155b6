//! A pair's book: what is on offer, price by price, with bars of how much there is up to each.

use super::ask::FORM;
use crate::{error::AppError, functions::answer::fail, sheets::locale};
use domain::{
    exchange::Pair,
    format::{self, Locale},
    trading::{Book, Digits, Level},
};
use leptos::prelude::*;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use services::Services;

/// Prices on each side.
const LEVELS: usize = 12;
/// Digits of a quantity: the rest says nothing of how much there is.
const DIGITS: u32 = 6;

/// What is on offer now. Whoever `trades` can take a price over into an order.
pub(crate) async fn book(
    services: &Services,
    pair: Pair,
    trades: bool,
) -> Result<String, AppError> {
    let book = services.exchange.book(pair, LEVELS).await.map_err(fail)?;
    Ok(view(&book, pair, trades, locale()).to_html())
}

fn view(book: &Book, pair: Pair, trades: bool, locale: Locale) -> AnyView {
    if book.bids.is_empty() && book.asks.is_empty() {
        let hint = "Nothing is on offer: the price is unknown or more than 30 seconds old.";
        return view! { <p class="book-empty">{hint}</p> }.into_any();
    }
    let (bids, asks) = (summed(&book.bids), summed(&book.asks));
    let levels = book.bids.iter().chain(&book.asks);
    let prices = levels.map(|Level([price, _])| price.get());
    let most = [&bids, &asks].into_iter().filter_map(|side| side.last());
    let show = Show {
        trades,
        places: prices.map(|price| price.scale()).max().unwrap_or_default(),
        most: most.map(|(_, sum)| *sum).max().unwrap_or_default(),
        locale,
    };
    let caption = format!("Prices in {}, quantities in {}", pair.quote(), pair.base());
    // The best ones meet in the middle.
    let asks = rows("ask", asks.into_iter().rev(), &show);
    let bids = rows("bid", bids.into_iter(), &show);
    view! {
        <table class="data-table book-table" data-testid="book">
            <caption>{caption}</caption>
            <thead>
                <tr>
                    <th scope="col" class="num">"Price"</th>
                    <th scope="col" class="num">"Quantity"</th>
                    <th scope="col" class="num">"Sum"</th>
                </tr>
            </thead>
            <tbody aria-label="For sale">{asks}</tbody>
            <tbody class="book-middle">
                <tr>
                    <td colspan="3">{middle(book, locale)}</td>
                </tr>
            </tbody>
            <tbody aria-label="Wanted">{bids}</tbody>
        </table>
    }
    .into_any()
}

/// Each price with the sum of the quantities up to it.
fn summed(levels: &[Level]) -> Vec<(Level, Decimal)> {
    let sums = levels.iter().scan(Decimal::ZERO, |sum, level| {
        let Level([_, quantity]) = level;
        *sum = sum.saturating_add(quantity.get());
        Some((*level, *sum))
    });
    sums.collect()
}

fn rows(
    class: &'static str,
    levels: impl Iterator<Item = (Level, Decimal)>,
    show: &Show,
) -> Vec<AnyView> {
    let row = |(Level([price, quantity]), sum)| {
        let width = show.width(sum);
        let figure = |value: Decimal| {
            let short = value.round_sf(DIGITS).unwrap_or(value);
            format::amount(short, show.locale)
        };
        view! {
            <tr class=class>
                <td class="num">{show.price(price)}</td>
                <td class="num">{figure(quantity.get())}</td>
                <td class="num">
                    <svg class="depth" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                        <rect x=100 - width width=width height="1" />
                    </svg>
                    {figure(sum)}
                </td>
            </tr>
        }
        .into_any()
    };
    levels.map(row).collect()
}

/// How rows are shown.
struct Show {
    trades: bool,
    /// Decimals of a price.
    places: u32,
    /// The largest sum, whose bar is as wide as the row.
    most: Decimal,
    locale: Locale,
}

impl Show {
    /// Of the bar, in hundredths of the row.
    fn width(&self, sum: Decimal) -> u32 {
        let share = sum.checked_div(self.most).unwrap_or_default();
        let width = share.saturating_mul(Decimal::ONE_HUNDRED).round();
        width.to_u32().unwrap_or_default().clamp(1, 100)
    }

    fn price(&self, price: Digits) -> AnyView {
        let text = format::aligned(price.get(), self.places, self.locale);
        if !self.trades {
            return text.into_any();
        }
        view! {
            <button form=FORM name="at" value=price.to_string() title="Use this price">
                {text}
            </button>
        }
        .into_any()
    }
}

/// The best prices and what lies between them.
fn middle(book: &Book, locale: Locale) -> String {
    let (Some(Level([ask, _])), Some(Level([bid, _]))) = (book.asks.first(), book.bids.first())
    else {
        return "One side is empty".to_owned();
    };
    let spread = ask.get().saturating_sub(bid.get());
    format!("Spread {}", format::usd(spread, locale))
}
