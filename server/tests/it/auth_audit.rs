//! The audit log: every act that matters is in it, and nothing can be taken out unnoticed.

use crate::auth_support::{
    Desk, Outcome, PASSWORD, check, email, program::Program, second_factor::other_than,
    wallet::Wallet,
};
use crate::support::TestResult;
use domain::account::{Email, Role};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use services::{
    auth::audit::{Broken, Verified, verify},
    store::{AuditFilter, AuditRecord},
};

const OTHER: &str = "another fine day for a walk";

/// The whole log, oldest first.
async fn log(desk: &Desk) -> Outcome<Vec<AuditRecord>> {
    let store = desk.store().await?;
    Ok(store.audit.from(1, 10_000).await?)
}

/// What the walk along the chain finds.
async fn walked(desk: &Desk) -> Outcome<Result<Verified, Broken>> {
    let store = desk.store().await?;
    Ok(verify(store.audit.as_ref(), &desk.data_dir).await)
}

/// A desk on which a few things have happened.
async fn used() -> Outcome<Desk> {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    for _ in 0..3 {
        ann.login("Ann", OTHER)
            .await?
            .expect_code(401, "invalid_credentials")?;
    }
    ann.login("Ann", PASSWORD)
        .await?
        .expect_status(StatusCode::OK)?;
    check(walked(&desk).await?.is_ok(), "whole before")?;
    Ok(desk)
}

/// Every way of changing something on one's account, one after the other.
async fn act_a_lot(desk: &Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let ok = StatusCode::OK;
    ann.login("Ann", OTHER)
        .await?
        .expect_code(401, "invalid_credentials")?;
    ann.login("Ann", PASSWORD).await?.expect_status(ok)?;
    let change = |current: &str| json!({"current_password": current, "new_password": OTHER});
    let path = "/api/auth/change-password";
    ann.post(path, change("not this one"))
        .await?
        .expect_field("current_password")?;
    ann.post(path, change(PASSWORD)).await?.expect_status(ok)?;
    let proof = |password: &str| json!({"password": password});
    ann.post("/api/auth/step-up", proof(PASSWORD))
        .await?
        .expect_code(401, "invalid_code")?;
    ann.post("/api/auth/step-up", proof(OTHER))
        .await?
        .expect_status(ok)?;
    let key = json!({"name": "bot", "scopes": ["read"]});
    let made = ann
        .post("/api/auth/api-keys", key)
        .await?
        .expect_status(StatusCode::CREATED)?;
    let path = format!(
        "/api/auth/api-keys/{}",
        made.json["key_id"].as_str().unwrap_or_default()
    );
    ann.send(Method::DELETE, &path, None)
        .await?
        .expect_status(ok)?;
    let name = Some(json!({"name": "Anna"}));
    ann.send(Method::PATCH, "/api/auth/me", name)
        .await?
        .expect_status(ok)?;
    let app = desk.enable_second_factor(&ann).await?;
    let phone = desk.browser();
    let token = phone.first_step("Ann", OTHER).await?;
    phone
        .second_step(&token, "000000")
        .await?
        .expect_code(401, "invalid_code")?;
    phone
        .second_step(&token, &desk.code(&app.secret, 0)?)
        .await?
        .expect_status(ok)?;
    let sessions = ann.get("/api/auth/sessions").await?.json["sessions"].clone();
    let other = sessions
        .as_array()
        .and_then(|all| all.iter().find(|one| one["current"] == false));
    let id = other
        .and_then(|one| one["id"].as_str())
        .ok_or("no other session")?;
    let path = format!("/api/auth/sessions/{id}");
    ann.send(Method::DELETE, &path, None)
        .await?
        .expect_status(ok)?;
    ann.call("/api/auth/2fa/recovery-codes")
        .await?
        .expect_status(ok)?;
    ann.call("/api/auth/2fa/disable").await?.expect_status(ok)?;
    let old = ann.cookie("refresh_token").ok_or("none")?;
    ann.call("/api/auth/refresh").await?.expect_status(ok)?;
    desk.clock.advance(std::time::Duration::from_secs(11));
    phone.set_cookie("refresh_token", &old);
    phone
        .call("/api/auth/refresh")
        .await?
        .expect_code(401, "unauthenticated")?;
    ann.login("Ann", OTHER).await?.expect_status(ok)?;
    ann.call("/api/auth/logout").await?.expect_status(ok)?;
    ann.login("Ann", OTHER).await?.expect_status(ok)?;
    ann.call("/api/auth/logout-all").await?.expect_status(ok)?;
    let asked = ann
        .post("/api/auth/forgot-password", json!({"email": email("Ann")}))
        .await?;
    asked.expect_status(StatusCode::ACCEPTED)?;
    let link = desk.mail(&email("Ann"), "Choose a new password").await?;
    let body = json!({"token": crate::auth_support::token_in(&link)?, "password": PASSWORD});
    ann.post("/api/auth/reset-password", body)
        .await?
        .expect_status(ok)?;
    let link = desk
        .mail(&email("Ann"), "Confirm your e-mail address")
        .await?;
    let body = json!({"token": crate::auth_support::token_in(&link)?});
    ann.post("/api/auth/verify-email", body)
        .await?
        .expect_status(ok)?;
    ann.login("Ann", PASSWORD).await?.expect_status(ok)?;
    let body = Some(json!({"confirm": "delete"}));
    ann.send(Method::DELETE, "/api/auth/me", body)
        .await?
        .expect_status(ok)?;
    Ok(())
}

