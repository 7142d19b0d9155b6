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
    pass(5).await;
    assert_eq!(binance.open(), 0);
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
