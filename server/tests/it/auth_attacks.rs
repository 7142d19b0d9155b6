//! Forged tokens, foreign sites and suspended people.

use crate::auth_support::{
    Browser, Desk, Outcome, PASSWORD, check, email, peer,
    signer::{Token, hex, jwt_key},
};
use crate::support::TestResult;
use domain::account::{Email, Role};
use http::{StatusCode, header};
use serde_json::{Value, json};
use services::config::Secret;
use std::time::Duration;
use tokio_tungstenite::{connect_async, tungstenite::client::IntoClientRequest};

const SECRET: &str = "a secret of this test, and of no other one";
const PREVIOUS: &str = "the secret that was used before this one";
const MINUTE: Duration = Duration::from_secs(60);

async fn desk_with(secret: &str, previous: Option<&str>) -> Outcome<Desk> {
    Desk::start_with(|config| {
        config.auth.jwt_secret = Some(Secret::new(secret));
        config.auth.jwt_secret_previous = previous.map(Secret::new);
    })
    .await
}

fn cookie(browser: &Browser<'_>, name: &str) -> Outcome<String> {
    Ok(browser.cookie(name).ok_or_else(|| format!("no {name}"))?)
}

/// Whether these tokens, in a browser of their own, let anybody in.
async fn lets_in(desk: &Desk, access: &str) -> Outcome<bool> {
    let thief = desk.browser();
    thief.set_cookie("access_token", access);
    thief.is_signed_in().await
}

#[tokio::test]
async fn a_token_says_all_that_it_has_to_and_is_signed_with_hs256() -> TestResult {
    let desk = desk_with(SECRET, None).await?;
    let ann = desk.signed_in("Ann").await?;
    let (_, key_id) = jwt_key(SECRET)?;
    for (name, typ, lifetime) in [
        ("access_token", "access", 900),
        ("refresh_token", "refresh", 604_800),
    ] {
        let token = Token::parse(&cookie(&ann, name)?)?;
        assert_eq!(token.header["alg"], "HS256");
        assert_eq!(token.header["kid"], key_id);
        let claims = token.claims.as_object().ok_or("no claims")?;
        let mut names: Vec<&str> = claims.keys().map(String::as_str).collect();
        names.sort_unstable();
        let all = [
            "aud", "exp", "iat", "iss", "jti", "nbf", "sid", "sub", "typ",
        ];
        assert_eq!(names, all);
        assert_eq!(token.claims["typ"], typ);
        let number = |name: &str| token.claims[name].as_i64().unwrap_or_default();
        assert_eq!(number("exp") - number("iat"), lifetime);
    }
    Ok(())
}

#[tokio::test]
async fn a_forged_token_lets_nobody_in() -> TestResult {
    let desk = desk_with(SECRET, None).await?;
    let ann = desk.signed_in("Ann").await?;
    let bob = desk.signed_in("Bob").await?;
    let token = Token::parse(&cookie(&ann, "access_token")?)?;
    let others = Token::parse(&cookie(&bob, "access_token")?)?;
    let (key, _) = jwt_key(SECRET)?;
    let now = desk.clock.now().unix_timestamp();
    let make = || token.clone();
    // The signer is right: what it signs counts, unless something is wrong.
    check(lets_in(&desk, &make().signed(&key)?).await?, "the signer")?;
    let none = make().headed("alg", "none").kept();
    let foreign = [
        ("alg none", make().unsigned()),
        (
            "alg none in capitals",
            make().headed("alg", "NONE").signed(b"")?,
        ),
        ("alg none with a signature", none),
        ("alg RS256", make().headed("alg", "RS256").signed(&key)?),
        ("alg HS512", make().headed("alg", "HS512").signed(&key)?),
        (
            "the secret itself as key",
            make().signed(SECRET.as_bytes())?,
        ),
        ("an empty key", make().signed(b"")?),
        ("another key", make().signed(&jwt_key(PREVIOUS)?.0)?),
        (
            "an unknown kid",
            make().headed("kid", "00000000").signed(&key)?,
        ),
        (
            "kid a path",
            make().headed("kid", "../../dev/null").signed(b"")?,
        ),
        ("no kid", make().headed("kid", Value::Null).signed(&key)?),
        ("typ refresh", make().with("typ", "refresh").signed(&key)?),
        ("typ admin", make().with("typ", "admin").signed(&key)?),
        ("over", make().with("exp", now).signed(&key)?),
        ("not begun", make().with("nbf", now + 6).signed(&key)?),
        (
            "aud",
            make().with("aud", "https://evil.example").signed(&key)?,
        ),
        (
            "iss",
            make().with("iss", "https://evil.example").signed(&key)?,
        ),
        (
            "sub",
            make()
                .with("sub", others.claims["sub"].clone())
                .signed(&key)?,
        ),
        (
            "sid",
            make()
                .with("sid", others.claims["sid"].clone())
                .signed(&key)?,
        ),
        ("jti", make().with("jti", "not a UUID").signed(&key)?),
        (
            "tampered",
            make().with("sub", others.claims["sub"].clone()).kept(),
        ),
        ("longer", make().with("exp", now + 1_000_000).kept()),
        ("no exp", make().without("exp").signed(&key)?),
        ("no aud", make().without("aud").signed(&key)?),
        ("no typ", make().without("typ").signed(&key)?),
    ];
    for (what, forged) in foreign {
        check(!lets_in(&desk, &forged).await?, what)?;
        // Signed with our own key it would be a refresh token used again, which ends the session.
        if what == "typ refresh" {
            continue;
        }
        let thief = desk.browser();
        thief.set_cookie("refresh_token", &forged);
        let refreshed = thief.call("/api/auth/refresh").await?;
        refreshed.expect_code(401, "unauthenticated")?;
    }
    check(
        ann.is_signed_in().await? && bob.is_signed_in().await?,
        "nothing happened",
    )
}

