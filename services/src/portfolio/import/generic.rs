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
//!
//! A fee of what came, left or was moved is paid where the row says, beside the quantity: of 1 BTC that came
//! with a fee of 0.01 there is 0.99, and where 1 BTC left with such a fee there is 1.01 less.

use super::{
    currency::is_money,
    draft::{Draft, What, Wrong, some},
    read::{Assets, amount, moment, none_or_more},
    table::Row,
};
use domain::{
    exchange::{Asset, order::Side},
    portfolio::{Leg, Money, Place, Quantity},
};

pub(super) const COLUMNS: [&str; 4] = ["date", "type", "asset", "quantity"];

pub(super) fn draft(row: &Row<'_>, assets: &Assets<'_>) -> Result<Vec<Draft>, Wrong> {
    let asset = assets.read("asset", row.text("asset"))?;
    let quantity: Quantity = amount("quantity", row.text("quantity"), row.decimal_comma)?;
    let leg = Leg::new(asset, quantity);
    let currency = currency(row, assets)?;
    let total = money("total", row, currency)?;
    let paid = || match total {
        None => Err(Wrong::column("total", "is missing")),
        Some(total) if total.quantity.is_zero() => {
            Err(Wrong::column("total", "must be above zero"))
        }
        Some(total) => Ok(total),
    };
    let kind = row.text("type").to_lowercase();
    let what = match kind.as_str() {
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
    let fee = fee(row, assets, currency)?;
    let draft = Draft {
        worth: total,
        reference: Some(row.text("id").to_owned()).filter(|id| !id.is_empty()),
        ..Draft::new(at, place, what)
    };
    if !matches!(what, What::Trade { .. }) {
        return beside(draft, fee);
    }
    let side = if kind == "sell" {
        Side::Sell
    } else {
        Side::Buy
    };
    Ok(vec![Draft {
        side: Some(side),
        fee,
        fee_worth: money("fee_total", row, currency)?,
        ..draft
    }])
}

/// What was no trade, and its fee. That comes second, so that the row is known by the same key whether it was
/// imported with its fee or before fees of such rows were taken.
fn beside(draft: Draft, fee: Option<Leg>) -> Result<Vec<Draft>, Wrong> {
    let Some(fee) = fee else {
        return Ok(vec![draft]);
    };
    if is_money(&fee) && !fee.is_dollars() {
        let why = format!(
            "is in {}, which stays outside the portfolio: leave it out of a row that is neither bought nor sold",
            fee.asset
        );
        return Err(Wrong::column("fee", why));
    }
    let spent = draft.only(What::Spent(fee));
    Ok(vec![draft, spent])
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
    let amount: Money = none_or_more(column, text, row.decimal_comma)?;
    Ok(Some(Leg::new(currency, amount.with_places()?)))
}

fn fee(row: &Row<'_>, assets: &Assets<'_>, currency: Asset) -> Result<Option<Leg>, Wrong> {
    let fee = row.text("fee");
    if fee.is_empty() {
        return Ok(None);
    }
    let quantity = none_or_more("fee", fee, row.decimal_comma)?;
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
