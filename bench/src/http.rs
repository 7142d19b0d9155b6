//! Requests to the REST API: the market list from us, from bare axum and from the original design.
//! Also how soon the server answers, and the memory it keeps.

use crate::{
    failure::Result,
    goal::{Bound, Goal},
    load::{
        http::Target,
        round::{self, Round, Subject},
    },
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
    let start = start::measure(settings).await?;
    let subjects = load(settings).await?;
    let mut report = Report::new("http", "REST API, start and memory");
    report.paragraph(&format!(
        "`GET {LIST}` (50 rows) over {} connections that ask again at once, {} rounds of {} s. \
         CryptoVault runs as in production with all its middleware and ticking prices; bare axum \
         answers with the same bytes and does nothing else; FastAPI (uvicorn, uvloop, httptools) \
         encodes the same rows with orjson. Only 2xx answers of the same length, give or take a \
         fiftieth for changing prices, are counted.",
        settings.connections, settings.rounds, settings.seconds
    ));
    report.table(round::COLUMNS, subjects.iter().map(Subject::cells));
    let mut goals = goals(&subjects);
    goals.extend(start.goals());
    report.goals(&goals);
    report.finish(!settings.print_only)
}

async fn load(settings: &Settings) -> Result<Vec<Subject>> {
    let ours = subjects::ours(LIST).await?;
    let any = Target::get(ours.address, LIST, JSON, 1..=usize::MAX);
    let body = any.body().await?;
    let file = subjects::keep("list.json", &body)?;
    let bare = subjects::bare(&file).await?;
    let fastapi = subjects::fastapi(&file).await?;
    let mut subjects = vec![
        subject("CryptoVault", ours, body.len()).await?,
        subject("bare axum", bare, body.len()).await?,
        subject("FastAPI", fastapi, body.len()).await?,
    ];
    round::measure(&mut subjects, settings).await?;
    Ok(subjects)
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
    let [ours, bare, fastapi] = subjects else {
        return Vec::new();
    };
    let goal = |name: &str, bound, peer: &Subject, figure: fn(&Round) -> f64| Goal {
        name: name.to_owned(),
        bound,
        unit: "×",
        figure: ratio(&ours.rounds, &peer.rounds, figure),
    };
    let share = Bound::AtLeast(BARE_SHARE);
    let times = Bound::AtLeast(FASTAPI_TIMES);
    vec![
        goal("answers/s, of bare axum", share, bare, |round| {
            round.per_second
        }),
        goal(
            "answers per CPU second, of bare axum",
            share,
            bare,
            |round| round.per_cpu_second,
        ),
        goal("answers/s, of FastAPI", times, fastapi, |round| {
            round.per_second
        }),
        goal(
            "answers per CPU second, of FastAPI",
            times,
            fastapi,
            |round| round.per_cpu_second,
        ),
        goal(
            "p99, of FastAPI",
            Bound::AtMost(FASTAPI_P99),
            fastapi,
            |round| round.p99.as_secs_f64(),
        ),
    ]
}
