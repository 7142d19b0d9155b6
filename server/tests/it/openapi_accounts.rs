//! What the server answers about accounts is what the API's description promises.

use crate::auth_support::{Browser, Desk, PASSWORD, email};
use crate::support::{TestResult, schema::mismatches};
use http::{Method, header};
use serde_json::{Value, json};

/// Method, path in the description, path, body, expected status.
type Case = (Method, &'static str, String, Option<Value>, u16);

async fn walk(
    desk: &Desk,
    browser: &Browser<'_>,
    document: &Value,
    cases: Vec<Case>,
) -> TestResult {
    for (method, template, path, body, expected) in cases {
        let mut request = desk
            .server
            .client
            .request(method.clone(), desk.server.url(&path))
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, browser.cookie_header());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        assert_eq!(answer.status().as_u16(), expected, "{method} {path}");
        let name = method.as_str().to_lowercase();
        let operation = &document["paths"][template][&name];
        let wrong = mismatches(document, operation, answer).await?;
        assert!(wrong.is_empty(), "{method} {path}: {wrong:#?}");
    }
    Ok(())
}

fn case(method: Method, path: &'static str, body: Option<Value>, expected: u16) -> Case {
    (method, path, path.to_owned(), body, expected)
}

#[tokio::test]
async fn answers_to_strangers_are_as_described() -> TestResult {
    let desk = Desk::start().await?;
    let (_, document) = desk.server.json("/api/openapi.json").await?;
    let account = json!({"email": email("Ann"), "password": PASSWORD, "name": "Ann"});
    let login = |password: &str| json!({"email": email("Ann"), "password": password});
    let address = json!({"address": "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"});
    let post = |path, body, expected| case(Method::POST, path, Some(body), expected);
    let cases = vec![
        post("/api/auth/register", account.clone(), 201),
        post("/api/auth/register", account, 409),
        post("/api/auth/register", json!({"email": "x"}), 422),
        post("/api/auth/login", login(PASSWORD), 200),
        post("/api/auth/login", login("wrong"), 401),
        post("/api/auth/login", json!({}), 422),
        case(Method::POST, "/api/auth/login", None, 415),
        post(
            "/api/auth/2fa/verify",
            json!({"mfa_token": "x", "code": "123456"}),
            422,
        ),
        case(Method::POST, "/api/auth/refresh", None, 401),
        case(Method::POST, "/api/auth/logout", None, 401),
        case(Method::GET, "/api/auth/me", None, 401),
        case(Method::GET, "/api/auth/sessions", None, 401),
        post(
            "/api/auth/forgot-password",
            json!({"email": email("Bob")}),
            202,
        ),
        post(
            "/api/auth/reset-password",
            json!({"token": "x", "password": PASSWORD}),
            422,
        ),
        post("/api/auth/verify-email", json!({"token": "x"}), 422),
        post(
            "/api/auth/resend-verification",
            json!({"email": email("Bob")}),
            202,
        ),
        post("/api/auth/wallet/nonce", address, 200),
        post("/api/auth/wallet/nonce", json!({"address": "0x"}), 422),
        post(
            "/api/auth/wallet/verify",
            json!({"message": "x", "signature": "0x"}),
            422,
        ),
    ];
    walk(&desk, &desk.browser(), &document, cases).await
}

#[tokio::test]
async fn answers_to_their_owner_are_as_described() -> TestResult {
    let desk = Desk::start().await?;
    let (_, document) = desk.server.json("/api/openapi.json").await?;
    let browser = desk.signed_in("Ann").await?;
    let key = json!({"name": "Bot", "scopes": ["read"]});
    let post = |path, body, expected| case(Method::POST, path, Some(body), expected);
    let nothing = "00000000-0000-7000-8000-000000000000";
    let missing = |method, template: &'static str| -> Case {
        (
            method,
            template,
            template.replace("{id}", nothing),
            None,
            404,
        )
    };
    let cases = vec![
        case(Method::GET, "/api/auth/me", None, 200),
        case(
            Method::PATCH,
            "/api/auth/me",
            Some(json!({"name": "Anna"})),
            200,
        ),
        case(
            Method::PATCH,
            "/api/auth/me",
            Some(json!({"role": "admin"})),
            422,
        ),
        case(Method::GET, "/api/auth/me/export", None, 200),
        case(Method::GET, "/api/auth/sessions", None, 200),
        missing(Method::DELETE, "/api/auth/sessions/{id}"),
        case(Method::POST, "/api/auth/2fa/setup", None, 200),
        post("/api/auth/2fa/enable", json!({"code": "000000"}), 401),
        case(Method::POST, "/api/auth/2fa/disable", None, 409),
        case(Method::POST, "/api/auth/2fa/recovery-codes", None, 409),
        post("/api/auth/step-up", json!({"password": PASSWORD}), 200),
        post("/api/auth/step-up", json!({}), 422),
        post("/api/auth/api-keys", key.clone(), 201),
        case(Method::GET, "/api/auth/api-keys", None, 200),
        missing(Method::DELETE, "/api/auth/api-keys/{id}"),
        post(
            "/api/auth/change-password",
            json!({"current_password": "x", "new_password": PASSWORD}),
            422,
        ),
        case(
            Method::DELETE,
            "/api/auth/me",
            Some(json!({"confirm": "yes"})),
            422,
        ),
        case(
            Method::DELETE,
            "/api/auth/me",
            Some(json!({"confirm": "delete"})),
            200,
        ),
        case(Method::GET, "/api/auth/me", None, 401),
    ];
    walk(&desk, &browser, &document, cases).await
}

/// Else a program that is made from the description does not know whom it needs to be.
#[tokio::test]
async fn where_somebody_has_to_be_known_is_described() -> TestResult {
    let desk = Desk::start().await?;
    let (_, document) = desk.server.json("/api/openapi.json").await?;
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["Session"]["in"], "cookie");
    assert_eq!(schemes["ApiKey"]["name"], "X-API-Key");
    let paths = document["paths"].as_object().ok_or("no paths")?;
    let mut personal = 0;
    for (path, item) in paths {
        let is_plain = !path.contains('{') && !path.starts_with("/ws/");
        if !is_plain || item.get("get").is_none() {
            continue;
        }
        let answer = desk.server.client.get(desk.server.url(path)).send().await?;
        let is_refused = answer.status() == http::StatusCode::UNAUTHORIZED;
        let is_described = item["get"]["security"].is_array();
        assert_eq!(is_described, is_refused, "{path}");
        personal += usize::from(is_refused);
    }
    assert!(personal > 15, "{personal} paths");
    Ok(())
}
