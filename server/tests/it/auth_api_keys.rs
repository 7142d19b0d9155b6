//! Keys of programs: made once, used with a signature, and only for what they are for.

use crate::auth_support::{
    Browser, Desk, Outcome, PASSWORD, check,
    program::{Program, Signed},
};
use crate::support::TestResult;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use time::format_description::well_known::Rfc3339;

const ME: &str = "/api/auth/me";
const KEYS: &str = "/api/auth/api-keys";

async fn reader(browser: &Browser<'_>) -> Outcome<Program> {
    Program::with_key(browser, &["read"], json!({})).await
}

#[tokio::test]
async fn a_key_is_shown_once_and_stored_unreadable() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let body = json!({"name": " My bot ", "scopes": ["trade", "read", "read"]});
    let made = ann
        .post(KEYS, body)
        .await?
        .expect_status(StatusCode::CREATED)?;
    let secret = made.json["secret"].as_str().ok_or("no secret")?;
    // 256 bits.
    check(secret.len() >= 43, secret)?;
    assert_eq!(made.json["key_id"], made.json["api_key"]["id"]);
    assert_eq!(made.json["api_key"]["name"], "My bot");
    assert_eq!(made.json["api_key"]["scopes"], json!(["read", "trade"]));
    assert_eq!(
        made.headers.get("cache-control").map(|v| v.as_bytes()),
        Some(b"no-store".as_slice())
    );
    for path in [KEYS, "/api/auth/me/export"] {
        let listed = ann.get(path).await?.expect_status(StatusCode::OK)?;
        check(
            listed.text.contains("My bot") && !listed.text.contains(secret),
            path,
        )?;
    }
    let stored = desk.stored_bytes()?;
    let holds = |text: &str| {
        stored
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    check(holds("My bot") && !holds(secret), "not in the database")
}

#[tokio::test]
async fn a_key_does_only_what_its_scopes_say() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let trader = Program::with_key(&ann, &["trade"], json!({})).await?;
    trader
        .get(&desk, ME, 0)
        .await?
        .expect_code(403, "forbidden")?;
    reader(&ann)
        .await?
        .get(&desk, ME, 0)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn a_key_can_not_do_what_takes_a_session_nor_step_up() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let networks = json!({"ip_allow_list": ["127.0.0.1"]});
    let program = Program::with_key(&ann, &["read", "trade", "withdraw"], networks).await?;
    let timestamp = desk.clock.now().unix_timestamp();
    let step_up = json!({"password": PASSWORD}).to_string();
    let key = json!({"name": "more", "scopes": ["read"]}).to_string();
    let delete = json!({"confirm": "delete"}).to_string();
    let own_key = format!("{KEYS}/{}", program.key);
    for (method, path, body) in [
        (Method::POST, "/api/auth/step-up", step_up.as_str()),
        (Method::POST, KEYS, key.as_str()),
        (Method::GET, KEYS, ""),
        (Method::DELETE, own_key.as_str(), ""),
        (Method::GET, "/api/auth/sessions", ""),
        (Method::GET, "/api/auth/me/export", ""),
        (Method::DELETE, ME, delete.as_str()),
        (Method::POST, "/api/auth/2fa/setup", ""),
        (Method::POST, "/api/auth/2fa/disable", ""),
        (Method::POST, "/api/auth/logout-all", ""),
        (Method::POST, "/api/auth/logout", ""),
    ] {
        let request = Signed {
            method,
            path,
            body,
            timestamp,
        };
        let answer = program
            .send(&desk, &request, &program.sign(&request)?)
            .await?;
        let refused = answer.expect_code(403, "forbidden");
        refused.map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_key_works_only_from_its_networks_and_until_its_end() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    for (list, allowed) in [
        (json!(["127.0.0.1"]), true),
        (json!(["192.0.2.0/24", "127.0.0.0/8"]), true),
        (json!(["192.0.2.0/24", "::1"]), false),
        (json!(["::ffff:127.0.0.1"]), true),
        (json!(["::ffff:127.0.0.0/104"]), true),
        (json!(["::ffff:192.0.2.1"]), false),
        (json!(["::/0"]), false),
    ] {
        let more = json!({"ip_allow_list": list});
        let program = Program::with_key(&ann, &["read"], more).await?;
        let answer = program.get(&desk, ME, 0).await?;
        let expected = if allowed {
            StatusCode::OK
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(answer.status, expected, "{list}");
    }
    let end = desk.clock.now() + Duration::from_secs(60);
    let more = json!({"expires_at": end.format(&Rfc3339)?});
    let program = Program::with_key(&ann, &["read"], more).await?;
    desk.clock.advance(Duration::from_secs(59));
    program
        .get(&desk, ME, 0)
        .await?
        .expect_status(StatusCode::OK)?;
    desk.clock.advance(Duration::from_secs(1));
    program
        .get(&desk, ME, 0)
        .await?
        .expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn a_wrong_key_is_not_made_and_its_field_named() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let many = vec!["127.0.0.1"; 51];
    let now = desk.clock.now().format(&Rfc3339)?;
    for (field, value) in [
        ("scopes", json!([])),
        ("scopes[0]", json!(["everything"])),
        ("ip_allow_list", json!(["somewhere"])),
        ("ip_allow_list", json!(["192.0.2.0/33"])),
        ("ip_allow_list", json!(many)),
        ("expires_at", json!(now)),
        ("expires_at", json!("tomorrow")),
        ("name", json!("")),
        ("colour", json!("red")),
    ] {
        let mut body = json!({"name": "bot", "scopes": ["read"]});
        let name = field.split('[').next().unwrap_or(field);
        body[name] = value.clone();
        let refused = ann.post(KEYS, body).await?.expect_field(field);
        refused.map_err(|error| format!("{field} {value}: {error}"))?;
    }
    let body = json!({"name": "bot", "scopes": ["withdraw"]});
    ann.post(KEYS, body).await?.expect_field("ip_allow_list")?;
    for wide in [
        json!(["0.0.0.0/0"]),
        json!(["127.0.0.1", "::/0"]),
        json!(["128.0.0.0/7"]),
        json!(["2001::/31"]),
        json!(["::ffff:0.0.0.0/96"]),
    ] {
        let body = json!({"name": "bot", "scopes": ["withdraw"], "ip_allow_list": wide});
        let refused = ann.post(KEYS, body).await?.expect_field("ip_allow_list");
        refused.map_err(|error| format!("{wide}: {error}"))?;
    }
    let listed = ann.get(KEYS).await?;
    assert_eq!(listed.json, json!({"api_keys": []}));
    Ok(())
}

#[tokio::test]
async fn networks_are_kept_as_they_are_compared() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let sent = json!([
        "10.1.2.3/8",
        "::ffff:192.0.2.7",
        "2001:db8:ffff::1/32",
        "192.0.2.1"
    ]);
    let body = json!({"name": "bot", "scopes": ["withdraw"], "ip_allow_list": sent});
    let made = ann.post(KEYS, body).await?;
    let made = made.expect_status(StatusCode::CREATED)?;
    let kept = json!([
        "10.0.0.0/8",
        "192.0.2.7/32",
        "2001:db8::/32",
        "192.0.2.1/32"
    ]);
    assert_eq!(made.json["api_key"]["ip_allow_list"], kept);
    Ok(())
}

