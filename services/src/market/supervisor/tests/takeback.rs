//! Going back to a better source.

use super::scripted::{Desk, Doing, Venue, down, pass, venue};
use domain::Source;
use std::{sync::Arc, time::Duration};

const SECOND: Duration = Duration::from_secs(1);

/// Binance has failed, Coinbase is in use.
async fn on_second_best() -> (Desk, Arc<Venue>, Arc<Venue>) {
    let binance = venue(Source::Binance, down());
    let coinbase = venue(Source::Coinbase, Doing::Ticks);
    let mut desk = Desk::start(&[&binance, &coinbase]);
    desk.until_source(Source::Coinbase).await;
    (desk, binance, coinbase)
}

#[tokio::test(start_paused = true)]
async fn a_better_source_is_taken_back_after_it_delivered_for_30_s() {
    let (mut desk, binance, coinbase) = on_second_best().await;
    binance.set(Doing::Ticks);
    let took = desk.until_source(Source::Binance).await.unwrap_or_default();
    assert!((329 * SECOND..334 * SECOND).contains(&took), "{took:?}");
    pass(1).await;
    assert_eq!((binance.open(), coinbase.open()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_better_source_is_looked_for_every_five_minutes() {
    let (desk, binance, coinbase) = on_second_best().await;
    let before = binance.attempts();
    pass(3 * 301).await;
    assert_eq!(binance.attempts() - before, 3);
    assert_eq!(
        (desk.source(), coinbase.attempts()),
        (Some(Source::Coinbase), 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_better_source_that_does_not_last_is_not_taken_back() {
    let (desk, binance, _coinbase) = on_second_best().await;
    for death in [down(), Doing::Silent] {
        binance.set(Doing::Ticks);
        pass(320).await;
        binance.set(death);
        pass(60).await;
        assert_eq!(desk.source(), Some(Source::Coinbase));
        assert_eq!(binance.open(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_better_source_must_deliver_without_a_long_pause() {
    let (desk, binance, _coinbase) = on_second_best().await;
    binance.set(Doing::Ticks);
    pass(308).await;
    binance.set(Doing::Silent);
    pass(15).await;
    binance.set(Doing::Ticks);
    pass(60).await;
    assert_eq!(desk.source(), Some(Source::Coinbase));
}

#[tokio::test(start_paused = true)]
async fn a_better_source_without_a_first_tick_is_left_alone_again() {
    let (_desk, binance, _coinbase) = on_second_best().await;
    binance.set(Doing::Silent);
    pass(303).await;
    assert_eq!(binance.open(), 1);
    pass(10).await;
    assert_eq!(binance.open(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_better_source_that_speaks_every_five_seconds_is_taken_back() {
    let (mut desk, binance, _coinbase) = on_second_best().await;
    binance.set(Doing::TicksRarely(SECOND));
    let took = desk.until_source(Source::Binance).await.unwrap_or_default();
    assert!((334 * SECOND..339 * SECOND).contains(&took), "{took:?}");
}

/// Drops the connection of the source in use, which is back in a second.
async fn hiccup(desk: &mut Desk, venue: &Venue) {
    venue.set(down());
    let noticed = desk.until(|health| !health.connected).await;
    assert!(noticed.is_some_and(|took| took < SECOND), "{noticed:?}");
    venue.set(Doing::Ticks);
}

#[tokio::test(start_paused = true)]
async fn a_better_source_is_taken_back_although_the_one_in_use_drops_every_four_minutes() {
    let (mut desk, binance, coinbase) = on_second_best().await;
    binance.set(Doing::Ticks);
    for minutes in (4..=30).step_by(4) {
        pass(4 * 60).await;
        if desk.source() == Some(Source::Binance) {
            assert!(minutes <= 8, "taken back only after {minutes} minutes");
            return;
        }
        hiccup(&mut desk, &coinbase).await;
    }
    assert_eq!(desk.source(), Some(Source::Binance));
}

#[tokio::test(start_paused = true)]
async fn a_better_source_goes_on_proving_itself_while_the_one_in_use_drops() {
    let (mut desk, binance, coinbase) = on_second_best().await;
    binance.set(Doing::Ticks);
    let before = binance.attempts();
    pass(310).await;
    assert_eq!(binance.open(), 1, "the better one is being tried");
    hiccup(&mut desk, &coinbase).await;
    let took = desk.until_source(Source::Binance).await;
    assert!(took.is_some_and(|took| took < 24 * SECOND), "{took:?}");
    assert_eq!(binance.attempts() - before, 1);
}

#[tokio::test(start_paused = true)]
async fn the_source_in_use_serves_while_a_better_one_proves_itself() {
    let (desk, binance, _coinbase) = on_second_best().await;
    binance.set(Doing::Ticks);
    pass(310).await;
    assert_eq!(binance.open(), 1, "the better one is being tried");
    let shown: Vec<_> = desk
        .table
        .all()
        .into_iter()
        .map(|tick| tick.source)
        .collect();
    assert_eq!(shown, [Source::Coinbase]);
}

#[tokio::test(start_paused = true)]
async fn a_worse_source_is_not_looked_for() {
    let binance = venue(Source::Binance, Doing::Ticks);
    let coinbase = venue(Source::Coinbase, Doing::Ticks);
    let mut desk = Desk::start(&[&binance, &coinbase]);
    desk.until_source(Source::Binance).await;
    pass(1000).await;
    assert_eq!(coinbase.attempts(), 0);
}
