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
    read::{Assets, moment, number},
    table::Row,
};
use domain::{
    exchange::Asset,
    portfolio::{Leg, Place, Quantity},
};

pub(super) const TRADES: [&str; 7] = ["txid", "pair", "time", "type", "cost", "fee", "vol"];
pub(super) const LEDGERS: [&str; 6] = ["txid", "time", "type", "asset", "amount", "fee"];

pub(super) fn draft(row: &Row<'_>, assets: &Assets<'_>) -> Result<Vec<Draft>, Wrong> {
    if row.text("pair").is_empty() {
        ledger(row, assets)
    } else {
        Ok(vec![trade(row, assets)?])
    }
}

fn trade(row: &Row<'_>, assets: &Assets<'_>) -> Result<Draft, Wrong> {
    let (base, quote) = pair(row.text("pair"), assets)?;
    let of = |column| number::<18>(column, row.text(column), row.decimal_comma);
    let (base, paid) = (Leg::new(base, of("vol")?), Leg::new(quote, of("cost")?));
    let what = match row.text("type") {
        "buy" => What::Trade {
            given: paid,
            received: base,
        },
        "sell" => What::Trade {
            given: base,
            received: paid,
        },
        _ => return Err(Wrong::column("type", "must be buy or sell")),
    };
    let at = moment("time", row.text("time"))?;
    Ok(Draft {
        fee: some(quote, of("fee")?),
        reference: Some(row.text("txid").to_owned()),
        ..Draft::new(at, Place::Kraken, what)
    })
}

fn ledger(row: &Row<'_>, assets: &Assets<'_>) -> Result<Vec<Draft>, Wrong> {
    let (kind, subtype) = (row.text("type"), row.text("subtype"));
    if row.text("txid").is_empty() {
        let why = "is missing: the exchange has not finished this one yet";
        return Err(Wrong::column("txid", why));
    }
    match kind {
        "trade" | "margin" | "rollover" | "settled" => return Ok(Vec::new()),
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
    let (at, reference) = (moment("time", row.text("time"))?, row.text("txid"));
    let draft = |what, reference: String| Draft {
        reference: Some(reference),
        ..Draft::new(at, Place::Kraken, what)
    };
    let fee = number("fee", row.text("fee"), row.decimal_comma)?;
    let fee = some(asset, fee).map(|fee| draft(What::Spent(fee), format!("{reference}:fee")));
    Ok(fee
        .into_iter()
        .chain([draft(what, reference.to_owned())])
        .collect())
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
