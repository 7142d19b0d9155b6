//! Changing the source when the one in use fails.

use super::scripted::{Desk, Doing, Venue, down, pass, venue};
use crate::market::feeds::FeedError;
use domain::{CoinId, Source, StreamState};
use std::{sync::Arc, time::Duration};

const SECOND: Duration = Duration::from_secs(1);

fn everything() -> [Arc<Venue>; 4] {
    let [first, second, third] = [Source::Binance, Source::Coinbase, Source::Kraken];
    [
        venue(first, Doing::Ticks),
        venue(second, Doing::Ticks),
        venue(third, Doing::Ticks),
        venue(Source::Simulated, Doing::Ticks),
    ]
}

/// Kills each venue in turn and checks that the next one takes over in time, whenever it happens
/// between two ticks and two beats of the supervisor.
async fn in_turn(deaths: [Doing; 3]) {
    for phase in (0..500).step_by(70).map(Duration::from_millis) {
        in_turn_at(phase, deaths.clone()).await;
    }
}

async fn in_turn_at(phase: Duration, deaths: [Doing; 3]) {
    let venues = everything();
    let [binance, coinbase, kraken, simulated] = &venues;
    let mut desk = Desk::start(&[binance, coinbase, kraken, simulated]);
    assert!(desk.until_source(Source::Binance).await.is_some());
    for (index, doing) in deaths.into_iter().enumerate() {
        let (Some(dying), Some(next)) = (venues.get(index), venues.get(index + 1)) else {
            unreachable!("there is one venue more than deaths");
        };
        tokio::time::sleep(40 * SECOND + phase).await;
        dying.set(doing.clone());
        let next_source = [Source::Coinbase, Source::Kraken, Source::Simulated]
            .get(index)
            .copied();
        let next_source = next_source.unwrap_or(Source::Simulated);
        let took = desk.until_source(next_source).await;
        assert!(
            took.is_some_and(|took| took < 31 * SECOND),
            "{doing:?} after {phase:?} {next:?}: {took:?}"
        );
    }
    desk.shutdown.cancel();
}

#[tokio::test(start_paused = true)]
async fn killed_in_turn_each_is_replaced_within_31_s() {
    in_turn([down(), down(), down()]).await;
}

#[tokio::test(start_paused = true)]
async fn silenced_in_turn_each_is_replaced_within_31_s() {
    in_turn([Doing::Silent, Doing::Silent, Doing::Silent]).await;
}

#[tokio::test(start_paused = true)]
async fn dying_in_different_ways_each_is_replaced_within_31_s() {
    let blocked = Doing::Fails(FeedError::Status(451));
    in_turn([Doing::Hangs, blocked, down()]).await;
    in_turn([down(), Doing::Hangs, Doing::Silent]).await;
}

