//! Another site must not be able to make a visitor's browser change anything here.

use crate::auth_support::{Desk, check};
use crate::support::{
    TestResult, TestServer,
    program::{Running, terminate},
};
use http::{Method, StatusCode};

const FORM: &str = "theme=light&next=%2Fmarkets";

/// Posts the theme form with these headers: the status, and whether a cookie was set.
async fn post(
    server: &TestServer,
    headers: &[(&str, &str)],
) -> Result<(StatusCode, bool), Box<dyn std::error::Error>> {
    let mut request = server
        .client
        .post(server.url("/_fn/appearance/theme"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.body(FORM).send().await?;
    Ok((answer.status(), answer.headers().contains_key("set-cookie")))
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() -> TestResult {
    let server = TestServer::start().await?;
    let own = server.url("");
    let own = own.trim_end_matches('/');
    let foreign: [&[(&str, &str)]; 9] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", own)],
        &[
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "cross-site"),
        ],
        &[("origin", own), ("origin", "https://evil.example")],
        &[("cookie", "theme=dark")],
        &[("cookie", "theme=dark"), ("origin", "https://evil.example")],
    ];
    for headers in foreign {
        let outcome = post(&server, headers).await?;
        assert_eq!(outcome, (StatusCode::FORBIDDEN, false), "{headers:?}");
    }
    let own_pages: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "same-origin"), ("cookie", "theme=dark")],
        &[("sec-fetch-site", "none"), ("cookie", "theme=dark")],
        &[("origin", own), ("cookie", "theme=dark")],
        &[("origin", "http://127.0.0.1")],
        &[],
    ];
    for headers in own_pages {
        let outcome = post(&server, headers).await?;
        assert_eq!(outcome, (StatusCode::SEE_OTHER, true), "{headers:?}");
    }
    server.stop().await
}

#[tokio::test]
async fn a_listed_origin_reaches_the_api_only() -> TestResult {
    let mut config = crate::support::unlimited();
    config.http.cors_origins = vec!["https://friend.example".to_owned()];
    let server = TestServer::start_with(config).await?;
    let friend = [
        ("origin", "https://friend.example"),
        ("sec-fetch-site", "cross-site"),
    ];
    let outcome = post(&server, &friend).await?;
    assert_eq!(outcome, (StatusCode::FORBIDDEN, false));
    for (origin, expected) in [
        ("https://friend.example", StatusCode::METHOD_NOT_ALLOWED),
        ("https://evil.example", StatusCode::FORBIDDEN),
    ] {
        let answer = server
            .client
            .post(server.url("/api/crypto"))
            .header("origin", origin)
            .send()
            .await?;
        assert_eq!(answer.status(), expected, "{origin}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    server.stop().await
}

/// Who listens on every interface is reached by whatever name the machine has.
#[tokio::test]
async fn a_server_on_every_interface_works_under_the_host_people_use() -> TestResult {
    let listens_everywhere = [("HOST", "0.0.0.0")];
    let mut program = Running::start(|_| Ok(()), &listens_everywhere).await?;
    let port = program
        .address
        .rsplit(':')
        .next()
        .ok_or("no port")?
        .to_owned();
    let host = format!("desk.local:{port}");
    let reached = format!("http://127.0.0.1:{port}");
    let (own, other) = (format!("http://{host}"), "http://evil.example".to_owned());
    services::tls::install();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;

    let page = client.get(&reached).header("host", &host).send().await?;
    let policy = page.headers()["content-security-policy"].to_str()?;
    assert!(policy.contains("connect-src 'self' "), "{policy}");
    assert!(!policy.contains("0.0.0.0"), "{policy}");
    for (origin, expected) in [(&own, 303), (&other, 403)] {
        let form = client
            .post(format!("{reached}/_fn/appearance/theme"))
            .header("host", &host)
            .header("origin", origin)
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(form.body(FORM).send().await?.status(), expected, "{origin}");
    }
    for (origin, expected) in [(&own, 101), (&other, 403)] {
        let upgrade = client
            .get(format!("{reached}/ws/prices"))
            .header("host", &host)
            .header("origin", origin)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==");
        assert_eq!(upgrade.send().await?.status(), expected, "{origin}");
    }
    terminate(&program.child).await?;
    program.ended().await?;
    Ok(())
}

/// A link or a picture of another site is a GET with the visitor's cookies, if it is followed.
#[tokio::test]
async fn no_route_or_form_that_changes_something_is_reached_by_a_get() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let (_, document) = desk.server.json("/api/openapi.json").await?;
    let paths = document["paths"].as_object().ok_or("no paths")?;
    let changing = paths
        .iter()
        .filter(|(_, methods)| methods.get("get").is_none());
    let routes: Vec<String> = changing
        .map(|(path, _)| path.replace("{id}", "00000000-0000-7000-8000-000000000000"))
        .collect();
    check(routes.len() > 25, "all that change something")?;
    for path in &routes {
        let answer = ann.follow(path).await?;
        // Beside a route that is called otherwise, its name may be taken for an id.
        let is_no_such = answer.status == StatusCode::NOT_FOUND;
        let is_no_get = answer.status == StatusCode::METHOD_NOT_ALLOWED;
        check(
            is_no_get || is_no_such,
            &format!("{path}: {}", answer.status),
        )?;
    }
    let forms = leptos::server_fn::axum::server_fn_paths();
    let forms: Vec<&str> = forms
        .filter(|(_, method)| *method != Method::GET)
        .map(|(path, _)| path)
        .collect();
    check(forms.contains(&"/_fn/auth/me/delete"), "all forms")?;
    for path in forms {
        let answer = ann.follow(path).await?;
        check(
            answer.status.is_client_error(),
            &format!("{path}: {}", answer.status),
        )?;
    }
    check(ann.is_signed_in().await?, "nothing has happened")
}