#[tokio::test]
async fn every_act_leaves_a_record_with_who_what_from_where_and_in_which_request() -> TestResult {
    let desk = Desk::start().await?;
    act_a_lot(&desk).await?;
    let records = log(&desk).await?;
    let acts: Vec<&str> = records
        .iter()
        .map(|record| record.action.as_str())
        .collect();
    for act in [
        "register",
        "login",
        "login_failed",
        "logout",
        "logout_all",
        "password_change_failed",
        "password_changed",
        "password_reset",
        "step_up",
        "step_up_failed",
        "api_key_made",
        "api_key_deleted",
        "profile_changed",
        "second_factor_enabled",
        "second_factor_failed",
        "recovery_codes_made",
        "second_factor_disabled",
        "session_ended",
        "refresh_token_reused",
        "email_verified",
        "account_deleted",
    ] {
        check(acts.contains(&act), &format!("{act} is missing: {acts:?}"))?;
    }
    for record in &records {
        assert_eq!(record.ip.as_deref(), Some("127.0.0.1"), "{record:?}");
        check(
            record
                .request_id
                .as_deref()
                .is_some_and(|id| !id.is_empty()),
            &record.action,
        )?;
        let is_failure = record.action == "login_failed";
        assert_eq!(record.actor.is_none(), is_failure, "{record:?}");
        let told = format!("{record:?}");
        check(
            !told.contains(PASSWORD) && !told.contains(OTHER),
            "no secret",
        )?;
    }
    let whole = walked(&desk).await??;
    assert_eq!(whole.records, u64::try_from(records.len())?);
    check(
        whole.anchored,
        "compared with the end that is kept elsewhere",
    )
}

#[tokio::test]
async fn what_was_refused_is_in_the_log_too() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let browser = desk.browser();
    // A code that does not enable the second factor.
    let setup = ann.call("/api/auth/2fa/setup").await?;
    let code = desk.code(setup.json["secret"].as_str().ok_or("no secret")?, 0)?;
    let body = json!({"code": other_than(&code)});
    let wrong = ann.post("/api/auth/2fa/enable", body).await?;
    wrong.expect_code(401, "invalid_code")?;
    // A message that another wallet has signed.
    let (wallet, thief) = (Wallet::number(1).await?, Wallet::number(2).await?);
    let message = wallet.message(&desk, &browser).await?;
    let stolen = thief.send(&browser, "/api/auth/wallet/verify", &message);
    stolen.await?.expect_code(401, "invalid_code")?;
    // Signatures that are none of a key, and a key nobody has.
    let key = Program::with_key(&ann, &["read"], json!({})).await?;
    for (id, times) in [(key.key.clone(), 3), (uuid::Uuid::now_v7().to_string(), 1)] {
        let forger = Program {
            key: id,
            secret: "another".to_owned(),
        };
        for seconds in 0..times {
            let wrong = forger.get(&desk, "/api/auth/me", seconds).await?;
            wrong.expect_code(401, "unauthenticated")?;
        }
    }
    // The right password of somebody who may not come in.
    let store = desk.store().await?;
    let mut user = store.users.by_email(&Email::parse(&email("Ann"))?).await?;
    let user = user.as_mut().ok_or("no account")?;
    user.role = Role::Suspended;
    store.users.update(user).await?;
    let suspended = browser.login("Ann", PASSWORD).await?;
    suspended.expect_code(403, "account_suspended")?;

    let told: Vec<_> = log(&desk)
        .await?
        .into_iter()
        .filter(|record| !["register", "api_key_made"].contains(&record.action.as_str()))
        .map(|record| (record.action, record.actor, record.subject, record.detail))
        .collect();
    let own = |action: &str, detail: &str| {
        let subject = Some(user.id.to_string());
        (action.to_owned(), Some(user.id), subject, detail.to_owned())
    };
    let strange = |action: &str, subject: String, detail: &str| {
        (action.to_owned(), None, Some(subject), detail.to_owned())
    };
    let expected = [
        own("second_factor_set_up", ""),
        own("second_factor_enable_failed", ""),
        strange(
            "wallet_login_failed",
            wallet.address.to_lowercase(),
            "wrong signature",
        ),
        strange("api_key_refused", format!("key {}", key.key), ""),
        own("login_refused", "suspended"),
    ];
    assert_eq!(told, expected);
    Ok(())
}

