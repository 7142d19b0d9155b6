//! CoinGecko as a help that nothing depends on: asked once for everybody, served stale while it
//! is down, never waited for when there is something to show.

#[path = "../support/coingecko_desk.rs"]
mod coingecko_desk;

use crate::counted::Counted;
use crate::upstream::coingecko::{CoinGecko, Mode};
use crate::wait::until;
use coingecko_desk::{RESTLESS, desk};
use domain::{
    CoinId, Price, Source, Tick,
    market::{CandleInterval, CoinSummary, Days},
    number::{from_double, to_double},
};
use services::{
    Services,
    config::{CoinGeckoTimings, Config},
    market::{Market, MarketError},
};
use std::{error::Error, time::Duration};
use time::OffsetDateTime;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const SOON: Duration = Duration::from_secs(10);

async fn row(market: &Market, coin: &CoinId) -> Outcome<CoinSummary> {
    let rows = market.rows().await;
    let row = rows.iter().find(|row| row.id == *coin);
    Ok(row.ok_or("no such row")?.clone())
}

async fn listed(market: &Market, coin: &CoinId) -> Outcome {
    let has_volume = || async {
        row(market, coin)
            .await
            .is_ok_and(|row| row.volume_24h.is_some())
    };
    until("the list has arrived", SOON, has_volume).await
}

fn requests(upstream: &CoinGecko, part: &str) -> usize {
    let seen = upstream.seen();
    seen.iter()
        .filter(|request| request.target.contains(part))
        .count()
}

/// Asks a hundred times at once and returns how many got an answer.
async fn hundred(market: &Market, coin: &CoinId) -> usize {
    let tasks = TaskTracker::new();
    let asking = (0..100).map(|_| {
        let (market, coin) = (market.clone(), coin.clone());
        tasks.spawn(async move { market.history(&coin, Days::One).await })
    });
    let answers = futures_util::future::join_all(asking).await;
    answers
        .iter()
        .filter(|answer| matches!(answer, Ok(Ok(_))))
        .count()
}

#[tokio::test]
async fn a_hundred_askers_cause_one_request() -> Outcome {
    let upstream = CoinGecko::start().await?;
    let timings = CoinGeckoTimings {
        patience: SOON,
        ..CoinGeckoTimings::default()
    };
    let (market, bitcoin) = desk(&upstream, timings).await?;
    assert_eq!(hundred(&market, &bitcoin).await, 100);
    assert_eq!(requests(&upstream, "market_chart"), 1);
    assert_eq!(hundred(&market, &bitcoin).await, 100);
    assert_eq!(
        requests(&upstream, "market_chart"),
        1,
        "fresh for 5 minutes and more"
    );
    Ok(())
}

#[tokio::test]
async fn an_old_answer_is_served_at_once_while_one_request_refreshes_it() -> Outcome {
    let upstream = CoinGecko::start().await?;
    let timings = CoinGeckoTimings {
        timeout: Duration::from_secs(60),
        ..RESTLESS
    };
    let (market, bitcoin) = desk(&upstream, timings).await?;
    market.history(&bitcoin, Days::One).await?;
    upstream.set(Mode::Hang);
    let served = tokio::time::timeout(SOON, hundred(&market, &bitcoin)).await?;
    assert_eq!(served, 100);
    let refreshing = || async { requests(&upstream, "market_chart") >= 2 };
    until("a refresh is under way", SOON, refreshing).await?;
    assert_eq!(requests(&upstream, "market_chart"), 2);
    Ok(())
}

/// What tells the pages apart.
const PAGES: [&str; 4] = ["/markets?", "market_chart", "ohlc", "localization"];