#[tokio::test]
async fn a_deleted_key_ends_at_once_and_nobody_deletes_anothers() -> TestResult {
    let desk = Desk::start().await?;
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let program = reader(&ann).await?;
    let path = format!("{KEYS}/{}", program.key);
    let theirs = bob.send(Method::DELETE, &path, None).await?;
    theirs.expect_code(404, "not_found")?;
    program
        .get(&desk, ME, 0)
        .await?
        .expect_status(StatusCode::OK)?;
    ann.send(Method::DELETE, &path, None)
        .await?
        .expect_status(StatusCode::OK)?;
    program
        .get(&desk, ME, 1)
        .await?
        .expect_code(401, "unauthenticated")?;
    ann.send(Method::DELETE, &path, None)
        .await?
        .expect_code(404, "not_found")?;
    Ok(())
}

#[tokio::test]
async fn the_last_use_is_shown() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let program = reader(&ann).await?;
    let listed = ann.get(KEYS).await?;
    assert_eq!(listed.json["api_keys"][0]["last_used_at"], Value::Null);
    program
        .get(&desk, ME, 0)
        .await?
        .expect_status(StatusCode::OK)?;
    let listed = ann.get(KEYS).await?;
    let used = listed.json["api_keys"][0]["last_used_at"]
        .as_str()
        .ok_or("no use")?;
    let used = time::OffsetDateTime::parse(used, &Rfc3339)?;
    assert_eq!(used, desk.clock.now());
    Ok(())
}

#[tokio::test]
async fn an_account_has_50_keys_at_most() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    for _ in 0..50 {
        reader(&ann).await?;
    }
    let body = json!({"name": "bot", "scopes": ["read"]});
    ann.post(KEYS, body.clone())
        .await?
        .expect_code(409, "conflict")?;
    let listed = ann.get(KEYS).await?;
    let id = listed.json["api_keys"][0]["id"]
        .as_str()
        .ok_or("no id")?
        .to_owned();
    let path = format!("{KEYS}/{id}");
    ann.send(Method::DELETE, &path, None)
        .await?
        .expect_status(StatusCode::OK)?;
    ann.post(KEYS, body)
        .await?
        .expect_status(StatusCode::CREATED)?;
    Ok(())
}

#[tokio::test]
async fn a_suspended_owners_key_ends() -> TestResult {
    use domain::account::{Email, Role};
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let program = reader(&ann).await?;
    let store = desk.store().await?;
    let address = Email::parse(&crate::auth_support::email("Ann"))?;
    let mut user = store.users.by_email(&address).await?.ok_or("no account")?;
    user.role = Role::Suspended;
    store.users.update(&user).await?;
    program
        .get(&desk, ME, 0)
        .await?
        .expect_code(401, "unauthenticated")?;
    Ok(())
}