#[tokio::test]
async fn a_sign_in_before_the_address_is_confirmed_is_in_the_log() -> TestResult {
    let desk = Desk::start_with(|config| config.auth.require_email_verification = true).await?;
    let browser = desk.browser();
    browser.register("Ann").await?;
    desk.mail(&email("Ann"), "Confirm").await?;
    let early = browser.login("Ann", PASSWORD).await?;
    early.expect_code(401, "invalid_credentials")?;
    let records = log(&desk).await?;
    let last = records.last().ok_or("no record")?;
    assert_eq!(
        (last.action.as_str(), last.detail.as_str()),
        ("login_refused", "address not verified")
    );
    Ok(())
}

#[tokio::test]
async fn a_record_names_the_request_that_made_it() -> TestResult {
    let desk = Desk::start().await?;
    let body = json!({"email": email("Nobody"), "password": OTHER});
    let request = desk.server.client.post(desk.server.url("/api/auth/login"));
    let answer = request
        .header("x-request-id", "01a21a7017b570d4bfb993f86eb23ec1")
        .json(&body);
    let error: Value = answer.send().await?.json().await?;
    let filter = AuditFilter {
        action: Some("login_failed".to_owned()),
        ..AuditFilter::default()
    };
    let found = desk.store().await?.audit.find(&filter, None, 1).await?;
    let record = found.first().ok_or("no record")?;
    assert_eq!(record.request_id.as_deref(), error["request_id"].as_str());
    assert_eq!(record.subject.as_deref(), Some(email("Nobody").as_str()));
    Ok(())
}

#[tokio::test]
async fn a_changed_record_is_noticed_whatever_was_changed() -> TestResult {
    for change in [
        "actor = NULL",
        "action = 'logout'",
        "subject = 'somebody else'",
        "ip = '192.0.2.1'",
        "request_id = NULL",
        "detail = detail || '!'",
        "at = at + 1000000",
    ] {
        let desk = used().await?;
        // The last login: of a user, with an address and a request.
        let sql = format!("UPDATE audit SET {change} WHERE sequence = 1");
        assert_eq!(desk.sqlite()?.execute(&sql, [])?, 1);
        let found = walked(&desk).await?;
        check(
            matches!(found, Err(Broken::Changed(1))),
            &format!("{change}: {found:?}"),
        )?;
    }
    Ok(())
}

#[tokio::test]
async fn a_record_taken_out_of_the_middle_is_noticed() -> TestResult {
    let desk = used().await?;
    desk.sqlite()?
        .execute("DELETE FROM audit WHERE sequence = 3", [])?;
    let found = walked(&desk).await?;
    check(
        matches!(found, Err(Broken::Missing(3))),
        &format!("{found:?}"),
    )?;
    // Nor does it help to close the gap.
    desk.sqlite()?.execute(
        "UPDATE audit SET sequence = sequence - 1 WHERE sequence > 3",
        [],
    )?;
    let found = walked(&desk).await?;
    check(
        matches!(found, Err(Broken::Unchained(3))),
        &format!("{found:?}"),
    )
}

#[tokio::test]
async fn a_cut_tail_is_noticed_and_so_is_an_empty_log() -> TestResult {
    let desk = used().await?;
    let last = u64::try_from(log(&desk).await?.len())?;
    for sql in [
        format!("DELETE FROM audit WHERE sequence = {last}"),
        "DELETE FROM audit".to_owned(),
    ] {
        desk.sqlite()?.execute(&sql, [])?;
        let found = walked(&desk).await?;
        let is_cut = matches!(found, Err(Broken::Cut(sequence)) if sequence == last);
        check(is_cut, &format!("{found:?}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn two_servers_on_one_database_do_not_fork_the_log() -> TestResult {
    let one = Desk::start().await?;
    let database = one.database.clone();
    let other = Desk::start_with(|config| config.database.url = database).await?;
    let _ann = one.signed_in("Ann").await?;
    let names: Vec<String> = (0..12).map(|number| format!("nobody{number}")).collect();
    let browsers: Vec<_> = [&one, &other]
        .iter()
        .flat_map(|desk| (0..6).map(|_| desk.browser()))
        .collect();
    let logins = browsers
        .iter()
        .zip(&names)
        .map(|(browser, name)| browser.login(name, OTHER));
    for answer in futures_util::future::try_join_all(logins).await? {
        answer.expect_code(401, "invalid_credentials")?;
    }
    let records = log(&one).await?;
    let failures = records
        .iter()
        .filter(|record| record.action == "login_failed")
        .count();
    assert_eq!(failures, 12);
    let whole = walked(&one).await??;
    assert_eq!(whole.records, u64::try_from(records.len())?);
    // Each server keeps an end of its own; both ends are in the log.
    let store = one.store().await?;
    verify(store.audit.as_ref(), &other.data_dir).await?;
    Ok(())
}