#[tokio::test]
async fn whatever_coingecko_does_its_last_answer_stays() -> Outcome {
    let upstream = CoinGecko::start().await?;
    let (market, bitcoin) = desk(&upstream, RESTLESS).await?;
    listed(&market, &bitcoin).await?;
    let chart = market.history(&bitcoin, Days::One).await?;
    let details = market.coin(&bitcoin).await?;
    let candles = market.candles(&bitcoin, CandleInterval::H1, 10).await?;
    assert_eq!((chart.prices.len(), candles.len()), (2, 1));
    let listed_cap = row(&market, &bitcoin).await?.market_cap;
    for mode in [
        Mode::TooManyRequests,
        Mode::Blocked,
        Mode::Html,
        Mode::ErrorCode,
        Mode::Nulls,
        Mode::Empty,
        Mode::Hang,
    ] {
        upstream.set(mode);
        let before = PAGES.map(|page| requests(&upstream, page));
        // Before, while and after the failure is noticed.
        let every_page_asked = || async {
            let row = row(&market, &bitcoin).await;
            assert!(
                row.is_ok_and(|row| row.market_cap == listed_cap),
                "{mode:?}"
            );
            let same_chart = market.history(&bitcoin, Days::One).await;
            assert_eq!(same_chart.ok().as_ref(), Some(&chart), "{mode:?}");
            let same_candles = market.candles(&bitcoin, CandleInterval::H1, 10).await;
            assert_eq!(same_candles.ok().as_ref(), Some(&candles), "{mode:?}");
            let same_details = market.coin(&bitcoin).await;
            assert_eq!(same_details.ok().as_ref(), Some(&details), "{mode:?}");
            let now = PAGES.map(|page| requests(&upstream, page));
            let again = now.iter().zip(&before).map(|(now, before)| now - before);
            // The list is looked at once a second, too slow to wait for two failures.
            again
                .zip([1, 2, 2, 2])
                .all(|(again, enough)| again >= enough)
        };
        until("every page was asked for again", SOON, every_page_asked).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_over_the_limit_is_refused_and_counted() -> Outcome {
    let counted = Counted::default();
    // The test has one thread, which all of the desk's tasks share.
    let _recording = metrics::set_default_local_recorder(&counted);
    let upstream = CoinGecko::start().await?;
    let timings = CoinGeckoTimings {
        timeout: Duration::from_secs(60),
        ..RESTLESS
    };
    let (market, bitcoin) = desk(&upstream, timings).await?;
    let chart = market.history(&bitcoin, Days::One).await?;
    upstream.set(Mode::TooLarge);
    let failed = || counted.of("cryptovault_coingecko_requests_total", "failed");
    let before = (failed(), requests(&upstream, "market_chart"));
    let refused = || async {
        let shown = market.history(&bitcoin, Days::One).await;
        assert_eq!(shown.ok().as_ref(), Some(&chart));
        // The second request begins when the first is over.
        failed() > before.0 && requests(&upstream, "market_chart") >= before.1 + 2
    };
    until("the answer was refused", 3 * SOON, refused).await
}

#[tokio::test]
async fn a_provider_that_is_down_is_left_alone() -> Outcome {
    let upstream = CoinGecko::start().await?;
    upstream.set(Mode::TooManyRequests);
    let (market, bitcoin) = desk(&upstream, CoinGeckoTimings::default()).await?;
    let asked = || async { upstream.requests() > 0 };
    until("the list was asked for", SOON, asked).await?;
    for _ in 0..50 {
        for days in Days::ALL {
            let refused = market.history(&bitcoin, days).await.err();
            assert_eq!(refused, Some(MarketError::Unavailable));
        }
    }
    // The list, and at most the first chart before the answer to the list came.
    assert!(upstream.requests() <= 2, "{} requests", upstream.requests());
    Ok(())
}

#[tokio::test]
async fn with_nothing_to_show_nobody_waits_long() -> Outcome {
    let upstream = CoinGecko::start().await?;
    upstream.set(Mode::Hang);
    let timings = CoinGeckoTimings {
        timeout: Duration::from_secs(600),
        patience: Duration::from_millis(50),
        ..CoinGeckoTimings::default()
    };
    let (market, bitcoin) = desk(&upstream, timings).await?;
    let answers = async {
        let chart = market.history(&bitcoin, Days::Year).await;
        assert_eq!(chart.err(), Some(MarketError::Unavailable));
        assert!(
            market
                .candles(&bitcoin, CandleInterval::D1, 10)
                .await?
                .is_empty()
        );
        market.coin(&bitcoin).await
    };
    let details = tokio::time::timeout(SOON, answers).await??;
    assert!(
        !details.simulated,
        "nothing is made up when the simulation is not among the feeds"
    );
    assert_eq!(
        (details.summary.source, details.summary.stale),
        (None, true)
    );
    let reference = market
        .catalogue()
        .get(&bitcoin)
        .map(|coin| coin.price.get());
    assert_eq!(details.summary.price, reference);
    Ok(())
}

#[tokio::test]
async fn the_list_shows_coingeckos_figures_and_the_key_stays_in_its_header() -> Outcome {
    let upstream = CoinGecko::start().await?;
    let (market, bitcoin) = desk(&upstream, CoinGeckoTimings::default()).await?;
    listed(&market, &bitcoin).await?;
    let row = row(&market, &bitcoin).await?;
    assert_eq!(row.price, from_double(84_211.0));
    assert_eq!(row.market_cap, Some(1_681_483_000_000.0));
    assert_eq!(row.volume_24h, Some(18_233_441_200.0));
    assert_eq!(row.change_24h, Some(-0.72927));
    assert_eq!(row.rank, Some(1));
    assert_eq!(row.sparkline, [84_000.1, 84_105.2, 84_211.3]);
    assert_eq!(
        (row.source, row.stale),
        (None, true),
        "no feed has confirmed it"
    );
    assert_eq!(
        row.updated_at.map(OffsetDateTime::unix_timestamp),
        Some(1_767_225_605)
    );
    for request in upstream.seen() {
        assert_eq!(request.demo_key.as_deref(), Some("k3y"));
        assert!(!request.target.contains("k3y"), "{}", request.target);
    }
    let known = market
        .catalogue()
        .coins()
        .iter()
        .filter(|coin| coin.id != bitcoin);
    let list = upstream
        .seen()
        .into_iter()
        .find(|request| request.target.contains("markets"));
    let target = list.ok_or("no list request")?.target;
    assert!(
        known
            .into_iter()
            .all(|coin| target.contains(coin.id.as_str()))
    );
    Ok(())
}

#[tokio::test]
async fn details_are_plain_text_with_secure_links_only() -> Outcome {
    let upstream = CoinGecko::start().await?;
    let (market, bitcoin) = desk(&upstream, RESTLESS).await?;
    let details = market.coin(&bitcoin).await?;
    assert_eq!(details.description.as_deref(), Some("Test text with HTML."));
    assert_eq!(details.homepage, None, "http:// is not offered");
    assert_eq!(
        (details.low_24h, details.high_24h),
        (Some(83_901.0), Some(85_210.0))
    );
    assert_eq!(details.ath, Some(126_080.0));
    assert_eq!(details.circulating_supply, Some(19_967_412.0));
    Ok(())
}

#[tokio::test]
async fn candles_open_where_coingecko_says_they_close() -> Outcome {
    let upstream = CoinGecko::start().await?;
    let (market, bitcoin) = desk(&upstream, RESTLESS).await?;
    let hours = market.candles(&bitcoin, CandleInterval::H1, 10).await?;
    // Two half hours that close at 22:30 and 23:00.
    let hour = hours.first().ok_or("no candle")?;
    assert_eq!(
        hour.time.unix_timestamp(),
        1_767_218_400,
        "2025-12-31 22:00 UTC"
    );
    assert_eq!((hour.open, hour.close), (84_100.0, 84_211.0));
    assert_eq!((hour.low, hour.high), (84_050.0, 84_260.0));
    let minutes = market.candles(&bitcoin, CandleInterval::M5, 10).await?;
    assert!(minutes.is_empty(), "half hours say nothing about 5 minutes");
    Ok(())
}

#[tokio::test]
async fn nulls_everywhere_leave_the_catalogue() -> Outcome {
    let upstream = CoinGecko::start().await?;
    upstream.set(Mode::Nulls);
    let (market, bitcoin) = desk(&upstream, RESTLESS).await?;
    let asked = || async { row(&market, &bitcoin).await.is_ok() && upstream.requests() > 1 };
    until("the list was read", SOON, asked).await?;
    let row = row(&market, &bitcoin).await?;
    let coin = market.catalogue().get(&bitcoin).ok_or("no bitcoin")?;
    assert_eq!(row.price, Some(coin.price.get()));
    assert_eq!(row.market_cap, Some(coin.reference_market_cap()));
    assert_eq!((row.volume_24h, row.change_24h), (None, None));
    assert_eq!(market.coin(&bitcoin).await?.description, None);
    let chart = market.history(&bitcoin, Days::One).await;
    assert_eq!(chart.err(), Some(MarketError::Unavailable));
    Ok(())
}

#[tokio::test]
async fn the_live_price_wins_and_ends_the_chart() -> Outcome {
    let upstream = CoinGecko::start().await?;
    let (market, bitcoin) = desk(&upstream, CoinGeckoTimings::default()).await?;
    listed(&market, &bitcoin).await?;
    let tick = Tick {
        coin_id: bitcoin.clone(),
        price: Price::parse("84300.25")?,
        exchange_time: None,
        received_at: OffsetDateTime::now_utc(),
        source: Source::Kraken,
    };
    market.table().apply(vec![tick.clone()]);
    let overlaid = || async {
        row(&market, &bitcoin)
            .await
            .is_ok_and(|row| row.price == Some(tick.price.get()))
    };
    until("the row has the live price", SOON, overlaid).await?;
    let row = row(&market, &bitcoin).await?;
    assert_eq!((row.source, row.stale), (Some(Source::Kraken), false));
    assert_eq!(row.updated_at, Some(tick.received_at));
    assert_eq!(row.market_cap, Some(1_681_483_000_000.0));
    let chart = market.history(&bitcoin, Days::One).await?;
    assert!(!chart.simulated);
    let last = chart.prices.last().map(|(_, price)| *price);
    assert_eq!(last, Some(to_double(tick.price.get())));
    let recorded = || async {
        let minutes = market.candles(&bitcoin, CandleInterval::M1, 10).await;
        minutes.is_ok_and(|minutes| minutes.len() == 1 && minutes[0].close == 84_300.25)
    };
    until("the tick is in a candle of our own", SOON, recorded).await
}

#[tokio::test]
async fn a_run_on_the_simulation_alone_asks_nobody() -> Outcome {
    let upstream = CoinGecko::start().await?;
    let mut config = Config::for_test();
    config.market.coingecko_url = upstream.url();
    assert_eq!(config.market.feeds, [Source::Simulated]);
    let market = Services::start(config, CancellationToken::new())
        .await?
        .market;
    let bitcoin = CoinId::new("bitcoin")?;
    assert!(market.coin(&bitcoin).await?.simulated);
    assert!(market.history(&bitcoin, Days::Seven).await?.simulated);
    assert!(!market.rows().await.is_empty());
    assert_eq!(upstream.requests(), 0);
    Ok(())
}
