//! Coinbase, "Transaction history", which has lines about its owner above its head.
//!
//! ```csv
//! ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,Total (inclusive of fees and/or spread),Fees and/or Spread,Notes
//! 65b…,2024-01-31 12:00:00 UTC,Buy,BTC,0.5,USD,$20000,$10000,$10012.50,$12.50,Bought 0.5 BTC
//! ```

use super::{
    currency::is_money,
    draft::{Draft, What, Wrong, some},
    read::{Assets, amount, moment, number},
    table::Row,
};
use domain::{
    exchange::{Asset, order::Side},
    portfolio::{Leg, Money, Place, Quantity, fixed::Fixed},
};

pub(super) const COLUMNS: [&str; 5] = [
    "timestamp",
    "transaction type",
    "asset",
    "quantity transacted",
    "subtotal",
];

const CURRENCY: [&str; 2] = ["price currency", "spot price currency"];
const TOTALS: [&str; 3] = [
    "total (inclusive of fees and/or spread)",
    "total (inclusive of fees)",
    "total",
];
const FEES: [&str; 2] = ["fees and/or spread", "fees"];

pub(super) fn draft(row: &Row<'_>, assets: &Assets<'_>) -> Result<Vec<Draft>, Wrong> {
    let asset = assets.read("asset", row.text("asset"))?;
    let quantity: Quantity = number(
        "quantity transacted",
        row.text("quantity transacted"),
        row.decimal_comma,
    )?;
    if quantity.is_zero() {
        return Err(Wrong::column("quantity transacted", "must be above zero"));
    }
    // What leaves is written with a minus in newer files.
    let quantity = absolute(quantity);
    let leg = Leg::new(asset, quantity);
    let is_money = is_money(&leg);
    let currency = match row.first_of(&CURRENCY) {
        "" => Asset::USD,
        text => assets.money("price currency", text)?,
    };
    let money_of = |column, text: &str| match text {
        "" => Ok(None),
        text => {
            let money: Money = number(column, text, row.decimal_comma)?;
            let money = Leg::new(currency, absolute(money).with_places()?);
            Ok::<_, Wrong>(Some(money))
        }
    };
    let subtotal = money_of("subtotal", row.text("subtotal"))?;
    let money = || match subtotal {
        None => Err(Wrong::column("subtotal", "is missing")),
        Some(subtotal) if subtotal.quantity.is_zero() => {
            Err(Wrong::column("subtotal", "must be above zero"))
        }
        Some(subtotal) => Ok(subtotal),
    };
    let kind = row.text("transaction type").to_lowercase();
    let what = match kind.as_str() {
        "buy" | "advanced trade buy" | "advance trade buy" => What::Trade {
            given: money()?,
            received: leg,
        },
        "sell" | "advanced trade sell" | "advance trade sell" => What::Trade {
            given: leg,
            received: money()?,
        },
        "convert" => What::Trade {
            given: leg,
            received: converted(row, assets)?,
        },
        "send" | "withdrawal" | "pro deposit" | "exchange deposit" if !is_money => {
            What::ToWallet(leg)
        }
        "receive" | "deposit" | "pro withdrawal" | "exchange withdrawal" if !is_money => {
            What::FromWallet(leg)
        }
        "deposit" | "receive" => What::Came(leg),
        "withdrawal" | "send" => What::Left(leg),
        // Between their own accounts.
        _ if kind.contains("staking transfer") => return Ok(Vec::new()),
        _ if is_reward(&kind) => What::Came(leg),
        _ => {
            return Err(Wrong::column(
                "transaction type",
                "is one that is not known here",
            ));
        }
    };
    let side = match what {
        // No money moves: what is kept of it is in the rate at which it was converted.
        What::Trade { .. } if kind == "convert" => None,
        What::Trade { .. } if kind.ends_with("sell") => Some(Side::Sell),
        What::Trade { .. } => Some(Side::Buy),
        _ => None,
    };
    let worth = match subtotal {
        None if kind == "convert" => money_of("total", row.first_of(&TOTALS))?,
        subtotal => subtotal,
    };
    let at = moment("timestamp", row.text("timestamp"))?;
    Ok(vec![Draft {
        side,
        // Money is worth what it is.
        worth: worth.filter(|worth| !worth.quantity.is_zero() && !is_money),
        fee: side.map_or(Ok(None), |_| fee(row, currency))?,
        reference: Some(row.text("id").to_owned()).filter(|id| !id.is_empty()),
        ..Draft::new(at, Place::Coinbase, what)
    }])
}

fn is_reward(kind: &str) -> bool {
    ["reward", "income", "interest", "earn", "airdrop"]
        .iter()
        .any(|word| kind.contains(word))
}

fn absolute<const P: u32>(amount: Fixed<P>) -> Fixed<P> {
    if amount.is_negative() {
        amount.negated()
    } else {
        amount
    }
}

fn fee(row: &Row<'_>, currency: Asset) -> Result<Option<Leg>, Wrong> {
    let text = row.first_of(&FEES);
    if text.is_empty() {
        return Ok(None);
    }
    let fee = absolute(number::<10>("fees and/or spread", text, row.decimal_comma)?);
    Ok(some(currency, fee.with_places()?))
}

/// `Converted 0.1 ETH to 0.005 BTC`: what came is in the notes alone.
fn converted(row: &Row<'_>, assets: &Assets<'_>) -> Result<Leg, Wrong> {
    let wrong = || Wrong::column("notes", "must be such as: Converted 0.1 ETH to 0.005 BTC");
    let (_, came) = row.text("notes").rsplit_once(" to ").ok_or_else(wrong)?;
    let (quantity, asset) = came.trim().split_once(' ').ok_or_else(wrong)?;
    let asset = assets.read("notes", asset)?;
    Ok(Leg::new(
        asset,
        amount("notes", quantity, row.decimal_comma)?,
    ))
}
