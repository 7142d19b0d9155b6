//! Kraken, "Trades" and "Ledgers".
//!
//! ```csv
//! "txid","ordertxid","pair","time","type","ordertype","price","cost","fee","vol","margin","misc","ledgers"
//! "TABC…","OABC…","XXBTZUSD","2024-01-31 12:00:00.1234","buy","limit",43000,21500,55.9,0.5,0,"",""
//! ```
//! ```csv
//! "txid","refid","time","type","subtype","aclass","asset","amount","fee","balance"
//! "LABC…","FABC…","2024-01-31 12:00:00","withdrawal","","currency","XXBT",-0.5,0.00001,0.1
//! ```
//!
//! Of ledgers only what came and went is taken: their trades are in the other file.

use super::{
    draft::{Draft, What, Wrong, some},
    read::{Assets, amount, moment, number},
    table::Row,
};
use domain::{
    exchange::{Asset, order::Side},
    portfolio::{Leg, Place, Quantity},
};

pub(super) const TRADES: [&str; 7] = ["txid", "pair", "time", "type", "cost", "fee", "vol"];
pub(super) const LEDGERS: [&str; 6] = ["txid", "time", "type", "asset", "amount", "fee"];

const MARGIN: &str = "is part of a trade on margin: what was borrowed for it is no holding, and nothing was bought \
                      or sold for good. What it brought in or cost in the end is to be entered by hand";

pub(super) fn draft(row: &Row<'_>, assets: &Assets<'_>) -> Result<Vec<Draft>, Wrong> {
    if row.text("pair").is_empty() {
        ledger(row, assets)
    } else {
        Ok(vec![trade(row, assets)?])
    }
}

fn trade(row: &Row<'_>, assets: &Assets<'_>) -> Result<Draft, Wrong> {
    let (base, quote) = pair(row.text("pair"), assets)?;
    if is_on_margin(row)? {
        return Err(Wrong::Skipped(MARGIN));
    }
    let of = |column| amount::<18>(column, row.text(column), row.decimal_comma);
    let (base, mut paid) = (Leg::new(base, of("vol")?), Leg::new(quote, of("cost")?));
    let fee: Quantity = number("fee", row.text("fee"), row.decimal_comma)?;
    let side = match row.text("type") {
        "buy" => Side::Buy,
        "sell" => Side::Sell,
        _ => return Err(Wrong::column("type", "must be buy or sell")),
    };
    if fee.is_negative() {
        // Who makes a market may be paid for it: so much less was paid, or more was got.
        paid.quantity = match side {
            Side::Buy => paid.quantity.plus(fee)?,
            Side::Sell => paid.quantity.minus(fee)?,
        };
        if paid.quantity <= Quantity::ZERO {
            return Err(Wrong::column("fee", "must give back less than was paid"));
        }
    }
    let what = match side {
        Side::Buy => What::Trade {
            given: paid,
            received: base,
        },
        Side::Sell => What::Trade {
            given: base,
            received: paid,
        },
    };
    let at = moment("time", row.text("time"))?;
    Ok(Draft {
        side: Some(side),
        fee: some(quote, fee).filter(|fee| !fee.quantity.is_negative()),
        reference: Some(row.text("txid").to_owned()),
        ..Draft::new(at, Place::Kraken, what)
    })
}

/// Whether a position was opened or closed on margin. Files from before there was margin have no such column.
fn is_on_margin(row: &Row<'_>) -> Result<bool, Wrong> {
    let closes = row.text("misc").split(',').any(|word| word == "closing");
    match row.text("margin") {
        "" => Ok(closes),
        text => {
            let margin: Quantity = number("margin", text, row.decimal_comma)?;
            Ok(closes || !margin.is_zero())
        }
    }
}