#[tokio::test]
async fn a_refresh_token_can_not_be_guessed_from_one_that_was_seen() -> TestResult {
    let desk = desk_with(SECRET, None).await?;
    let ann = desk.signed_in("Ann").await?;
    let (key, _) = jwt_key(SECRET)?;
    // Whoever had the signing key alone would still need the id of the next generation.
    let token = Token::parse(&cookie(&ann, "refresh_token")?)?;
    let forged = token.with("jti", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let thief = desk.browser();
    thief.set_cookie("refresh_token", &forged.signed(&key)?);
    let refreshed = thief.call("/api/auth/refresh").await?;
    refreshed.expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn the_previous_secret_still_verifies_and_no_longer_signs() -> TestResult {
    let old = desk_with(PREVIOUS, None).await?;
    let ann = old.signed_in("Ann").await?;
    let (access, refresh) = (
        cookie(&ann, "access_token")?,
        cookie(&ann, "refresh_token")?,
    );
    let restarted = |secret: &'static str, previous: Option<&'static str>| {
        let database = old.database.clone();
        Desk::start_with(move |config| {
            config.database.url = database;
            config.auth.jwt_secret = Some(Secret::new(secret));
            config.auth.jwt_secret_previous = previous.map(Secret::new);
        })
    };
    let desk = restarted(SECRET, Some(PREVIOUS)).await?;
    check(lets_in(&desk, &access).await?, "the old token counts")?;
    let browser = desk.browser();
    browser.set_cookie("refresh_token", &refresh);
    browser
        .call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    let (_, key_id) = jwt_key(SECRET)?;
    for name in ["access_token", "refresh_token"] {
        let token = Token::parse(&cookie(&browser, name)?)?;
        assert_eq!(token.header["kid"], key_id, "{name}");
    }
    let without = restarted(SECRET, None).await?;
    check(
        !lets_in(&without, &access).await?,
        "without it, it does not",
    )?;
    check(
        lets_in(&without, &cookie(&browser, "access_token")?).await?,
        "the new one does",
    )
}

#[tokio::test]
async fn an_access_token_that_was_given_back_is_on_the_blacklist_until_its_end() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let token = cookie(&ann, "access_token")?;
    let claims = Token::parse(&token)?.claims;
    ann.call("/api/auth/logout")
        .await?
        .expect_status(StatusCode::OK)?;
    check(!lets_in(&desk, &token).await?, "it counts no more")?;
    let jti = claims["jti"].as_str().ok_or("no jti")?.parse()?;
    check(
        desk.store().await?.blacklist.contains(jti).await?,
        "in the database",
    )
}

#[tokio::test]
async fn the_blacklist_alone_keeps_a_token_out() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let claims = Token::parse(&cookie(&ann, "access_token")?)?.claims;
    check(ann.is_signed_in().await?, "before")?;
    let jti = claims["jti"].as_str().ok_or("no jti")?.parse()?;
    let end = desk.clock.now() + 15 * MINUTE;
    desk.store().await?.blacklist.add(jti, end).await?;
    check(
        !ann.is_signed_in().await?,
        "the session is there, the token is not",
    )?;
    ann.call("/api/auth/refresh")
        .await?
        .expect_status(StatusCode::OK)?;
    check(ann.is_signed_in().await?, "another token of the session")
}

