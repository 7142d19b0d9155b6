//! Requests to the REST API: the market list from us, from bare axum, from bare hyper and from the
//! original design.
//! Also how soon the server answers, and the memory it keeps.

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
    start,
    subjects::{self, JSON, LIST},
};

const BARE_SHARE: f64 = 0.7;
const FASTAPI_TIMES: f64 = 12.0;
const FASTAPI_P99: f64 = 0.1;

pub(crate) async fn run(settings: &Settings) -> Result<()> {
    let started = start::measure(settings).await?;
    let mut subjects = subjects().await?;
    let failures = round::measure(&mut subjects, settings).await;
    let title = "REST API, start and memory";
    let mut report = Report::new("http", title, &settings.options(), &peers());
    report.paragraph(&introduction(settings));
    report.table(round::COLUMNS, subjects.iter().map(Subject::cells));
    report.failures(&failures);
    let mut goals = goals(&subjects);
    goals.extend(started.goals());
    report.goals(&goals);
    report.finish(settings.keep())?;
    failures.outcome()
}

fn peers() -> Vec<String> {
    let mut peers = machine::rust(&["axum", "hyper"]);
    peers.extend(subjects::fastapi_versions());
    peers
}

fn introduction(settings: &Settings) -> String {
    format!(
        "`GET {LIST}` (50 rows) over {} connections that ask again at once, {} rounds of {} s. \
         CryptoVault runs as in production with all its middleware and ticking prices; bare axum \
         and bare hyper answer with the same bytes and do nothing else; FastAPI (uvicorn, uvloop, \
         httptools) encodes the same rows with orjson. Only 2xx answers of the same length, give \
         or take a fiftieth for changing prices, are counted. {}",
        settings.connections,
        settings.rounds,
        settings.seconds,
        round::BUSY_NOTE
    )
}

async fn subjects() -> Result<Vec<Subject>> {
    let ours = subjects::ours("cryptovault", LIST).await?;
    let any = Target::get(ours.address, LIST, JSON, 1..=usize::MAX);
    let body = any.body().await?;
    let file = subjects::keep("list.json", &body)?;
    let axum = subjects::bare("bare-axum", &file).await?;
    let hyper = subjects::bare("bare-hyper", &file).await?;
    let fastapi = subjects::fastapi(&file).await?;
    Ok(vec![
        subject("CryptoVault", ours, body.len()).await?,
        subject("bare axum", axum, body.len()).await?,
        subject("bare hyper", hyper, body.len()).await?,
        subject("FastAPI", fastapi, body.len()).await?,
    ])
}

/// Everybody must send what we do.
async fn subject(name: &'static str, server: Server, length: usize) -> Result<Subject> {
    let leeway = length / 50;
    let lengths = length - leeway..=length + leeway;
    let target = Target::get(server.address, LIST, JSON, lengths);
    let bytes = target.body().await?.len();
    Ok(Subject::new(name, server, target, bytes))
}

fn goals(subjects: &[Subject]) -> Vec<Goal> {
    let [ours, axum, hyper, fastapi] = subjects else {
        return Vec::new();
    };
    let pair = |peer: &Subject, bound| -> [Goal; 2] {
        let goal = |name: &str, figure: fn(&Round) -> f64| Goal {
            name: format!("{name}, of {}", peer.name),
            bound,
            unit: "×",
            figure: ratio(&ours.rounds, &peer.rounds, figure),
        };
        [
            goal("answers/s", |round| round.per_second),
            goal("answers per CPU second", |round| round.per_cpu_second),
        ]
    };
    let mut goals = Vec::new();
    goals.extend(pair(axum, Bound::AtLeast(BARE_SHARE)));
    goals.extend(pair(hyper, Bound::Open));
    goals.extend(pair(fastapi, Bound::AtLeast(FASTAPI_TIMES)));
    goals.push(Goal {
        name: "p99, of FastAPI".to_owned(),
        bound: Bound::AtMost(FASTAPI_P99),
        unit: "×",
        figure: ratio(&ours.rounds, &fastapi.rounds, |round| {
            round.p99.as_secs_f64()
        }),
    });
    goals
}
