//! CoinCap end to end.

use super::{
    Outcome,
    desk::{Desk, LIMIT, patient, settings},
    upstream::{Upstream, Venue, Welcome},
};
use domain::{DropReason, Source};
use services::{
    config::Secret,
    market::{
        catalogue::Catalogue,
        feeds::{CoincapFeed, Feed},
    },
};
use std::time::Duration;

#[tokio::test]
async fn slugs_are_translated_and_unknown_ones_left_out() -> Outcome {
    let prices = [
        ("bitcoin", "84211.37"),
        ("binance-coin", "871.2201"),
        ("xrp", "2.10447"),
        ("tesla-tokenized-stock-xstock", "400"),
    ];
    let coincap = Upstream::start(Venue::Coincap, &prices).await?;
    let mut config = patient(&[Source::Coincap]);
    config.coincap_ws_url = coincap.url();
    let desk = Desk::start(&config)?;
    desk.when_source(Source::Coincap).await?;
    assert_eq!(desk.price("binancecoin").as_deref(), Some("871.2201"));
    assert_eq!(desk.price("ripple").as_deref(), Some("2.10447"));
    assert_eq!(desk.table.all().len(), 3);
    desk.when("the stock is counted", |desk| {
        desk.drops(DropReason::UnknownCoin) > 0
    })
    .await?;
    assert_eq!(coincap.requests(), ["/prices?assets=ALL&apiKey=s3cret-key"]);
    Ok(())
}

#[tokio::test]
async fn without_a_key_it_is_skipped() -> Outcome {
    let coincap = Upstream::start(Venue::Coincap, &[("bitcoin", "84211.37")]).await?;
    let binance = Upstream::start(Venue::Binance, &[("BTCUSDT", "84000")]).await?;
    let mut config = settings(&[Source::Coincap, Source::Binance]);
    config.coincap_ws_url = coincap.url();
    config.coincap_api_key = None;
    config.binance_ws_url = binance.url();
    let desk = Desk::start(&config)?;
    desk.when_source(Source::Binance).await?;
    assert_eq!(coincap.accepted(), 0);
    Ok(())
}

#[tokio::test]
async fn a_refused_key_moves_on_at_once_and_for_good() -> Outcome {
    let coincap = Upstream::start(Venue::Coincap, &[]).await?;
    coincap.tick(false);
    let binance = Upstream::start(Venue::Binance, &[("BTCUSDT", "84000")]).await?;
    let mut config = settings(&[Source::Coincap, Source::Binance]);
    config.coincap_ws_url = coincap.url();
    config.binance_ws_url = binance.url();
    // Only the refusal can be the reason for moving on.
    config.timings.first_tick = LIMIT * 2;
    config.timings.probe_every = LIMIT * 10;
    let desk = Desk::start(&config)?;
    desk.when("connected", |_| coincap.open() == 1).await?;
    coincap.send("Unauthorized: your plan does not include this");
    desk.when_source(Source::Binance).await?;
    assert_eq!(coincap.accepted(), 1);
    Ok(())
}

#[tokio::test]
async fn the_key_is_in_no_error() -> Outcome {
    let catalogue = Catalogue::bundled()?;
    let coincap = Upstream::start(Venue::Coincap, &[]).await?;
    let mut addresses = vec![
        "ws://127.0.0.1:9".to_owned(),
        "wss://127.0.0.1:9".to_owned(),
    ];
    addresses.extend(["http://127.0.0.1:9", "ws://", "nonsense"].map(ToOwned::to_owned));
    for (status, body) in [
        (401, "key s3cret-key is not valid"),
        (500, ""),
        (200, "<html>"),
    ] {
        coincap.welcome(Welcome::Answer(status, "text/html", body));
        let feed = CoincapFeed::new(&coincap.url(), Secret::new("s3cret-key"), &catalogue);
        assert_hidden(&feed).await?;
    }
    for address in addresses {
        let feed = CoincapFeed::new(&address, Secret::new("s3cret-key"), &catalogue);
        assert_hidden(&feed).await?;
    }
    Ok(())
}

async fn assert_hidden(feed: &CoincapFeed) -> Outcome {
    let outcome = tokio::time::timeout(Duration::from_secs(10), feed.connect()).await?;
    let Err(error) = outcome else {
        return Err("connected".into());
    };
    for shown in [error.to_string(), format!("{error:?}"), format!("{feed:?}")] {
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    Ok(())
}
