//! What is told of an alert.

use crate::market::Market;
use domain::{
    CoinId,
    alert::{Alert, Condition, Direction},
    format::{self, Locale},
    notification::{Message, Topic},
};
use rust_decimal::Decimal;
use time::OffsetDateTime;

/// That its condition has come true; `reading` is what its gauge says.
pub(super) fn told(
    alert: &Alert,
    market: &Market,
    reading: Decimal,
    now: OffsetDateTime,
) -> Message {
    let (title, mut text) = said(&alert.condition, market, reading);
    if !alert.note.as_str().is_empty() {
        text = format!("{text} Your note: {}", alert.note.as_str());
    }
    let link = match alert.condition.coin() {
        Some(coin) => format!("/coins/{coin}"),
        None => match alert.condition {
            Condition::FeedStale => "/markets".to_owned(),
            _ => "/dashboard".to_owned(),
        },
    };
    Message {
        topic: Topic::Alert,
        title,
        text,
        link: Some(link),
        created_at: now,
    }
}

fn said(condition: &Condition, market: &Market, reading: Decimal) -> (String, String) {
    let usd = |amount: Decimal| format::usd(amount, Locale::default());
    let worth = |amount: Decimal| format::dollars(amount, Locale::default());
    match condition {
        Condition::PriceAbove { coin, price } => (
            format!("{} has risen to {}", name(market, coin), usd(price.get())),
            price_now(market, coin, reading),
        ),
        Condition::PriceBelow { coin, price } => (
            format!("{} has fallen to {}", name(market, coin), usd(price.get())),
            price_now(market, coin, -reading),
        ),
        Condition::PercentMove {
            coin,
            percent,
            window,
            direction,
        } => {
            let way = match direction {
                Direction::Up => "risen",
                Direction::Down => "fallen",
                Direction::Any => "moved",
            };
            let title = format!(
                "{} has {way} by {percent}% within {}",
                name(market, coin),
                window.title()
            );
            let far = reading.round_dp(2).normalize();
            let text = format!("It has {way} by {far}%.");
            match market.price(coin) {
                Some(tick) => {
                    let now = price_now(market, coin, tick.price.get());
                    (title, format!("{text} {now}"))
                }
                None => (title, text),
            }
        }
        Condition::PortfolioAbove { value } => (
            format!("Your portfolio has risen to {}", worth(value.get())),
            format!("It is worth {} now.", worth(reading)),
        ),
        Condition::PortfolioBelow { value } => (
            format!("Your portfolio has fallen to {}", worth(value.get())),
            format!("It is worth {} now.", worth(-reading)),
        ),
        Condition::FeedStale => (
            "No source of prices delivers".to_owned(),
            "Prices stand still, and market orders are refused until they move again.".to_owned(),
        ),
    }
}

fn name(market: &Market, coin: &CoinId) -> String {
    let known = market.catalogue().get(coin);
    known.map_or_else(|| coin.to_string(), |coin| coin.name.clone())
}

/// With who says so: what is made up is not passed off as real.
fn price_now(market: &Market, coin: &CoinId, price: Decimal) -> String {
    let price = format::usd(price, Locale::default());
    match market.price(coin) {
        Some(tick) => format!("It costs {price} now ({}).", tick.source.title()),
        None => format!("It costs {price} now."),
    }
}
