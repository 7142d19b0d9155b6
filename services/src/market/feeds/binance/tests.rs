use super::{
    Symbols,
    exchange_info::ExchangeInfo,
    wire::{Frame, decode},
};
use domain::{CoinId, DropReason};
use std::collections::HashMap;
use time::OffsetDateTime;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn bundled() -> Result<Symbols, domain::coin::InvalidCoinId> {
    let pairs = [("BTCUSDT", "bitcoin"), ("ETHUSDT", "ethereum")];
    let pair = |(pair, id): (&str, &str)| Ok((pair.to_owned(), CoinId::new(id)?));
    pairs.into_iter().map(pair).collect()
}

fn read(text: &str) -> Frame {
    let symbols = bundled().unwrap_or_default();
    decode(text, OffsetDateTime::UNIX_EPOCH, &symbols)
}

#[test]
fn replies_events_and_empty_arrays_are_ignored() {
    for frame in [
        r#"{"result":null,"id":1}"#,
        r#"{"result":null,"id":null,"code":0}"#,
        r#"{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}"#,
        r#"{"e":"brandNew","E":1}"#,
        r#"{"stream":"x","data":{"e":"brandNew"}}"#,
        r#"{"stream":"!miniTicker@arr","data":[]}"#,
        "[]",
    ] {
        assert_eq!(read(frame), Frame::Ignored, "{frame}");
    }
}

#[test]
fn a_frame_that_is_nothing_known_is_malformed() {
    for frame in [
        "",
        " ",
        "null",
        "1",
        "\"x\"",
        "{}",
        "{",
        "[",
        "[1",
        "error code: 1015",
        "<html></html>",
        r#"{"stream":"x","data":null}"#,
        r#"{"stream":"x","data":7}"#,
        r#"{"stream":"x","data":{"stream":"x","data":[]}}"#,
    ] {
        let Frame::Batch(batch) = read(frame) else {
            unreachable!("{frame} was understood");
        };
        assert_eq!(batch.drops.get(DropReason::Malformed), 1, "{frame}");
    }
}

#[test]
fn a_single_event_is_read_raw_and_wrapped() {
    let event = r#"{"e":"24hrMiniTicker","E":1767225601005,"s":"BTCUSDT","c":8.421137e4}"#;
    for frame in [
        event.to_owned(),
        format!(r#"{{"stream":"btcusdt@miniTicker","data":{event}}}"#),
    ] {
        let Frame::Batch(batch) = read(&frame) else {
            unreachable!("a ticker is a batch");
        };
        let prices: Vec<_> = batch
            .ticks
            .iter()
            .map(|tick| tick.price.to_string())
            .collect();
        assert_eq!(prices, ["84211.37"], "{frame}");
    }
}

#[test]
fn the_exchange_corrects_the_bundled_map_and_takes_nothing_else_away() -> Outcome {
    let info: ExchangeInfo = serde_json::from_str(
        r#"{"symbols":[
            {"symbol":"ETHUSDT","status":"BREAK","baseAsset":"ETH","quoteAsset":"USDT"},
            {"symbol":"XBTUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT"},
            {"symbol":"BTCEUR","status":"TRADING","baseAsset":"BTC","quoteAsset":"EUR"},
            {"symbol":"1000SATSUSDT","status":"TRADING","baseAsset":"1000SATS","quoteAsset":"USDT"},
            {"symbol":null,"status":null,"baseAsset":null,"quoteAsset":null},
            {}]}"#,
    )?;
    let tickers = HashMap::from([("BTC".to_owned(), CoinId::new("bitcoin")?)]);
    let symbols = info.apply(&bundled()?, &tickers);
    let mut pairs: Vec<_> = symbols
        .iter()
        .map(|(pair, id)| (pair.as_str(), id.as_str()))
        .collect();
    pairs.sort_unstable();
    assert_eq!(pairs, [("BTCUSDT", "bitcoin"), ("XBTUSDT", "bitcoin")]);
    Ok(())
}

proptest::proptest! {
    #[test]
    fn no_frame_panics(text in ".{0,200}", price in ".{0,30}", time in ".{0,30}") {
        let _any = read(&text);
        let _wrapped = read(&format!(r#"{{"stream":"x","data":{text}}}"#));
        let _near = read(&format!(r#"[{{"s":"BTCUSDT","c":{price},"E":{time}}}]"#));
    }

    #[test]
    fn no_map_panics(text in ".{0,200}") {
        let _any = serde_json::from_str::<ExchangeInfo>(&text);
    }
}
