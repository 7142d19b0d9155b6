//! Moves that began before anybody waited for them.

use super::*;
use domain::{Price, Source};
use time::OffsetDateTime;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const START: i64 = 1_700_000_040;

fn at(second: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(START + second)
}

fn now(second: i64) -> Timestamp {
    Timestamp::from(at(second))
}

fn bitcoin() -> Outcome<(CoinId, Window)> {
    Ok((CoinId::new("bitcoin")?, Window::M5))
}

/// Five minutes in which the price was 100.
fn hundred() -> Vec<Candle> {
    let candle = |minute: i64| Candle {
        time: at(-60 * minute),
        open: 100.0,
        high: 100.0,
        low: 100.0,
        close: 100.0,
        volume: None,
    };
    (1..=5).rev().map(candle).collect()
}

fn tick(price: &str, second: i64) -> Outcome<Tick> {
    Ok(Tick {
        coin_id: CoinId::new("bitcoin")?,
        price: Price::parse(price)?,
        source: Source::Kraken,
        exchange_time: None,
        received_at: at(second),
    })
}

/// How far up the price has moved when it is this.
fn up(moves: &mut AllMoves, price: &str, second: i64) -> Outcome<Option<String>> {
    let readings = moves.add(&tick(price, second)?, now(second));
    let mut up = readings
        .into_iter()
        .filter(|(gauge, _)| matches!(gauge, Gauge::Move(.., Direction::Up)));
    Ok(up.next().map(|(_, percent)| percent.to_string()))
}

/// Asks for the past if that is due, and waits for the answer.
async fn look(moves: &mut AllMoves, second: i64, answer: Vec<Candle>) -> Outcome<bool> {
    let mut is_asked = false;
    moves.follow(&bitcoin()?, now(second), |_, _| {
        is_asked = true;
        std::future::ready(answer)
    });
    while !moves.asked.is_empty() {
        tokio::task::yield_now().await;
        moves.learn();
    }
    Ok(is_asked)
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_at_first_is_asked_for_again_and_counts() -> Outcome {
    let mut moves = AllMoves::default();
    assert!(look(&mut moves, 0, Vec::new()).await?);
    assert_eq!(up(&mut moves, "105", 1)?.as_deref(), Some("0"));
    assert!(!look(&mut moves, 1, hundred()).await?, "not at once");
    tokio::time::advance(Duration::from_secs(2)).await;
    assert!(look(&mut moves, 2, Vec::new()).await?);
    tokio::time::advance(Duration::from_secs(3)).await;
    assert!(look(&mut moves, 5, hundred()).await?);
    assert_eq!(up(&mut moves, "106", 6)?.as_deref(), Some("6"));
    // It is known, and not asked for any more.
    tokio::time::advance(Duration::from_secs(100)).await;
    assert!(!look(&mut moves, 7, Vec::new()).await?);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn nothing_is_told_before_the_first_answer() -> Outcome {
    let mut moves = AllMoves::default();
    moves.follow(&bitcoin()?, now(0), |_, _| std::future::ready(hundred()));
    assert_eq!(up(&mut moves, "105", 1)?, None);
    assert!(!look(&mut moves, 1, Vec::new()).await?);
    assert_eq!(up(&mut moves, "105", 2)?.as_deref(), Some("5"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn when_the_window_is_over_nothing_is_asked_any_more() -> Outcome {
    let mut moves = AllMoves::default();
    assert!(look(&mut moves, 0, Vec::new()).await?);
    tokio::time::advance(Duration::from_secs(299)).await;
    assert!(look(&mut moves, 299, Vec::new()).await?);
    tokio::time::advance(Duration::from_secs(99)).await;
    assert!(!look(&mut moves, 301, hundred()).await?);
    Ok(())
}
