//! A file that anybody can write.
//!
//! ```csv
//! date,type,asset,quantity,total,fee,fee_asset,place,id
//! 2024-01-31 12:00:00,buy,BTC,0.5,10000,12.50,USD,kraken,a1
//! 2024-02-01 08:30:00,transfer_out,BTC,0.5,,,,kraken,a2
//! ```
//!
//! `type` is `buy`, `sell`, `deposit`, `withdrawal`, `reward`, `transfer_in` or `transfer_out`; `total`
//! is without the fee, and needed for buying and selling, and wherever nobody here knows what something cost
//! on that day. It is in US dollars, or in the `currency` of the row. `fee_total` is what a fee in coins was
//! worth. The rest may be left out.

use super::{
    draft::{Draft, What, Wrong, some},
    read::{Assets, moment, number},
    table::Row,
};
use domain::{
    exchange::Asset,
    portfolio::{Leg, Money, Place, Quantity},
};

pub(super) const COLUMNS: [&str; 4] = ["date", "type", "asset", "quantity"];

pub(super) fn draft(row: &Row<'_>, assets: &Assets<'_>) -> Result<Vec<Draft>, Wrong> {
    let asset = assets.read("asset", row.text("asset"))?;
    let quantity: Quantity = number("quantity", row.text("quantity"), row.decimal_comma)?;
    let leg = Leg::new(asset, quantity);
    let currency = currency(row, assets)?;
    let total = money("total", row, currency)?;
    let paid = || total.ok_or_else(|| Wrong::column("total", "is missing"));
    let what = match row.text("type").to_lowercase().as_str() {
        "buy" => What::Trade {
            given: paid()?,
            received: leg,
        },
        "sell" => What::Trade {
            given: leg,
            received: paid()?,
        },
        "deposit" | "reward" => What::Came(leg),
        "withdrawal" => What::Left(leg),
        "transfer_in" => What::FromWallet(leg),
        "transfer_out" => What::ToWallet(leg),
        _ => {
            let known =
                "must be buy, sell, deposit, withdrawal, reward, transfer_in or transfer_out";
            return Err(Wrong::column("type", known));
        }
    };
    let (at, place) = (moment("date", row.text("date"))?, place(row.text("place"))?);
    Ok(vec![Draft {
        worth: total,
        fee: fee(row, assets, currency)?,
        fee_worth: money("fee_total", row, currency)?,
        reference: Some(row.text("id").to_owned()).filter(|id| !id.is_empty()),
        ..Draft::new(at, place, what)
    }])
}

/// The money that the row is in.
fn currency(row: &Row<'_>, assets: &Assets<'_>) -> Result<Asset, Wrong> {
    match row.text("currency") {
        "" => Ok(Asset::USD),
        text => assets.money("currency", text),
    }
}

/// So much of that money, if the column says so.
fn money(column: &'static str, row: &Row<'_>, currency: Asset) -> Result<Option<Leg>, Wrong> {
    let text = row.text(column);
    if text.is_empty() {
        return Ok(None);
    }
    let amount: Money = number(column, text, row.decimal_comma)?;
    Ok(Some(Leg::new(currency, amount.with_places()?)))
}

fn fee(row: &Row<'_>, assets: &Assets<'_>, currency: Asset) -> Result<Option<Leg>, Wrong> {
    let fee = row.text("fee");
    if fee.is_empty() {
        return Ok(None);
    }
    let quantity = number("fee", fee, row.decimal_comma)?;
    let asset = match row.text("fee_asset") {
        "" => currency,
        text => assets.read("fee_asset", text)?,
    };
    Ok(some(asset, quantity))
}

fn place(text: &str) -> Result<Place, Wrong> {
    Ok(match text.to_lowercase().as_str() {
        "" | "elsewhere" => Place::Elsewhere,
        "binance" => Place::Binance,
        "coinbase" => Place::Coinbase,
        "kraken" => Place::Kraken,
        // Exports write it in full.
        "wallet" | "own wallet" => Place::Wallet,
        "cryptovault" | "exchange" => {
            let known = "what happened on this desk is in your portfolio already";
            return Err(Wrong::column("place", known));
        }
        _ => {
            let known = "must be binance, coinbase, kraken, wallet or elsewhere";
            return Err(Wrong::column("place", known));
        }
    })
}
