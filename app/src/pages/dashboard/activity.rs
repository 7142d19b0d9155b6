//! What happened last, here and elsewhere.

use super::shown::Shown;
use crate::{
    components::{
        data_table::{
            Column::{Number, Text},
            table,
        },
        panel::panel,
    },
    format::minute,
};
use domain::portfolio::{Act, Entry, Leg};
use leptos::prelude::*;

pub(super) fn recent(shown: &Shown) -> AnyView {
    let rows = shown.statement.recent.iter().map(|entry| row(shown, entry));
    let rows: Vec<_> = rows.collect();
    let columns = [
        Text("When"),
        Text("Where"),
        Text("What"),
        Number("Amount"),
        Number("For"),
        Number("Fee"),
    ];
    let (title, caption) = ("Recent activity", "What happened last, the latest first");
    let content = view! {
        <div class="cards">{table("activity", title, caption, &columns, rows)}</div>
        <p>
            <a href="/transactions">"All transactions on CryptoVault"</a>
        </p>
    };
    panel(title, content)
}

/// What happened, how much came or went, and for how much.
fn words(act: &Act) -> (&'static str, Leg, Option<Leg>) {
    match *act {
        Act::Trade {
            given, received, ..
        } if received.is_dollars() => ("Sold", given, Some(received)),
        Act::Trade {
            given, received, ..
        } => ("Bought", received, Some(given)),
        Act::Deposit { leg, .. } => ("Came in", leg, None),
        Act::Withdrawal { leg, worth } if worth.is_zero() => ("Spent", leg, None),
        Act::Withdrawal { leg, .. } => ("Went out", leg, None),
        Act::Transfer { leg, .. } => ("Moved", leg, None),
    }
}

fn row(shown: &Shown, entry: &Entry) -> AnyView {
    let amount = |leg: Leg| match leg.is_dollars() {
        true => shown.usd(leg.quantity),
        false => format!("{} {}", shown.amount(leg.quantity), leg.asset),
    };
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let (what, leg, price) = words(&entry.act);
    let fee = match entry.act {
        Act::Trade { fee, .. } => fee.map(|fee| amount(fee.leg)),
        _ => None,
    };
    let to = match entry.act {
        Act::Transfer { to, .. } => format!(" to {}", to.name()),
        _ => String::new(),
    };
    view! {
        <tr>
            <th scope="row">{minute(entry.at.into())}</th>
            <td data-label="Where">{entry.place.name()}</td>
            <td data-label="What">{what} {to}</td>
            <td class="num" data-label="Amount">{amount(leg)}</td>
            <td class="num" data-label="For">{or_none(price.map(amount))}</td>
            <td class="num" data-label="Fee">{or_none(fee)}</td>
        </tr>
    }
    .into_any()
}