#[tokio::test]
async fn a_post_of_another_site_with_our_cookies_is_refused() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let cookies = format!("access_token={}", cookie(&ann, "access_token")?);
    let own = desk.server.url("").trim_end_matches('/').to_owned();
    let cases: [(&[(&str, &str)], u16); 9] = [
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "cross-site"), ("origin", &own)], 403),
        (&[("origin", "https://evil.example")], 403),
        (&[("origin", "null")], 403),
        (&[], 403),
        (&[("sec-fetch-site", "same-origin")], 403),
        (&[("sec-fetch-site", "none")], 403),
        (&[("origin", &own)], 403),
    ];
    for (index, (headers, _)) in cases.iter().enumerate() {
        let mut request = desk
            .server
            .client
            .post(desk.server.url("/api/auth/step-up"));
        request = request.header(header::COOKIE, &cookies);
        for (name, value) in *headers {
            request = request.header(*name, *value);
        }
        let status = request
            .json(&json!({"password": PASSWORD}))
            .send()
            .await?
            .status();
        let passes = index >= 6;
        let expected = if passes {
            StatusCode::OK
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(status, expected, "{headers:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_socket_opens_for_our_own_pages_only() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let cookies = format!("access_token={}", cookie(&ann, "access_token")?);
    let own = desk.server.url("").trim_end_matches('/').to_owned();
    for (origin, opens) in [
        ("https://evil.example", false),
        ("null", false),
        (own.as_str(), true),
        ("http://127.0.0.1", true),
    ] {
        for path in ["/ws/prices", "/ws/account"] {
            let mut request = desk.server.ws_url(path).into_client_request()?;
            let headers = request.headers_mut();
            headers.insert(header::ORIGIN, origin.parse()?);
            headers.insert(header::COOKIE, cookies.parse()?);
            match connect_async(request).await {
                Ok(_) => check(opens, origin)?,
                Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => {
                    assert_eq!(
                        (answer.status(), opens),
                        (StatusCode::FORBIDDEN, false),
                        "{origin}"
                    );
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_cookie_that_is_there_twice_is_none() -> TestResult {
    let desk = Desk::start().await?;
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let (mine, others) = (cookie(&ann, "access_token")?, cookie(&bob, "access_token")?);
    for cookies in [
        format!("access_token={mine}; access_token={others}"),
        format!("access_token={mine}; access_token={mine}"),
    ] {
        let request = desk
            .server
            .get("/api/auth/me")
            .header(header::COOKIE, cookies);
        assert_eq!(request.send().await?.status(), StatusCode::UNAUTHORIZED);
    }
    let request = desk
        .server
        .get("/api/auth/me")
        .header(header::COOKIE, format!("access_token={mine}"));
    assert_eq!(request.send().await?.status(), StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn a_suspended_user_is_out_at_once_and_stays_out() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let authenticator = desk.enable_second_factor(&ann).await?;
    let bob = desk.signed_in("Bob").await?;
    let half_in = desk.browser();
    let token = half_in.first_step("Ann", PASSWORD).await?;
    let store = desk.store().await?;
    for name in ["Ann", "Bob"] {
        let user = store.users.by_email(&Email::parse(&email(name))?).await?;
        let mut user = user.ok_or("no such account")?;
        user.role = Role::Suspended;
        store.users.update(&user).await?;
    }
    check(
        !ann.is_signed_in().await? && !bob.is_signed_in().await?,
        "out",
    )?;
    bob.call("/api/auth/refresh")
        .await?
        .expect_code(401, "unauthenticated")?;
    let code = desk.code(&authenticator.secret, 0)?;
    half_in
        .second_step(&token, &code)
        .await?
        .expect_code(403, "account_suspended")?;
    let right = desk.browser().login("Bob", PASSWORD).await?;
    check(!right.signs_in(), "no cookies")?;
    right.expect_code(403, "account_suspended")?;
    let wrong = desk.browser().login("Bob", "not the password").await?;
    wrong.expect_code(401, "invalid_credentials")?;
    Ok(())
}

#[tokio::test]
async fn what_another_library_forges_lets_nobody_in() -> TestResult {
    let desk = desk_with(SECRET, None).await?;
    let ann = desk.signed_in("Ann").await?;
    let token = Token::parse(&cookie(&ann, "access_token")?)?;
    let (key, kid) = jwt_key(SECRET)?;
    let (key, claims) = (hex(&key), token.claims.to_string());
    for (algorithm, counts) in [
        ("HS256", true),
        ("none", false),
        ("HS384", false),
        ("HS512", false),
    ] {
        let forged = peer::ask(&["jwt", algorithm, &key, &kid, &claims]).await?;
        assert_eq!(lets_in(&desk, &forged).await?, counts, "{algorithm}");
    }
    let raw = hex(SECRET.as_bytes());
    let forged = peer::ask(&["jwt", "HS256", &raw, &kid, &claims]).await?;
    check(!lets_in(&desk, &forged).await?, "the secret itself as key")
}
