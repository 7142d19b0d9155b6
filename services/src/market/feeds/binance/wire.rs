//! Binance's frames. Format: binance-spot-api-docs, `web-socket-streams.md`.

use super::Symbols;
use crate::market::feeds::{Batch, wire};
use domain::{DropReason, Source, Tick};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use time::OffsetDateTime;

/// What a frame means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// Prices, or something that could not be read.
    Batch(Batch),
    /// An acknowledgement or an event without prices.
    Ignored,
    /// The server is about to stop: `{"e":"serverShutdown","E":1767225700000}`.
    Shutdown,
}

/// Any frame that is an object: a wrapped stream, an event, a reply or an error.
///
/// ```json
/// {"stream":"!miniTicker@arr","data":[…]}
/// {"e":"serverShutdown","E":1767225700000}
/// {"result":null,"id":1}
/// {"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}
/// ```
#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow, rename = "e")]
    event: Option<Cow<'a, str>>,
    id: Option<serde::de::IgnoredAny>,
    code: Option<serde::de::IgnoredAny>,
}

/// One element of `!miniTicker@arr`. `c` is the last price, `E` the event's time in milliseconds.
///
/// ```json
/// {"e":"24hrMiniTicker","E":1767225601005,"s":"BTCUSDT","c":"84211.37000000",
///  "o":"84830.01000000","h":"85210.00000000","l":"83901.50000000",
///  "v":"11234.55120000","q":"950233110.41230000"}
/// ```
#[derive(Deserialize)]
struct MiniTicker<'a> {
    #[serde(borrow, rename = "e")]
    event: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "E")]
    time: Option<&'a RawValue>,
    #[serde(borrow, rename = "s")]
    symbol: Cow<'a, str>,
    #[serde(borrow, rename = "c")]
    last: Option<&'a RawValue>,
}

const MINI_TICKER: &str = "24hrMiniTicker";

/// Reads a frame, raw or wrapped in `{stream,data}`.
pub(super) fn decode(text: &str, received_at: OffsetDateTime, symbols: &Symbols) -> Frame {
    if text.trim_start().starts_with('[') {
        return tickers(text, received_at, symbols);
    }
    let Ok(object) = serde_json::from_str::<Object<'_>>(text) else {
        return Frame::Batch(Batch::dropped(DropReason::Malformed));
    };
    match (object.event.as_deref(), object.data) {
        (Some("serverShutdown"), _) => Frame::Shutdown,
        (Some(MINI_TICKER), None) => {
            let mut batch = Batch::default();
            batch.push(ticker(text, received_at, symbols));
            Frame::Batch(batch)
        }
        (None, Some(data)) => wrapped(data.get(), received_at, symbols),
        (Some(_), _) => Frame::Ignored,
        (None, None) if object.id.is_some() || object.code.is_some() => Frame::Ignored,
        (None, None) => Frame::Batch(Batch::dropped(DropReason::Malformed)),
    }
}

/// The inside of a wrapped frame; wrappers do not nest.
fn wrapped(data: &str, received_at: OffsetDateTime, symbols: &Symbols) -> Frame {
    if data.starts_with('[') {
        return tickers(data, received_at, symbols);
    }
    match serde_json::from_str::<Object<'_>>(data) {
        Ok(object) if object.event.as_deref() == Some("serverShutdown") => Frame::Shutdown,
        Ok(object) if object.event.as_deref() == Some(MINI_TICKER) => {
            let mut batch = Batch::default();
            batch.push(ticker(data, received_at, symbols));
            Frame::Batch(batch)
        }
        Ok(object) if object.event.is_some() => Frame::Ignored,
        _ => Frame::Batch(Batch::dropped(DropReason::Malformed)),
    }
}

fn tickers(text: &str, received_at: OffsetDateTime, symbols: &Symbols) -> Frame {
    // Element by element, so that one bad ticker does not cost the others.
    let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(text) else {
        return Frame::Batch(Batch::dropped(DropReason::Malformed));
    };
    if elements.is_empty() {
        return Frame::Ignored;
    }
    let mut batch = Batch::default();
    for element in elements {
        batch.push(ticker(element.get(), received_at, symbols));
    }
    Frame::Batch(batch)
}

fn ticker(text: &str, received_at: OffsetDateTime, symbols: &Symbols) -> Result<Tick, DropReason> {
    let ticker: MiniTicker<'_> = serde_json::from_str(text).map_err(|_| DropReason::Malformed)?;
    if ticker.event.is_some_and(|event| event != MINI_TICKER) {
        return Err(DropReason::Malformed);
    }
    let coin = symbols.get(ticker.symbol.as_ref());
    Ok(Tick {
        coin_id: coin.ok_or(DropReason::UnknownCoin)?.clone(),
        price: wire::price(ticker.last)?,
        exchange_time: wire::unix_millis(ticker.time),
        received_at,
        source: Source::Binance,
    })
}
