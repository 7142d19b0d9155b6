//! What operators do to accounts, and acts that are written down before they are done.

use crate::auth_support::{Desk, Outcome, PASSWORD, check, wallet::Wallet};
use crate::support::{
    TestResult,
    program::{OFFLINE, program},
    unlimited,
};
use domain::account::{Email, Role};
use http::{StatusCode, header};
use serde_json::json;
use services::{
    Services,
    auth::{AuthError, Owner},
    config::DatabaseUrl,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The log takes nothing any more, and everything else works.
const NO_LOG: &str = "CREATE TRIGGER no_log BEFORE INSERT ON audit \
    BEGIN SELECT RAISE(ABORT, 'on purpose'); END";
const LOG: &str = "DROP TRIGGER no_log";

#[tokio::test]
async fn a_second_factor_is_neither_set_up_nor_given_up_where_it_can_not_be_written_down()
-> TestResult {
    let desk = Desk::start().await?;
    let (ann, database) = (desk.signed_in("Ann").await?, desk.sqlite()?);
    database.execute(NO_LOG, [])?;
    let setup = ann.call("/api/auth/2fa/setup").await?;
    setup.expect_code(503, "unavailable")?;
    database.execute(LOG, [])?;
    let enable = json!({ "code": "123456" });
    let nothing = ann.post("/api/auth/2fa/enable", enable).await?;
    nothing.expect_code(409, "conflict")?;

    desk.enable_second_factor(&ann).await?;
    database.execute(NO_LOG, [])?;
    let disabled = ann.call("/api/auth/2fa/disable").await?;
    disabled.expect_code(503, "unavailable")?;
    database.execute(LOG, [])?;
    let asked = desk.browser().login("Ann", PASSWORD).await?;
    check(asked.json["mfa_required"] == true, &asked.text)
}

/// Actions and details of what operators have done, the oldest first.
async fn by_operator(services: &Services) -> Outcome<Vec<String>> {
    let records = services.store.audit.from(1, 1_000).await?;
    let by_operator = records
        .into_iter()
        .filter(|record| record.actor.is_none() && record.subject.is_some());
    Ok(by_operator.map(|record| record.action).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_suspended_or_reinstated_where_it_can_not_be_written_down() -> TestResult {
    services::tls::install();
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("vault.db");
    let mut config = unlimited();
    config.data_dir = folder.path().to_owned();
    config.database.url = DatabaseUrl::parse(&format!("sqlite://{}", file.display()))?;
    let shutdown = CancellationToken::new();
    let services = Box::pin(Services::start(config, shutdown.clone())).await?;
    for name in ["root", "boss"] {
        let email = Email::parse(&format!("{name}@example.com"))?;
        let name = domain::account::Name::parse(name)?;
        services
            .auth
            .make_admin(email, name, Some(PASSWORD))
            .await?;
    }
    let email = Email::parse("boss@example.com")?;
    let owner = Owner::Email(email.clone());
    let role = async || -> Outcome<Option<Role>> {
        let user = services.store.users.by_email(&email).await?;
        Ok(user.map(|user| user.role))
    };
    let database = rusqlite::Connection::open(&file)?;
    database.execute(NO_LOG, [])?;
    check(services.auth.suspend(&owner).await.is_err(), "suspended")?;
    assert_eq!(role().await?, Some(Role::Admin));
    database.execute(LOG, [])?;
    services.auth.suspend(&owner).await?;
    assert_eq!(role().await?, Some(Role::Suspended));
    database.execute(NO_LOG, [])?;
    check(services.auth.reinstate(&owner).await.is_err(), "reinstated")?;
    assert_eq!(role().await?, Some(Role::Suspended));
    database.execute(LOG, [])?;
    services.auth.reinstate(&owner).await?;
    assert_eq!(role().await?, Some(Role::User));

    // What would be refused is not in the log as done.
    let root = Owner::Email(Email::parse("root@example.com")?);
    let last = services.auth.suspend(&root).await;
    check(
        matches!(last, Err(AuthError::Conflict(_))),
        &format!("{last:?}"),
    )?;
    let again = services.auth.reinstate(&owner).await;
    check(
        matches!(again, Err(AuthError::Conflict(_))),
        &format!("{again:?}"),
    )?;
    let acts = [
        "admin_made",
        "admin_made",
        "account_suspended",
        "account_reinstated",
    ];
    assert_eq!(by_operator(&services).await?, acts);
    shutdown.cancel();
    services.stopped().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_by_a_wallet_is_suspended_by_it() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let wallet = Wallet::number(1).await?;
    let message = wallet.message(&desk, &ann).await?;
    let linked = wallet.send(&ann, "/api/auth/wallet/link", &message).await?;
    linked.expect_status(StatusCode::OK)?;
    let folder = tempfile::tempdir()?;
    let database = desk.database.sqlite_path().ok_or("no SQLite")?;
    let database = format!("sqlite://{}", database.display());
    let act = async |act: &str, wallet: &str| {
        let variables = [OFFLINE.as_slice(), &[("DATABASE_URL", database.as_str())]].concat();
        let mut command = program(folder.path(), &variables);
        let ended = command
            .args(["admin", act, "--wallet", wallet])
            .output()
            .await?;
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&ended.stderr).into_owned();
        Ok::<_, Box<dyn std::error::Error>>((ended.status.code(), said + &complaint))
    };
    let unknown = act("suspend", "0x00000000000000000000000000000000000000aa").await?;
    check(
        unknown.0 == Some(1) && unknown.1.contains("00aa"),
        &unknown.1,
    )?;
    let nonsense = act("suspend", "0x1234").await?;
    check(
        nonsense.0 == Some(2) && nonsense.1.contains("--wallet"),
        &nonsense.1,
    )?;
    check(ann.is_signed_in().await?, "still in")?;
    let suspended = act("suspend", &wallet.address).await?;
    check(suspended.0 == Some(0), &suspended.1)?;
    check(!ann.is_signed_in().await?, "out at once")?;
    let reinstated = act("reinstate", &wallet.address).await?;
    check(reinstated.0 == Some(0), &reinstated.1)?;
    let login = ann.login("Ann", PASSWORD).await?;
    login.expect_status(StatusCode::OK).map(drop)
}

#[tokio::test]
async fn a_network_of_which_too_many_wrong_signatures_come_is_told_how_long_to_wait() -> TestResult
{
    const A_MINUTE: u32 = 2;
    let desk = Desk::start_with(|config| config.limits.api_per_minute = A_MINUTE).await?;
    let guess = async || {
        // Each for a key of its own: only all of them together are too many.
        let request = desk.server.get("/api/trading/orders");
        let request = request
            .header("x-api-key", Uuid::now_v7().to_string())
            .header("x-timestamp", desk.clock.now().unix_timestamp().to_string())
            .header("x-signature", "0".repeat(64));
        request.send().await
    };
    for number in 0..A_MINUTE * 10 {
        let wrong = guess().await?;
        assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED, "{number}");
    }
    let refused = guess().await?;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds = refused.headers().get(header::RETRY_AFTER);
    let seconds: u64 = seconds.ok_or("no Retry-After")?.to_str()?.parse()?;
    check((1..=60).contains(&seconds), &seconds.to_string())?;
    assert_eq!(refused.headers()["x-ratelimit-limit"], "20");
    assert_eq!(refused.headers()["x-ratelimit-remaining"], "0");
    Ok(())
}
