//! The Markets page as HTML: from us and from SvelteKit with the same rows.

use crate::{
    failure::Result,
    goal::{Bound, Goal},
    load::{
        http::Target,
        round::{self, Round, Subject},
    },
    machine,
    process::Server,
    report::Report,
    rounds::ratio,
    settings::Settings,
    subjects::{self, ALL_ROWS, HTML, JSON},
};
use serde_json::Value;

const PAGE: &str = "/markets";
/// Whoever sends it gets a rendering of their own.
const UNKNOWN_COOKIE: &str = "Cookie: measurement=1";
const TIMES: f64 = 5.0;

pub(crate) async fn run(settings: &Settings) -> Result<()> {
    let (rows, mut subjects) = start().await?;
    let failures = round::measure(&mut subjects, settings).await;
    let title = "Server-rendered Markets page";
    let mut report = Report::new("ssr", title, &settings.options(), &peers());
    report.paragraph(&introduction(rows, settings));
    report.table(round::COLUMNS, subjects.iter().map(Subject::cells));
    report.failures(&failures);
    report.goals(&goals(&subjects));
    report.finish(settings.keep())?;
    failures.outcome()
}

fn peers() -> Vec<String> {
    let packages = machine::node("sveltekit", &["@sveltejs/kit", "svelte"]);
    machine::program("Node.js", "node")
        .into_iter()
        .chain(packages)
        .collect()
}

fn introduction(rows: usize, settings: &Settings) -> String {
    format!(
        "The page with its table of {rows} coins over {} connections that ask again at once, {} \
         rounds of {} s. CryptoVault's page has the whole interface around the table (header, \
         ticker strip, search, tabs, stars) and live prices; SvelteKit's has the table alone, with \
         rows read from a file. Both carry the data for hydration. CryptoVault renders the list once \
         for all visitors with the same address, language, theme and stars, until a price changes or \
         a second has passed; \"rendered anew\" is the same page for visitors who bring another \
         cookie, which makes it render every page. {}",
        settings.connections,
        settings.rounds,
        settings.seconds,
        round::BUSY_NOTE
    )
}

/// The number of rows, and who shows them.
async fn start() -> Result<(usize, Vec<Subject>)> {
    let ours = subjects::ours("cryptovault", PAGE).await?;
    let list = Target::get(ours.address, ALL_ROWS, JSON, 1..=usize::MAX);
    let list = list.body().await?;
    let rows = count(&list)?;
    let file = subjects::keep("rows.json", &list)?;
    let sveltekit = subjects::sveltekit(&file).await?;
    let anew = subjects::ours("cryptovault-anew", PAGE).await?;
    let mut subjects = vec![
        subject("CryptoVault", ours, PAGE, rows).await?,
        subject("SvelteKit", sveltekit, "/", rows).await?,
        subject("CryptoVault, rendered anew", anew, PAGE, rows).await?,
    ];
    if let Some(anew) = subjects.last_mut() {
        anew.target = anew.target.with(UNKNOWN_COOKIE);
    }
    Ok((rows, subjects))
}

/// Prices change the length of a page a little; a page without its rows is much shorter.
async fn subject(name: &'static str, server: Server, path: &str, rows: usize) -> Result<Subject> {
    let any = Target::get(server.address, path, HTML, 1..=usize::MAX);
    let page = any.body().await?;
    let shown = String::from_utf8_lossy(&page)
        .matches("<tr data-coin=")
        .count();
    if shown != rows {
        return Err(format!("{name} shows {shown} of {rows} rows").into());
    }
    let leeway = page.len() / 50;
    let lengths = page.len() - leeway..=page.len() + leeway;
    let target = Target::get(server.address, path, HTML, lengths);
    Ok(Subject::new(name, server, target, page.len()))
}

fn count(list: &[u8]) -> Result<usize> {
    let list: Value = serde_json::from_slice(list)?;
    let rows = list.get("cryptocurrencies").and_then(Value::as_array);
    Ok(rows.ok_or("the market list has no rows")?.len())
}

fn goals(subjects: &[Subject]) -> Vec<Goal> {
    let [ours, peer, anew] = subjects else {
        return Vec::new();
    };
    let goal = |name: &str, ours: &Subject, figure: fn(&Round) -> f64| Goal {
        name: format!("{name}, of SvelteKit"),
        bound: Bound::AtLeast(TIMES),
        unit: "×",
        figure: ratio(&ours.rounds, &peer.rounds, figure),
    };
    let per_cpu = |round: &Round| round.per_cpu_second;
    vec![
        goal("pages/s", ours, |round| round.per_second),
        goal("pages per CPU second", ours, per_cpu),
        goal("pages rendered anew/s", anew, |round| round.per_second),
        goal("pages rendered anew per CPU second", anew, per_cpu),
    ]
}
