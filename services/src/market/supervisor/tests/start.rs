//! Finding the first source, and having none.

use super::scripted::{Desk, Doing, down, pass, venue};
use crate::market::{feeds::FeedError, table::PriceTable};
use domain::{CoinId, Price, Source, StreamState, Tick};
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;

const SECOND: Duration = Duration::from_secs(1);

const RARELY: Doing = Doing::TicksRarely(Duration::from_millis(300));

#[tokio::test(start_paused = true)]
async fn the_simulation_serves_at_once_until_a_real_source_ticks() {
    let binance = venue(Source::Binance, Doing::Silent);
    let simulated = venue(Source::Simulated, Doing::Ticks);
    let mut desk = Desk::start(&[&binance, &simulated]);
    assert!(
        desk.until_source(Source::Simulated)
            .await
            .is_some_and(|took| took < SECOND)
    );
    binance.set(Doing::Ticks);
    assert!(
        desk.until_source(Source::Binance)
            .await
            .is_some_and(|took| took < SECOND)
    );
    pass(1).await;
    assert_eq!(
        simulated.open(),
        0,
        "made-up prices go on next to real ones"
    );
}

#[tokio::test(start_paused = true)]
async fn the_simulation_alone_is_enough() {
    let simulated = venue(Source::Simulated, Doing::Ticks);
    let mut desk = Desk::start(&[&simulated]);
    assert!(desk.until_source(Source::Simulated).await.is_some());
    pass(120).await;
    assert_eq!(desk.state(), StreamState::Simulated);
    assert_eq!(simulated.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_candidate_has_five_seconds_for_its_first_tick() {
    for doing in [Doing::Silent, Doing::Hangs] {
        let binance = venue(Source::Binance, doing);
        let coinbase = venue(Source::Coinbase, Doing::Ticks);
        let mut desk = Desk::start(&[&binance, &coinbase]);
        let took = desk
            .until_source(Source::Coinbase)
            .await
            .unwrap_or_default();
        assert!((5 * SECOND..7 * SECOND).contains(&took), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_speaks_every_five_seconds_is_used_when_no_other_is_left() {
    let binance = venue(Source::Binance, down());
    let coinbase = venue(Source::Coinbase, RARELY);
    let mut desk = Desk::start(&[&binance, &coinbase]);
    let took = desk.until_source(Source::Coinbase).await;
    assert!(took.is_some_and(|took| took < 7 * SECOND), "{took:?}");
    pass(200).await;
    assert_eq!(
        (desk.source(), desk.state()),
        (Some(Source::Coinbase), StreamState::Live)
    );
    assert_eq!(coinbase.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_slow_to_reach_and_slow_to_speak_is_used_in_the_end() {
    let coinbase = venue(Source::Coinbase, Doing::TicksRarely(7 * SECOND));
    let mut desk = Desk::start(&[&coinbase]);
    let took = desk.until_source(Source::Coinbase).await;
    assert!(took.is_some_and(|took| took < 13 * SECOND), "{took:?}");
    assert_eq!(coinbase.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_first_tick_that_comes_a_little_late_still_counts() {
    let binance = venue(Source::Binance, RARELY);
    let coinbase = venue(Source::Coinbase, Doing::Ticks);
    let mut desk = Desk::start(&[&binance, &coinbase]);
    let took = desk.until_source(Source::Binance).await;
    // Coinbase is asked after 5 s and ticks half a second later; Binance has ticked after 5.3 s.
    assert!(took.is_some_and(|took| took < 6 * SECOND), "{took:?}");
    assert_eq!(coinbase.open(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_best_source_is_the_only_one_asked_when_it_delivers() {
    let binance = venue(Source::Binance, Doing::Ticks);
    let coinbase = venue(Source::Coinbase, Doing::Ticks);
    let mut desk = Desk::start(&[&binance, &coinbase]);
    assert!(
        desk.until_source(Source::Binance)
            .await
            .is_some_and(|took| took < SECOND)
    );
    pass(600).await;
    assert_eq!((binance.attempts(), coinbase.attempts()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_terminal_error_moves_on_at_once() {
    for status in [401, 403, 451] {
        let binance = venue(Source::Binance, Doing::Fails(FeedError::Status(status)));
        let coinbase = venue(Source::Coinbase, Doing::Ticks);
        let mut desk = Desk::start(&[&binance, &coinbase]);
        let took = desk.until_source(Source::Coinbase).await;
        assert!(took.is_some_and(|took| took < SECOND), "{status}: {took:?}");
        pass(240).await;
        assert_eq!(binance.attempts(), 1, "{status} was retried");
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_to_connect_are_spaced_from_one_second_to_sixty() {
    let binance = venue(Source::Binance, down());
    let mut desk = Desk::start(&[&binance]);
    pass(1).await;
    assert_eq!(desk.state(), StreamState::Reconnecting);
    // 1 + 2 + 4 + 8 + 16 + 32 + 60 s with up to 20 % jitter: at 63 s nominally the seventh.
    pass(79).await;
    assert!(
        (6..=8).contains(&binance.attempts()),
        "{}",
        binance.attempts()
    );
    let before = binance.attempts();
    pass(600).await;
    let later = binance.attempts() - before;
    assert!((10..=13).contains(&later), "{later}");
    binance.set(Doing::Ticks);
    let took = desk.until_source(Source::Binance).await;
    assert!(took.is_some_and(|took| took <= 62 * SECOND), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn prices_of_another_process_are_not_pushed_aside_by_the_simulation()
-> Result<(), Box<dyn std::error::Error>> {
    let table = Arc::new(PriceTable::default());
    let bitcoin = CoinId::new("bitcoin")?;
    table.apply(vec![Tick {
        coin_id: bitcoin.clone(),
        price: Price::parse("84211.37")?,
        exchange_time: None,
        received_at: OffsetDateTime::now_utc(),
        source: Source::Binance,
    }]);
    let binance = venue(Source::Binance, down());
    let simulated = venue(Source::Simulated, Doing::Ticks);
    let mut desk = Desk::with_table(&[&binance, &simulated], table);
    pass(25).await;
    assert_eq!(
        desk.table.get(&bitcoin).map(|tick| tick.source),
        Some(Source::Binance)
    );
    let took = desk.until_source(Source::Simulated).await;
    assert!(took.is_some_and(|took| took < 7 * SECOND), "{took:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_price_from_before_the_clock_was_set_back_gives_way_at_once()
-> Result<(), Box<dyn std::error::Error>> {
    let table = Arc::new(PriceTable::default());
    let bitcoin = CoinId::new("bitcoin")?;
    table.apply(vec![Tick {
        coin_id: bitcoin.clone(),
        price: Price::parse("84000")?,
        exchange_time: None,
        received_at: OffsetDateTime::now_utc() + SECOND * 3_600,
        source: Source::Kraken,
    }]);
    let binance = venue(Source::Binance, Doing::Silent);
    let mut desk = Desk::with_table(&[&binance], table);
    pass(1).await;
    binance.say("84211.37");
    assert!(desk.until_source(Source::Binance).await.is_some());
    let shown = desk.table.get(&bitcoin).map(|tick| tick.price.to_string());
    assert_eq!(shown.as_deref(), Some("84211.37"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn shutdown_closes_every_connection() -> Result<(), tokio::task::JoinError> {
    let binance = venue(Source::Binance, Doing::Ticks);
    let mut desk = Desk::start(&[&binance]);
    desk.until_source(Source::Binance).await;
    assert_eq!(binance.open(), 1);
    desk.shutdown.cancel();
    desk.task.await?;
    // The connection's task ends when it is next scheduled.
    pass(1).await;
    assert_eq!(binance.open(), 0);
    Ok(())
}
