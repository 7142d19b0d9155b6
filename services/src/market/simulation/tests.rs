//! The simulated market as a whole.

use super::*;
use crate::market::catalogue::InvalidCatalogue;

fn market(seed: u64) -> Result<(Catalogue, Simulation), InvalidCatalogue> {
    let catalogue = Catalogue::bundled()?;
    let simulation = Simulation::new(&catalogue, seed);
    Ok((catalogue, simulation))
}

fn at(second: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(1_780_000_000 + second)
}

#[test]
fn equal_seeds_give_equal_markets_and_others_do_not() -> Result<(), InvalidCatalogue> {
    let (first, second, other) = (market(1)?.1, market(1)?.1, market(2)?.1);
    assert_eq!(first.snapshot(at(0)), second.snapshot(at(0)));
    assert_ne!(first.snapshot(at(0)), other.snapshot(at(0)));
    Ok(())
}

#[test]
fn live_ticks_lie_on_the_chart() -> Result<(), InvalidCatalogue> {
    let (_, simulation) = market(1)?;
    for tick in simulation.ticks(at(0)) {
        let live = number::to_double(tick.price.get());
        let chart = simulation.prices(&tick.coin_id, Days::One, at(0));
        assert_eq!(chart.last().map(|(_, price)| *price), Some(live));
        // A day later the same instant is history.
        let later = simulation.price_at(&tick.coin_id, at(0));
        assert_eq!(later, Some(live));
    }
    Ok(())
}

#[test]
fn prices_stay_near_their_reference_and_stablecoins_near_one() -> Result<(), InvalidCatalogue> {
    let (catalogue, simulation) = market(1)?;
    for coin in catalogue.coins() {
        let reference = number::to_double(coin.price.get());
        let bound = (coin.volatility * Noise::BOUND * 1.5).exp();
        for week in 0..520 {
            let price = simulation
                .price_at(&coin.id, at(week * 604_800))
                .unwrap_or_default();
            let ratio = price / reference;
            assert!((1.0 / bound..bound).contains(&ratio), "{} {ratio}", coin.id);
            assert!(
                !coin.stablecoin || (0.98..1.02).contains(&price),
                "{} {price}",
                coin.id
            );
        }
    }
    Ok(())
}

#[test]
fn every_coin_ticks_before_it_is_stale_but_not_all_each_second() -> Result<(), InvalidCatalogue> {
    let (catalogue, simulation) = market(1)?;
    let coins = catalogue.coins().len();
    let mut last: HashMap<CoinId, i64> = HashMap::new();
    for second in 0..120 {
        let ticks = simulation.ticks(at(second));
        assert!(!ticks.is_empty() && ticks.len() < coins, "{}", ticks.len());
        for tick in ticks {
            last.insert(tick.coin_id, second);
        }
        if second >= HEARTBEAT_SECONDS {
            assert_eq!(last.len(), coins);
            assert!(last.values().all(|at| second - at < HEARTBEAT_SECONDS));
        }
    }
    Ok(())
}
