use super::Outcome;
use domain::{CoinId, market::CandleInterval};
use services::{
    market::candles::bar::Bar,
    store::{CandleRecord, Store},
};

fn candle(
    coin: &str,
    interval: CandleInterval,
    open_at: i64,
    close: f64,
) -> Result<CandleRecord, Box<dyn std::error::Error + Send + Sync>> {
    Ok(CandleRecord {
        coin: CoinId::new(coin)?,
        interval,
        bar: Bar {
            close,
            ..Bar::of(open_at, 0.1 + 0.2)
        },
    })
}

pub(crate) async fn candles_are_found_as_they_were_stored(store: Store) -> Outcome {
    let candles = [
        candle("bitcoin", CandleInterval::M1, 60, 1.5)?,
        candle("ethereum", CandleInterval::M1, 60, 2.5e-9)?,
        candle("bitcoin", CandleInterval::M1, 120, 3.5)?,
    ];
    store.candles.save(&candles).await?;
    store
        .candles
        .save(&[candle("bitcoin", CandleInterval::H1, 0, 9.0)?])
        .await?;
    assert_eq!(store.candles.since(CandleInterval::M1, 0).await?, candles);
    assert_eq!(
        store.candles.since(CandleInterval::M1, 61).await?,
        candles[2..]
    );
    assert_eq!(store.candles.since(CandleInterval::D1, 0).await?, []);
    Ok(())
}

pub(crate) async fn a_candle_replaces_the_one_before(store: Store) -> Outcome {
    store
        .candles
        .save(&[candle("bitcoin", CandleInterval::M1, 60, 1.0)?])
        .await?;
    let later = [candle("bitcoin", CandleInterval::M1, 60, 2.0)?];
    store.candles.save(&later).await?;
    assert_eq!(store.candles.since(CandleInterval::M1, 0).await?, later);
    Ok(())
}

pub(crate) async fn old_candles_of_a_width_are_forgotten(store: Store) -> Outcome {
    let wide = [candle("bitcoin", CandleInterval::H1, 0, 1.0)?];
    let late = [candle("bitcoin", CandleInterval::M1, 120, 1.0)?];
    store
        .candles
        .save(&[candle("bitcoin", CandleInterval::M1, 60, 1.0)?])
        .await?;
    store.candles.save(&late).await?;
    store.candles.save(&wide).await?;
    store.candles.trim(CandleInterval::M1, 120).await?;
    assert_eq!(store.candles.since(CandleInterval::M1, 0).await?, late);
    assert_eq!(store.candles.since(CandleInterval::H1, 0).await?, wide);
    Ok(())
}
