//! The follower's side: fills the price table and the health from what the leader publishes.

use super::copies;
use crate::{
    cache::{Cache, CacheError},
    market::{health::FeedHealth, table::PriceTable},
};
use domain::{StreamState, Tick};
use time::OffsetDateTime;
use tokio::sync::watch;

/// Applies the ticks that are newer than what the table has.
pub(super) fn apply(table: &PriceTable, ticks: Vec<Tick>, now: OffsetDateTime) {
    apply_if(table, ticks, now, |known, tick| {
        known.received_at < tick.received_at
    });
}

/// Makes the table what the leader's is, also where ours is newer or has more coins: after a time
/// on our own, maybe on another venue, both must show the same.
pub(super) fn adopt(table: &PriceTable, ticks: Vec<Tick>, now: OffsetDateTime) {
    // A leader that has only just begun has nothing yet that could replace what we show.
    if ticks.is_empty() {
        return;
    }
    let coins = ticks.iter().map(|tick| tick.coin_id.clone()).collect();
    table.keep_only(&coins);
    apply_if(table, ticks, now, |known, tick| known != tick);
}

/// Times in the future come from a clock ahead of ours and would never grow stale: they become
/// now.
fn apply_if(
    table: &PriceTable,
    mut ticks: Vec<Tick>,
    now: OffsetDateTime,
    replaces: impl Fn(&Tick, &Tick) -> bool,
) {
    for tick in &mut ticks {
        tick.received_at = tick.received_at.min(now);
    }
    ticks.retain(|tick| {
        let known = table.get(&tick.coin_id);
        known.is_none_or(|known| replaces(&known, tick))
    });
    table.apply(ticks);
}

/// Starts from the copies in the cache.
pub(super) async fn load(
    cache: &dyn Cache,
    table: &PriceTable,
    health: &watch::Sender<FeedHealth>,
) -> Result<(), CacheError> {
    let ticks = copies::prices(cache).await?;
    apply(table, ticks, OffsetDateTime::now_utc());
    if let Some(stored) = copies::health(cache).await? {
        health.send_replace(stored);
    }
    Ok(())
}

/// Says that the leader can't be heard.
pub(super) fn note_silence(health: &watch::Sender<FeedHealth>, now: OffsetDateTime) {
    health.send_if_modified(|health| {
        let news = health.state != StreamState::Reconnecting;
        if news {
            health.state = StreamState::Reconnecting;
            health.since = now;
            health.connected = false;
        }
        news
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{CoinId, Price, Source};
    use std::error::Error;
    use time::Duration;

    fn tick(price: &str, received_at: OffsetDateTime) -> Result<Tick, Box<dyn Error>> {
        of("bitcoin", price, received_at)
    }

    fn of(coin: &str, price: &str, received_at: OffsetDateTime) -> Result<Tick, Box<dyn Error>> {
        Ok(Tick {
            coin_id: CoinId::new(coin)?,
            price: Price::parse(price)?,
            exchange_time: None,
            received_at,
            source: Source::Binance,
        })
    }

    #[test]
    fn older_and_repeated_ticks_change_nothing() -> Result<(), Box<dyn Error>> {
        let now = OffsetDateTime::now_utc();
        let table = PriceTable::default();
        apply(&table, vec![tick("2", now)?], now);
        let mut listener = table.listen();
        apply(&table, vec![tick("1", now - Duration::SECOND)?], now);
        apply(&table, vec![tick("2", now)?], now);
        assert_eq!(table.all(), vec![tick("2", now)?]);
        assert!(listener.try_recv().is_err(), "nobody is told");
        Ok(())
    }

    #[test]
    fn of_two_ticks_in_one_message_both_are_told_in_order() -> Result<(), Box<dyn Error>> {
        let now = OffsetDateTime::now_utc();
        let table = PriceTable::default();
        let mut listener = table.listen();
        let ticks = vec![tick("1", now - Duration::SECOND)?, tick("2", now)?];
        apply(&table, ticks.clone(), now);
        assert_eq!(listener.try_recv()?.to_vec(), ticks);
        assert_eq!(table.all(), vec![tick("2", now)?]);
        Ok(())
    }

    #[test]
    fn the_leaders_table_replaces_what_we_saw_on_our_own() -> Result<(), Box<dyn Error>> {
        let now = OffsetDateTime::now_utc();
        let table = PriceTable::default();
        apply(&table, vec![tick("2", now)?], now);
        let of_leader = vec![tick("1", now - Duration::SECOND)?];
        adopt(&table, of_leader.clone(), now);
        assert_eq!(table.all(), of_leader);
        let mut listener = table.listen();
        adopt(&table, of_leader, now);
        assert!(listener.try_recv().is_err(), "nothing new is told");
        Ok(())
    }

    #[test]
    fn coins_that_the_leader_does_not_have_go() -> Result<(), Box<dyn Error>> {
        let now = OffsetDateTime::now_utc();
        let table = PriceTable::default();
        let own = vec![of("bitcoin", "1", now)?, of("tron", "2", now)?];
        apply(&table, own, now);
        let of_leader = vec![of("bitcoin", "3", now)?];
        adopt(&table, of_leader.clone(), now);
        assert_eq!(table.all(), of_leader);
        Ok(())
    }

    #[test]
    fn a_leader_without_any_price_takes_none_away() -> Result<(), Box<dyn Error>> {
        let now = OffsetDateTime::now_utc();
        let table = PriceTable::default();
        apply(&table, vec![tick("1", now)?], now);
        adopt(&table, Vec::new(), now);
        assert_eq!(table.all(), vec![tick("1", now)?]);
        Ok(())
    }

    #[test]
    fn a_time_in_the_future_becomes_now() -> Result<(), Box<dyn Error>> {
        let now = OffsetDateTime::now_utc();
        let table = PriceTable::default();
        apply(&table, vec![tick("1", now + Duration::HOUR)?], now);
        assert_eq!(table.all(), vec![tick("1", now)?]);
        Ok(())
    }
}