fn ledger(row: &Row<'_>, assets: &Assets<'_>) -> Result<Vec<Draft>, Wrong> {
    let (kind, subtype) = (row.text("type"), row.text("subtype"));
    if row.text("txid").is_empty() {
        let why = "is missing: the exchange has not finished this one yet";
        return Err(Wrong::column("txid", why));
    }
    match kind {
        "trade" => return Ok(Vec::new()),
        "margin" | "rollover" | "settled" => return Err(Wrong::Skipped(MARGIN)),
        "spend" | "receive" => {
            let why =
                "is half of an instant purchase, which no file has as a whole: enter it by hand";
            return Err(Wrong::column("type", why));
        }
        // Between their own accounts.
        "transfer" if subtype.contains("staking") => return Ok(Vec::new()),
        "earn" | "staking" if !matches!(subtype, "" | "reward" | "bonus") => return Ok(Vec::new()),
        _ => {}
    }
    let asset = asset(row.text("asset"), assets)
        .ok_or_else(|| Wrong::column("asset", "is no asset of this desk"))?;
    let amount: Quantity = number("amount", row.text("amount"), row.decimal_comma)?;
    if amount.is_negative() && matches!(kind, "staking" | "earn" | "reward" | "dividend") {
        return Ok(Vec::new());
    }
    if amount.is_zero() {
        return Err(Wrong::column("amount", "must be above zero"));
    }
    let leg = Leg::new(
        asset,
        if amount.is_negative() {
            amount.negated()
        } else {
            amount
        },
    );
    let what = match (kind, leg.is_dollars()) {
        ("deposit", true) | ("staking" | "earn" | "reward" | "dividend", _) => What::Came(leg),
        ("withdrawal", true) => What::Left(leg),
        ("deposit", false) => What::FromWallet(leg),
        ("withdrawal", false) => What::ToWallet(leg),
        _ => return Err(Wrong::column("type", "is one that is not known here")),
    };
    let at = moment("time", row.text("time"))?;
    let fee: Quantity = number("fee", row.text("fee"), row.decimal_comma)?;
    // Rows with a fee are known by it: so they were before, whatever comes first.
    let suffix = if fee.is_zero() { "" } else { ":fee" };
    let draft = |what| Draft {
        reference: Some(format!("{}{suffix}", row.text("txid"))),
        ..Draft::new(at, Place::Kraken, what)
    };
    let fee = some(asset, fee).map(|fee| match fee.quantity.is_negative() {
        // Given back.
        true => What::Came(Leg::new(asset, fee.quantity.negated())),
        false => What::Spent(fee),
    });
    // What came is there before its fee is taken out of it.
    let (first, second) = match what {
        What::Came(_) | What::FromWallet(_) => (Some(what), fee),
        _ => (fee, Some(what)),
    };
    Ok(first.into_iter().chain(second).map(draft).collect())
}

fn pair(text: &str, assets: &Assets<'_>) -> Result<(Asset, Asset), Wrong> {
    let text = text.to_uppercase().replace('/', "");
    let places = text.char_indices().map(|(place, _)| place).skip(1);
    let found = places.into_iter().find_map(|place| {
        Some((
            asset(text.get(..place)?, assets)?,
            asset(text.get(place..)?, assets)?,
        ))
    });
    found.ok_or_else(|| Wrong::column("pair", "is no pair of assets of this desk"))
}

/// Kraken calls some by names of its own: `XXBT`, `XETH`, `ZUSD`, `XDG`; staked ones end in `.S` and the
/// like.
fn asset(text: &str, assets: &Assets<'_>) -> Option<Asset> {
    let name = text.trim().to_uppercase();
    let name = name.split('.').next().unwrap_or_default();
    let own = match name {
        "XBT" | "XXBT" => "BTC",
        "XDG" | "XXDG" => "DOGE",
        name => name,
    };
    let read = |name: &str| assets.read("asset", name).ok();
    let long = own
        .strip_prefix(['X', 'Z'])
        .filter(|short| short.len() == 3);
    read(own).or_else(|| long.and_then(read))
}
