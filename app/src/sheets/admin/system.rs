//! What this server runs on.

use super::{
    super::{Request, minute, panel::panel},
    age, facts, or_dash,
    stats::{exchange, feed, word},
    yes,
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
    admin::{PartHealth, SettingShown, SystemReport},
    feed::FeedStatus,
};
use leptos::prelude::*;
use services::auth::Identity;

pub(super) async fn section(request: &Request, identity: &Identity) -> Result<AnyView, AppError> {
    let report = request.services.admin.system(identity).await;
    let report = report.map_err(fail)?;
    let view = view! {
        {panel("This server", server(&report))}
        {panel("Prices", prices(&report.feed))}
        {panel("Settings", settings(&report.settings))}
    };
    Ok(view.into_any())
}

fn server(report: &SystemReport) -> AnyView {
    let unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "Not known".to_owned());
    let schema = report.schema_version.map(|version| version.to_string());
    facts(
        "server",
        vec![
            ("Version", report.versions.version.clone()),
            ("Commit", unknown(&report.versions.commit)),
            ("Compiler", unknown(&report.versions.rustc)),
            ("Started", minute(report.started_at)),
            ("Running for", span(report.uptime_seconds)),
            ("Database", part(&report.store)),
            ("Version of the tables", or_dash(schema)),
            ("Cache", part(&report.cache)),
            ("Exchange", exchange(report.exchange).to_owned()),
        ],
    )
}

/// A time to the minute.
fn span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    format!("{days} d {hours} h {minutes} min")
}

fn part(part: &PartHealth) -> String {
    match part.latency_us {
        Some(us) => format!("{}, {}.{} ms", part.kind, us / 1_000, us % 1_000 / 100),
        None => format!("{}, does not answer", part.kind),
    }
}

fn prices(status: &FeedStatus) -> AnyView {
    let rows = status.coins.iter().map(|(coin, status)| {
        view! {
            <tr>
                <th scope="row">{coin.to_string()}</th>
                <td>{word(&status.source)}</td>
                <td class="num">{age(status.age_ms)}</td>
                <td>{yes(status.stale)}</td>
            </tr>
        }
        .into_any()
    });
    let rows: Vec<_> = rows.collect();
    let columns = [Text("Coin"), Text("Source"), Number("Age"), Text("Stale")];
    let coins = match rows.is_empty() {
        true => view! { <p>"No price yet."</p> }.into_any(),
        false => table(
            "coins",
            "Prices",
            "The newest price of each coin",
            &columns,
            rows,
        ),
    };
    view! {
        {feed(status)}
        {coins}
    }
    .into_any()
}

fn settings(settings: &[SettingShown]) -> AnyView {
    if settings.is_empty() {
        return view! { <p>"None were read."</p> }.into_any();
    }
    let rows = settings.iter().map(|setting| {
        view! {
            <tr>
                <th scope="row">{setting.variable.clone()}</th>
                <td>{setting.value.clone()}</td>
                <td>{yes(setting.is_default)}</td>
            </tr>
        }
        .into_any()
    });
    let rows: Vec<_> = rows.collect();
    let columns = [Text("Setting"), Text("Value"), Text("Default")];
    let caption = "Settings in effect; secrets are not shown";
    table("settings", "Settings", caption, &columns, rows)
}