#[tokio::test(start_paused = true)]
async fn silence_is_measured_in_valid_ticks_and_lasts_30_s() {
    let [binance, coinbase, kraken, _] = everything();
    // The second best is a black hole: waiting for it must not cost more time.
    coinbase.set(Doing::Hangs);
    let mut desk = Desk::start(&[&binance, &coinbase, &kraken]);
    desk.until_source(Source::Binance).await;
    pass(60).await;
    binance.set(Doing::Silent);
    let took = desk.until_source(Source::Kraken).await.unwrap_or_default();
    assert!((29 * SECOND..31 * SECOND).contains(&took), "{took:?}");
    pass(1).await;
    assert_eq!((binance.open(), coinbase.open(), kraken.open()), (0, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_speaks_again_in_time_stays() {
    let [binance, coinbase, ..] = everything();
    let mut desk = Desk::start(&[&binance, &coinbase]);
    desk.until_source(Source::Binance).await;
    binance.set(Doing::Silent);
    pass(28).await;
    assert_eq!(coinbase.open(), 1, "a successor stands by");
    binance.set(Doing::Ticks);
    pass(60).await;
    assert_eq!(
        (desk.source(), desk.state()),
        (Some(Source::Binance), StreamState::Live)
    );
    assert_eq!((binance.attempts(), coinbase.open()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_that_comes_back_keeps_the_source() {
    let [binance, coinbase, ..] = everything();
    let mut desk = Desk::start(&[&binance, &coinbase]);
    desk.until_source(Source::Binance).await;
    binance.set(down());
    assert!(
        desk.until(|health| health.state == StreamState::Reconnecting)
            .await
            .is_some()
    );
    binance.set(Doing::Ticks);
    let took = desk.until_source(Source::Binance).await;
    assert!(took.is_some_and(|took| took < 3 * SECOND), "{took:?}");
    assert_eq!(desk.health.borrow().reconnects, 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_replaced_in_seconds() {
    let [binance, coinbase, ..] = everything();
    let mut desk = Desk::start(&[&binance, &coinbase]);
    desk.until_source(Source::Binance).await;
    binance.set(down());
    let took = desk.until_source(Source::Coinbase).await;
    assert!(took.is_some_and(|took| took < 4 * SECOND), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_turns_terminal_is_replaced_at_once() {
    let [binance, coinbase, ..] = everything();
    let mut desk = Desk::start(&[&binance, &coinbase]);
    desk.until_source(Source::Binance).await;
    binance.set(Doing::Fails(FeedError::Unauthorized));
    let took = desk.until_source(Source::Coinbase).await;
    assert!(took.is_some_and(|took| took < SECOND), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn made_up_prices_wait_until_the_real_ones_are_old() {
    let [binance, coinbase, kraken, simulated] = everything();
    let mut desk = Desk::start(&[&binance, &coinbase, &kraken, &simulated]);
    desk.until_source(Source::Binance).await;
    for venue in [&binance, &coinbase, &kraken] {
        venue.set(down());
    }
    let took = desk
        .until_source(Source::Simulated)
        .await
        .unwrap_or_default();
    assert!((29 * SECOND..31 * SECOND).contains(&took), "{took:?}");
    kraken.set(Doing::Ticks);
    let took = desk.until_source(Source::Kraken).await;
    assert!(took.is_some_and(|took| took <= 62 * SECOND), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn without_the_simulation_the_state_turns_stale_and_prices_stay()
-> Result<(), Box<dyn std::error::Error>> {
    let [binance, ..] = everything();
    let mut desk = Desk::start(&[&binance]);
    desk.until_source(Source::Binance).await;
    binance.set(down());
    let took = desk
        .until(|health| health.state == StreamState::Reconnecting)
        .await;
    assert!(took.is_some_and(|took| took < SECOND), "{took:?}");
    let took = desk
        .until(|health| health.state == StreamState::Stale)
        .await
        .unwrap_or_default();
    assert!((29 * SECOND..31 * SECOND).contains(&took), "{took:?}");
    assert!(desk.table.get(&CoinId::new("bitcoin")?).is_some());
    binance.set(Doing::Ticks);
    let took = desk.until_source(Source::Binance).await;
    assert!(took.is_some_and(|took| took <= 62 * SECOND), "{took:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn when_every_source_refuses_us_the_simulation_serves_at_once() {
    let [binance, coinbase, _, simulated] = everything();
    let mut desk = Desk::start(&[&binance, &coinbase, &simulated]);
    desk.until_source(Source::Binance).await;
    coinbase.set(Doing::Fails(FeedError::Status(403)));
    binance.set(Doing::Fails(FeedError::Status(451)));
    let took = desk.until_source(Source::Simulated).await;
    assert!(took.is_some_and(|took| took < 2 * SECOND), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_planned_end_reconnects_at_once_and_nobody_notices() {
    let [binance, coinbase, ..] = everything();
    let mut desk = Desk::start(&[&binance, &coinbase]);
    desk.until_source(Source::Binance).await;
    pass(10).await;
    binance.set(Doing::Fails(FeedError::Planned("24 h are over")));
    let took = desk.until(|health| !health.connected).await;
    assert!(took.is_some_and(|took| took < SECOND));
    assert_eq!(desk.state(), StreamState::Live);
    let attempts = binance.attempts();
    assert!(attempts >= 2, "no immediate attempt");
    binance.set(Doing::Ticks);
    pass(5).await;
    assert_eq!(
        (desk.source(), desk.state()),
        (Some(Source::Binance), StreamState::Live)
    );
    assert_eq!(coinbase.attempts(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_announces_its_end_to_everybody_is_not_hammered() {
    let [binance, ..] = everything();
    let mut desk = Desk::start(&[&binance]);
    desk.until_source(Source::Binance).await;
    binance.set(Doing::Fails(FeedError::Planned("the server shuts down")));
    pass(60).await;
    assert!(binance.attempts() <= 9, "{}", binance.attempts());
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_given_up_for_a_new_one() {
    let [binance, ..] = everything();
    let mut desk = Desk::start(&[&binance]);
    desk.until_source(Source::Binance).await;
    binance.set(Doing::Silent);
    pass(29).await;
    assert_eq!(binance.attempts(), 1);
    // One at 31 s, after a wait of a second; its silence is borne for ten seconds. The next follows
    // two seconds later.
    pass(10).await;
    assert_eq!(binance.attempts(), 2);
    pass(8).await;
    assert_eq!(binance.attempts(), 3);
    assert_eq!(
        desk.health.borrow().reconnects as usize,
        binance.attempts() - 1
    );
}

fn busy(pause: Duration) -> Doing {
    Doing::Fails(FeedError::Busy { status: 429, pause })
}

#[tokio::test(start_paused = true)]
async fn a_venue_that_asks_for_a_pause_is_left_alone_for_so_long() {
    let binance = venue(Source::Binance, busy(120 * SECOND));
    let mut desk = Desk::start(&[&binance]);
    pass(119).await;
    assert_eq!(binance.attempts(), 1);
    binance.set(Doing::Ticks);
    let took = desk.until_source(Source::Binance).await;
    assert!(took.is_some_and(|took| took < 5 * SECOND), "{took:?}");
}

/// Its link is closed when another source takes over, and must not be opened anew too early when
/// that one fails as well.
#[tokio::test(start_paused = true)]
async fn the_pause_outlives_a_change_of_sources() {
    let binance = venue(Source::Binance, busy(120 * SECOND));
    let coinbase = venue(Source::Coinbase, Doing::Ticks);
    let mut desk = Desk::start(&[&binance, &coinbase]);
    desk.until_source(Source::Coinbase).await;
    coinbase.set(down());
    pass(100).await;
    assert_eq!(binance.attempts(), 1);
    binance.set(Doing::Ticks);
    let took = desk.until_source(Source::Binance).await;
    assert!(took.is_some_and(|took| took < 30 * SECOND), "{took:?}");
}

/// Held is a tick that nothing has confirmed yet. Here another source does, while the one in use
/// has nothing more to say.
#[tokio::test(start_paused = true)]
async fn a_tick_that_another_source_confirms_does_not_put_off_the_end_of_a_silent_one()
-> Result<(), Box<dyn std::error::Error>> {
    let binance = venue(Source::Binance, down());
    let coinbase = venue(Source::Coinbase, Doing::Ticks);
    let mut desk = Desk::start(&[&binance, &coinbase]);
    desk.until_source(Source::Coinbase).await;
    binance.set(Doing::Silent);
    pass(303).await;
    assert_eq!(binance.open(), 1, "the better one is being tried");
    coinbase.set(Doing::Silent);
    coinbase.say("150000");
    pass(5).await;
    let bitcoin = CoinId::new("bitcoin")?;
    let shown = |desk: &Desk| desk.table.get(&bitcoin).map(|tick| tick.price.to_string());
    assert_eq!(shown(&desk).as_deref(), Some("84211.37"), "held");
    binance.say("150001");
    pass(1).await;
    assert_eq!(shown(&desk).as_deref(), Some("150000"), "confirmed");
    let took = desk
        .until(|health| health.state == StreamState::Stale)
        .await
        .unwrap_or_default();
    assert!((22 * SECOND..25 * SECOND).contains(&took), "{took:?}");
    Ok(())
}
