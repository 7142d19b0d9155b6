//! How everything stands.

use super::{
    super::{Request, locale, minute, panel::panel},
    age, facts, or_dash,
};
use crate::{
    components::data_table::{
        Column::{Number, Text},
        table,
    },
    error::AppError,
    functions::answer::fail,
};
use domain::{
    admin::{AdminStats, AssetTotals, Due, ExchangeState, Queue, TradingStats, UserCounts},
    feed::FeedStatus,
    format::{self, Locale},
    trading::Digits,
};
use leptos::prelude::*;
use services::auth::Identity;

pub(super) async fn section(request: &Request, identity: &Identity) -> Result<AnyView, AppError> {
    let stats = request.services.admin.stats(identity).await;
    let stats = stats.map_err(fail)?;
    let locale = locale();
    let view = view! {
        {panel("Accounts", users(&stats.users, locale))}
        {panel("Trading", trading(&stats.trading, locale))}
        {panel("Balances and ledger", balances(&stats, locale))}
        {panel("Prices", feed(&stats.feed))}
        {panel("Waiting on this server", queues(&stats.queues, locale))}
        {panel("Notifications to be sent", due(&stats.deliveries, locale))}
    };
    Ok(view.into_any())
}

fn users(counts: &UserCounts, locale: Locale) -> AnyView {
    let count = |number| format::integer(number, locale);
    facts(
        "user-counts",
        vec![
            ("In all", count(counts.total)),
            ("Administrators", count(counts.admins)),
            ("Suspended", count(counts.suspended)),
            ("Active in 24 hours", count(counts.active_24h)),
            ("Signed in", count(counts.signed_in)),
            ("Open sessions", count(counts.sessions)),
        ],
    )
}

pub(super) const fn exchange(state: ExchangeState) -> &'static str {
    match state {
        ExchangeState::Here => "Open, on this server",
        ExchangeState::Elsewhere => "On another server",
        ExchangeState::Closed => "Closed: see the log",
    }
}

fn trading(stats: &TradingStats, locale: Locale) -> AnyView {
    let count = |number| format::integer(number, locale);
    let waiting = stats.waiting_withdrawals;
    let decide = waiting.filter(|waiting| *waiting > 0).map(|_| {
        view! {
            <p>
                <a href="/admin/withdrawals">"Decide about withdrawals"</a>
            </p>
        }
    });
    let figures = facts(
        "trading-counts",
        vec![
            ("Exchange", exchange(stats.state).to_owned()),
            (
                "Volume in 24 hours",
                format::usd(stats.volume_24h.get(), locale),
            ),
            ("Trades in 24 hours", count(stats.trades_24h)),
            ("Orders in 24 hours", count(stats.orders_24h)),
            ("Open orders", or_dash(stats.open_orders.map(count))),
            ("Waiting withdrawals", or_dash(waiting.map(count))),
            ("Orders of all time", count(stats.orders)),
            ("Fills of all time", count(stats.fills)),
        ],
    );
    view! {
        {figures}
        {decide}
        <p>
            <small>"Trades were added up at " {minute(stats.as_of)} "."</small>
        </p>
    }
    .into_any()
}

fn balances(stats: &AdminStats, locale: Locale) -> AnyView {
    if stats.balances.is_empty() {
        return view! { <p>"Nobody has anything yet."</p> }.into_any();
    }
    let wrong = stats.balances.iter().any(|row| row.agrees == Some(false));
    let verdict = match (stats.compared, wrong) {
        (_, true) => view! {
            <p class="form-error" role="alert">
                "Balances and ledger differ. Stop trading, and run cryptovault check-ledger."
            </p>
        }
        .into_any(),
        (true, false) => view! { <p>"Balances and ledger agree."</p> }.into_any(),
        (false, false) => view! {
            <p>"Balances and ledger could not be compared just now: the exchange is closed, or busy. Load the page again."</p>
        }
        .into_any(),
    };
    let rows: Vec<_> = stats
        .balances
        .iter()
        .map(|row| asset(row, locale))
        .collect();
    let columns = [
        Text("Asset"),
        Number("Users"),
        Number("Ledger"),
        Number("House"),
        Number("Fees"),
        Number("Outside"),
        Text("Agree"),
    ];
    let title = "Balances and ledger";
    view! {
        {verdict}
        {table("ledger", title, "What users are shown to have, and what the ledger says", &columns, rows)}
    }
    .into_any()
}

fn asset(row: &AssetTotals, locale: Locale) -> AnyView {
    let amount = |digits: Digits| format::amount(digits.get(), locale);
    let maybe = |digits: Option<Digits>| or_dash(digits.map(amount));
    let agree = match row.agrees {
        Some(true) => "Yes",
        Some(false) => "No",
        None => "Not compared",
    };
    view! {
        <tr>
            <th scope="row">{row.asset.to_string()}</th>
            <td class="num">{amount(row.shown)}</td>
            <td class="num">{maybe(row.ledger)}</td>
            <td class="num">{maybe(row.house)}</td>
            <td class="num">{maybe(row.fees)}</td>
            <td class="num">{maybe(row.outside)}</td>
            <td>{agree}</td>
        </tr>
    }
    .into_any()
}

pub(super) fn feed(feed: &FeedStatus) -> AnyView {
    let state = word(&feed.state);
    let source = feed.source.as_ref().map(word);
    let connection = match (feed.leader, feed.connected) {
        (true, true) => "This server, connected",
        (true, false) => "This server, not connected",
        (false, _) => "Another server's",
    };
    facts(
        "feed",
        vec![
            ("State", state),
            ("Source", or_dash(source)),
            ("Connection", connection.to_owned()),
            ("Last price", or_dash(feed.age_ms.map(age))),
            ("Since", minute(feed.since)),
            ("Prices a second", format!("{:.1}", feed.ticks_per_second)),
            ("Connected anew", feed.reconnects.to_string()),
        ],
    )
}

/// A word of the API, as one that begins a line.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    crate::account::sentence(value.as_str().unwrap_or("–"))
}

fn due(deliveries: &[Due], locale: Locale) -> AnyView {
    let rows = deliveries.iter().map(|due| {
        let name = match due.name.as_str() {
            "messages" => "Mails and text messages",
            "webhooks" => "To webhooks",
            _ => "Others",
        };
        let oldest = due.oldest_seconds;
        let oldest = oldest.map_or_else(|| "–".to_owned(), |seconds| format!("{seconds} s"));
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="num">{format::integer(due.waiting, locale)}</td>
                <td class="num">{oldest}</td>
            </tr>
        }
        .into_any()
    });
    let rows: Vec<_> = rows.collect();
    let columns = [Text("What"), Number("Due"), Number("For at most")];
    table(
        "due",
        "Notifications",
        "What is due to be sent",
        &columns,
        rows,
    )
}

fn queues(queues: &[Queue], locale: Locale) -> AnyView {
    let rows = queues.iter().map(|queue| {
        let name = match queue.name.as_str() {
            "exchange" => "Orders and questions",
            "messages" => "Mails and text messages",
            "passwords" => "Passwords to check",
            _ => "Others",
        };
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="num">{format::integer(queue.waiting, locale)}</td>
                <td class="num">{format::integer(queue.capacity, locale)}</td>
            </tr>
        }
        .into_any()
    });
    let rows: Vec<_> = rows.collect();
    let columns = [Text("What"), Number("Waiting"), Number("At most")];
    table("queues", "Queues", "What waits to be done", &columns, rows)
}
