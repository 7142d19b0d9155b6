//! A file that anybody can write.
//!
//! ```csv
//! date,type,asset,quantity,total,fee,fee_asset,place,id
//! 2024-01-31 12:00:00,buy,BTC,0.5,10000,12.50,USD,kraken,a1
//! 2024-02-01 08:30:00,transfer_out,BTC,0.5,,,,kraken,a2
//! ```
//!
//! `type` is `buy`, `sell`, `deposit`, `withdrawal`, `reward`, `transfer_in` or `transfer_out`; `total`
//! is in US dollars, without the fee, and needed for buying and selling. The rest may be left out.

use super::{
    draft::{Draft, What, Wrong, some},
    read::{Assets, moment, number},
    table::Row,
};
use domain::portfolio::{Leg, Money, Place, Quantity};

pub(super) const COLUMNS: [&str; 4] = ["date", "type", "asset", "quantity"];

pub(super) fn draft(row: &Row<'_>, assets: &Assets<'_>) -> Result<Vec<Draft>, Wrong> {
    let asset = assets.read("asset", row.text("asset"))?;
    let quantity: Quantity = number("quantity", row.text("quantity"), row.decimal_comma)?;
    let leg = Leg::new(asset, quantity);
    let total = match row.text("total") {
        "" => None,
        text => Some(number::<10>("total", text, row.decimal_comma)?),
    };
    let dollars = |total: Option<Money>| -> Result<Leg, Wrong> {
        let total = total.ok_or_else(|| Wrong::column("total", "is missing"))?;
        Ok(Leg::dollars(total)?)
    };
    let what = match row.text("type").to_lowercase().as_str() {
        "buy" => What::Trade {
            given: dollars(total)?,
            received: leg,
        },
        "sell" => What::Trade {
            given: leg,
            received: dollars(total)?,
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
    Ok(vec![Draft {
        at: moment("date", row.text("date"))?,
        place: place(row.text("place"))?,
        what,
        worth: total,
        fee: fee(row, assets)?,
        reference: Some(row.text("id").to_owned()).filter(|id| !id.is_empty()),
    }])
}

fn fee(row: &Row<'_>, assets: &Assets<'_>) -> Result<Option<Leg>, Wrong> {
    let fee = row.text("fee");
    if fee.is_empty() {
        return Ok(None);
    }
    let quantity = number("fee", fee, row.decimal_comma)?;
    let asset = match row.text("fee_asset") {
        "" => domain::exchange::Asset::USD,
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
