//! Binance, "Trade History" (Orders → Spot → Trade history → Export), in its newer and its older form.
//!
//! ```csv
//! Date(UTC),Pair,Side,Price,Executed,Amount,Fee
//! 2024-01-31 12:00:00,BTCUSDT,BUY,43000,0.5000000000BTC,21500.00000000USDT,0.00050000BTC
//! ```
//! ```csv
//! Date(UTC),Market,Type,Price,Amount,Total,Fee,Fee Coin
//! 2018-01-31 12:00:00,ETHBTC,SELL,0.1,2,0.2,0.0002,BTC
//! ```

use super::{
    draft::{Draft, What, Wrong, some},
    read::{Assets, amount, moment, none_or_more},
    table::Row,
};
use domain::{
    exchange::order::Side,
    portfolio::{Leg, Place, Quantity},
};

pub(super) const NEW: [&str; 6] = ["date(utc)", "pair", "side", "executed", "amount", "fee"];
pub(super) const OLD: [&str; 7] = [
    "date(utc)",
    "market",
    "type",
    "amount",
    "total",
    "fee",
    "fee coin",
];

pub(super) fn draft(row: &Row<'_>, assets: &Assets<'_>) -> Result<Vec<Draft>, Wrong> {
    let (base, quote, fee) = if !row.has_all(&NEW) {
        older(row, assets)?
    } else {
        let base = above_zero("executed", row, assets)?;
        let quote = above_zero("amount", row, assets)?;
        let fee = match row.text("fee") {
            "" | "0" => None,
            _ => Some(together("fee", row, assets)?),
        };
        (base, quote, fee)
    };
    let side = row.first_of(&["side", "type"]).to_uppercase();
    let (side, what) = match side.as_str() {
        "BUY" => (
            Side::Buy,
            What::Trade {
                given: quote,
                received: base,
            },
        ),
        "SELL" => (
            Side::Sell,
            What::Trade {
                given: base,
                received: quote,
            },
        ),
        _ => return Err(Wrong::column("side", "must be BUY or SELL")),
    };
    let at = moment("date(utc)", row.text("date(utc)"))?;
    Ok(vec![Draft {
        side: Some(side),
        fee: fee.filter(|fee| !fee.quantity.is_zero()),
        ..Draft::new(at, Place::Binance, what)
    }])
}

fn older(row: &Row<'_>, assets: &Assets<'_>) -> Result<(Leg, Leg, Option<Leg>), Wrong> {
    let market = row.text("market").to_uppercase();
    let places = market.char_indices().map(|(place, _)| place).skip(1);
    let pair = places.into_iter().find_map(|place| {
        let (base, quote) = (market.get(..place)?, market.get(place..)?);
        let asset = |text| assets.read("market", text).ok();
        Some((asset(base)?, asset(quote)?))
    });
    let (base, quote) =
        pair.ok_or_else(|| Wrong::column("market", "is no pair of assets of this desk"))?;
    let of = |column| amount::<18>(column, row.text(column), row.decimal_comma);
    let fee: Quantity = none_or_more("fee", row.text("fee"), row.decimal_comma)?;
    let fee = match row.text("fee coin") {
        "" => None,
        text => some(assets.read("fee coin", text)?, fee),
    };
    Ok((
        Leg::new(base, of("amount")?),
        Leg::new(quote, of("total")?),
        fee,
    ))
}

/// The same of which there must be some.
fn above_zero(column: &'static str, row: &Row<'_>, assets: &Assets<'_>) -> Result<Leg, Wrong> {
    let leg = together(column, row, assets)?;
    if leg.quantity.is_zero() {
        return Err(Wrong::column(column, "must be above zero"));
    }
    Ok(leg)
}

/// A number with its asset behind it: `0.5BTC`, `1,234.5USDT`.
fn together(column: &'static str, row: &Row<'_>, assets: &Assets<'_>) -> Result<Leg, Wrong> {
    let text = row.text(column);
    let end = text.find(|c: char| !(c.is_ascii_digit() || ".,-".contains(c)));
    // A ticker may begin with a digit, as 1INCH does: then the longest number that leaves one.
    let split = end.and_then(|end| {
        let starts = (0..=end).rev();
        starts.into_iter().find_map(|place| {
            let asset = assets.read(column, text.get(place..)?).ok()?;
            Some((text.get(..place)?, asset))
        })
    });
    let Some((quantity, asset)) = split else {
        return Err(Wrong::column(
            column,
            "must be a number and an asset of this desk, such as 0.5BTC",
        ));
    };
    Ok(Leg::new(
        asset,
        none_or_more(column, quantity, row.decimal_comma)?,
    ))
}
