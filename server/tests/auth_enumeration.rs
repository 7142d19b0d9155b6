//! Nobody can tell from an answer whether an address has an account: not by its body, not by its
//! status, not by its time. A program of its own, so that no other test stands in its measurements.

#[path = "it/auth_support/mod.rs"]
#[expect(dead_code, reason = "the other suite uses more of it")]
mod auth_support;
#[path = "it/support/mod.rs"]
#[expect(dead_code, reason = "the other suite uses more of it")]
mod support;

use auth_support::{Answer, Desk, Outcome, PASSWORD, email};
use http::StatusCode;
use serde_json::{Value, json};
use std::time::Instant;
use support::TestResult;

/// Measured of each kind, one after the other by turns, so that whatever else the machine does
/// falls on both alike.
const ROUNDS: usize = 500;

/// About 1 in 500,000 runs of two equal distributions goes beyond this by chance.
const MOST_DEVIATIONS: f64 = 4.9;

/// Differences below this drown in any network.
const LEAST_SECONDS: f64 = 0.000_3;

/// What a visitor can see of an answer but its time; what is new in each is left out.
fn visible(answer: &Answer) -> (StatusCode, Value, Vec<String>) {
    let mut body = answer.json.clone();
    if let Some(body) = body.as_object_mut() {
        body.remove("request_id");
    }
    let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort();
    (answer.status, body, names)
}

/// Times in seconds of answers about an address that has an account and one that has none.
struct Times {
    known: Vec<f64>,
    unknown: Vec<f64>,
}

impl Times {
    /// Posts by turns. `body` makes what is sent from an address.
    async fn measure(
        desk: &Desk,
        path: &str,
        body: impl Fn(&str) -> Value,
        status: StatusCode,
    ) -> Outcome<Self> {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        let mut seen = None;
        for round in 0..ROUNDS {
            // A new address each time on both sides: none is throttled, none is warm.
            let addresses = [format!("user{round}"), format!("none{round}")];
            let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
            for side in order {
                let browser = desk.browser();
                let content = body(&email(&addresses[side]));
                let begun = Instant::now();
                let answer = browser.post(path, content).await?;
                let seconds = begun.elapsed().as_secs_f64();
                let answer = answer.expect_status(status)?;
                let expected = seen.get_or_insert_with(|| visible(&answer));
                assert_eq!(*expected, visible(&answer), "{}", addresses[side]);
                let times = if side == 0 { &mut known } else { &mut unknown };
                times.push(seconds);
            }
        }
        Ok(Self { known, unknown })
    }

    /// Compares the two by rank (Mann and Whitney 1947): how many standard deviations the one is
    /// from the other, with how far their medians are apart.
    fn compare(&self) -> (f64, f64) {
        let mut all: Vec<(f64, bool)> = Vec::new();
        all.extend(self.known.iter().map(|time| (*time, true)));
        all.extend(self.unknown.iter().map(|time| (*time, false)));
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let ranks = (1_u32..).map(f64::from).zip(&all);
        let sum: f64 = ranks
            .filter(|(_, (_, known))| *known)
            .map(|(rank, _)| rank)
            .sum();
        let count = |times: &[f64]| times.iter().map(|_| 1.0).sum::<f64>();
        let (n, m) = (count(&self.known), count(&self.unknown));
        let u = sum - n * (n + 1.0) / 2.0;
        let deviation = (n * m * (n + m + 1.0) / 12.0).sqrt();
        let apart = median(&self.known) - median(&self.unknown);
        ((u - n * m / 2.0) / deviation, apart)
    }

    fn expect_alike(&self, what: &str) -> TestResult {
        let (deviations, apart) = self.compare();
        let differ = deviations.abs() > MOST_DEVIATIONS && apart.abs() > LEAST_SECONDS;
        if differ {
            let micros = apart * 1e6;
            return Err(format!("{what}: {deviations:.1} deviations, {micros:.0} µs apart").into());
        }
        Ok(())
    }
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// A desk with an account for each round. They are written to the database: making them one by one
/// over HTTP would take as long as the test itself.
async fn desk_with_accounts(careful: bool) -> Outcome<Desk> {
    let desk = Desk::start_with(|config| config.auth.require_email_verification = careful).await?;
    desk.browser().register("Template").await?;
    let address = domain::account::Email::parse(&email("Template"))?;
    let store = desk.store().await?;
    let deadline = Instant::now() + support::DEADLINE;
    let template = loop {
        // With verification the account is made after the answer.
        if let Some(user) = store.users.by_email(&address).await? {
            break user;
        }
        if Instant::now() > deadline {
            return Err("no account".into());
        }
    };
    for round in 0..ROUNDS {
        let mut user = template.clone();
        user.id = domain::UserId::new(uuid::Uuid::now_v7());
        user.email = Some(domain::account::Email::parse(&email(&format!(
            "user{round}"
        )))?);
        user.revision = 0;
        store.users.insert(&user).await?;
    }
    Ok(desk)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_login_answers_alike_with_and_without_an_account() -> TestResult {
    let desk = desk_with_accounts(false).await?;
    let body = |email: &str| json!({"email": email, "password": "not the password of anybody"});
    let status = StatusCode::UNAUTHORIZED;
    let times = Times::measure(&desk, "/api/auth/login", body, status).await?;
    times.expect_alike("login")
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_reset_answers_alike_with_and_without_an_account() -> TestResult {
    let desk = desk_with_accounts(false).await?;
    let body = |email: &str| json!({"email": email});
    let status = StatusCode::ACCEPTED;
    let times = Times::measure(&desk, "/api/auth/forgot-password", body, status).await?;
    times.expect_alike("forgot-password")
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_another_link_answers_alike_with_and_without_an_account() -> TestResult {
    let desk = desk_with_accounts(true).await?;
    let body = |email: &str| json!({"email": email});
    let status = StatusCode::ACCEPTED;
    let times = Times::measure(&desk, "/api/auth/resend-verification", body, status).await?;
    times.expect_alike("resend-verification")
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_with_verification_answers_alike_with_and_without_an_account() -> TestResult {
    let desk = desk_with_accounts(true).await?;
    let body = |email: &str| json!({"email": email, "password": PASSWORD, "name": "Somebody"});
    let status = StatusCode::ACCEPTED;
    let times = Times::measure(&desk, "/api/auth/register", body, status).await?;
    times.expect_alike("register")
}
