//! CoinCap v3: one flat object of slug and price per frame. Needs a key. CoinCap's own description
//! was not available; the format is what several open clients agree on.

use super::{Batch, Feed, FeedConnection, FeedError, socket::Socket, wire};
use crate::{config::Secret, market::catalogue::Catalogue};
use async_trait::async_trait;
use domain::{CoinId, DropReason, Source, Tick};
use serde_json::value::RawValue;
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use time::OffsetDateTime;
use url::Url;

/// Slug (`binance-coin`) to coin. A whitelist: `ALL` includes tokenised stocks.
type Slugs = HashMap<String, CoinId>;

/// The CoinCap feed.
#[derive(Debug)]
pub struct CoincapFeed {
    ws_url: String,
    key: Secret,
    slugs: Arc<Slugs>,
}

impl CoincapFeed {
    /// A feed for the coins of `catalogue`. The URL has no trailing slash.
    #[must_use]
    pub fn new(ws_url: &str, key: Secret, catalogue: &Catalogue) -> Self {
        Self {
            ws_url: ws_url.to_owned(),
            key,
            slugs: Arc::new(catalogue.venue_symbols(Source::Coincap)),
        }
    }

    /// The address holds the key: it is never logged and appears in no error.
    fn address(&self) -> Result<Url, FeedError> {
        let mut url =
            Url::parse(&format!("{}/prices", self.ws_url)).map_err(|_| FeedError::Address)?;
        url.query_pairs_mut()
            .append_pair("assets", "ALL")
            .append_pair("apiKey", self.key.expose());
        Ok(url)
    }
}

#[async_trait]
impl Feed for CoincapFeed {
    fn source(&self) -> Source {
        Source::Coincap
    }

    async fn connect(&self) -> Result<Box<dyn FeedConnection>, FeedError> {
        let socket = Socket::open(self.address()?.as_str()).await?;
        let slugs = Arc::clone(&self.slugs);
        Ok(Box::new(CoincapConnection { socket, slugs }))
    }
}

struct CoincapConnection {
    socket: Socket,
    slugs: Arc<Slugs>,
}

#[async_trait]
impl FeedConnection for CoincapConnection {
    async fn next(&mut self) -> Result<Batch, FeedError> {
        let slugs = &self.slugs;
        let decode = |text: &str, received_at| decode(text, received_at, slugs);
        wire::next_batch(&mut self.socket, decode).await
    }
}

/// Reads a frame. There is no time in it, so ticks have none but that of receipt.
///
/// ```json
/// {"bitcoin":"84211.37","ethereum":"3120.0452","binance-coin":"871.2201"}
/// ```
///
/// A bad key or plan is answered with a text that begins `Unauthorized`.
fn decode(
    text: &str,
    received_at: OffsetDateTime,
    slugs: &Slugs,
) -> Result<Option<Batch>, FeedError> {
    if text.starts_with("Unauthorized") {
        return Err(FeedError::Unauthorized);
    }
    let Ok(prices) = serde_json::from_str::<BTreeMap<Cow<'_, str>, &RawValue>>(text) else {
        return Ok(Some(Batch::dropped(DropReason::Malformed)));
    };
    if prices.is_empty() {
        return Ok(None);
    }
    let mut batch = Batch::default();
    for (slug, price) in prices {
        let tick = |coin: &CoinId| {
            Ok(Tick {
                coin_id: coin.clone(),
                price: wire::price(Some(price))?,
                exchange_time: None,
                received_at,
                source: Source::Coincap,
            })
        };
        let coin = slugs.get(slug.as_ref()).ok_or(DropReason::UnknownCoin);
        batch.push(coin.and_then(tick));
    }
    Ok(Some(batch))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slugs() -> Result<Slugs, domain::coin::InvalidCoinId> {
        let pairs = [("bitcoin", "bitcoin"), ("binance-coin", "binancecoin")];
        let pair = |(slug, id): (&str, &str)| Ok((slug.to_owned(), CoinId::new(id)?));
        pairs.into_iter().map(pair).collect()
    }

    #[test]
    fn slugs_are_translated_and_others_left_out() -> Result<(), Box<dyn std::error::Error>> {
        let frame = r#"{"bitcoin":"84211.37","binance-coin":"8.712201e2",
            "tesla-tokenized-stock-xstock":"1","x":null}"#;
        let batch = decode(frame, OffsetDateTime::UNIX_EPOCH, &slugs()?)?.unwrap_or_default();
        let prices: Vec<_> = batch
            .ticks
            .iter()
            .map(|tick| (tick.coin_id.as_str(), tick.price.to_string()))
            .collect();
        assert_eq!(
            prices,
            [
                ("binancecoin", "871.2201".to_owned()),
                ("bitcoin", "84211.37".to_owned())
            ]
        );
        assert_eq!(batch.drops.get(DropReason::UnknownCoin), 2);
        Ok(())
    }

    #[test]
    fn unauthorized_text_is_terminal() -> Result<(), Box<dyn std::error::Error>> {
        let outcome = decode("Unauthorized: plan", OffsetDateTime::UNIX_EPOCH, &slugs()?);
        assert!(outcome.is_err_and(|error| error.is_terminal()));
        Ok(())
    }

    #[test]
    fn the_key_is_encoded_and_hidden() -> Result<(), Box<dyn std::error::Error>> {
        let catalogue = Catalogue::bundled()?;
        let feed = CoincapFeed::new("ws://127.0.0.1:1", Secret::new("a&b#c%"), &catalogue);
        assert_eq!(
            feed.address()?.as_str(),
            "ws://127.0.0.1:1/prices?assets=ALL&apiKey=a%26b%23c%25"
        );
        assert!(!format!("{feed:?}").contains("a&b"));
        Ok(())
    }

    proptest::proptest! {
        #[test]
        fn no_frame_panics(text in ".{0,200}", price in ".{0,20}") {
            let slugs = slugs().unwrap_or_default();
            let _any = decode(&text, OffsetDateTime::UNIX_EPOCH, &slugs);
            let _near = decode(&format!(r#"{{"bitcoin":{price}}}"#), OffsetDateTime::UNIX_EPOCH, &slugs);
        }
    }
}
