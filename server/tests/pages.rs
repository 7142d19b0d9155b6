//! Pages and their functions, as a browser and a program ask for them.

mod support;

use http::{StatusCode, header};
use support::{TestResult, TestServer};

const HTML: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

/// Status and text of a page a browser asks for, with further headers.
async fn page(
    server: &TestServer,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<(StatusCode, String), Box<dyn std::error::Error>> {
    let mut request = server.get(path).header(header::ACCEPT, HTML);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await?;
    Ok((response.status(), response.text().await?))
}

/// The opening tag of the document.
fn root(html: &str) -> &str {
    let start = html.find("<html").unwrap_or(0);
    html[start..].split('>').next().unwrap_or_default()
}

#[tokio::test]
async fn rows_and_prices_stand_in_the_html() -> TestResult {
    let server = TestServer::start().await?;
    for path in ["/", "/markets"] {
        let (status, html) = page(&server, path, &[]).await?;
        assert_eq!(status, StatusCode::OK);
        let body = html.split("<main").nth(1).ok_or("no main")?;
        // Rows inside a template or a script would not be seen without JavaScript.
        let table = body.split("<table").nth(1).ok_or("no table")?;
        let rows = table.split("</table>").next().unwrap_or_default();
        assert!(!rows.contains("<template"));
        assert!(rows.contains(r#"data-coin="bitcoin""#), "{path}");
        assert!(rows.matches("<tr").count() >= 50, "{path}");
        assert_eq!(html.matches("<h1").count(), 1, "{path}");
        assert!(
            html.contains("<title>Markets · CryptoVault</title>"),
            "{path}"
        );
    }
    server.stop().await
}

#[tokio::test]
async fn the_policy_s_nonce_is_on_every_script_and_nothing_is_styled_inline() -> TestResult {
    let server = TestServer::start().await?;
    for path in ["/", "/coins/bitcoin", "/nowhere"] {
        let response = server.get(path).header(header::ACCEPT, HTML).send().await?;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()?
            .to_owned();
        let html = response.text().await?;
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .and_then(|rest| rest.split('\'').next());
        let nonce = format!(r#"nonce="{}""#, nonce.ok_or("no nonce")?);
        let scripts: Vec<&str> = html.split("<script").skip(1).collect();
        assert!(!scripts.is_empty());
        for script in scripts {
            let tag = script.split('>').next().unwrap_or_default();
            assert!(tag.contains(&nonce), "{path}: <script{tag}>");
        }
        assert!(!html.contains(" style="), "{path}");
        assert!(!html.contains("<style"), "{path}");
        assert!(!html.contains(" onclick="), "{path}");
    }
    server.stop().await
}

#[tokio::test]
async fn numbers_follow_the_visitor_s_language() -> TestResult {
    let server = TestServer::start().await?;
    let ticker = |html: &str| -> String {
        let strip = html
            .split(r#"data-testid="ticker""#)
            .nth(1)
            .unwrap_or_default();
        strip
            .split("</section>")
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let (_, english) = page(&server, "/", &[("accept-language", "en-GB,en;q=0.9")]).await?;
    let (_, german) = page(&server, "/", &[("accept-language", "de-DE,de;q=0.9")]).await?;
    assert!(ticker(&english).contains('.'), "{}", ticker(&english));
    let price = |strip: &str| -> Option<String> {
        let after = strip.split("ticker-price").nth(1)?;
        let text = after.split('$').nth(1)?;
        Some(text.split('<').next()?.to_owned())
    };
    let english = price(&ticker(&english)).ok_or("no price")?;
    let german = price(&ticker(&german)).ok_or("no price")?;
    assert_eq!(english.rfind('.'), Some(english.len() - 3), "{english}");
    assert_eq!(german.rfind(','), Some(german.len() - 3), "{german}");
    server.stop().await
}

#[tokio::test]
async fn the_chosen_theme_is_in_the_document_from_the_first_byte() -> TestResult {
    let server = TestServer::start().await?;
    let (_, html) = page(&server, "/", &[]).await?;
    assert!(!root(&html).contains("data-theme"), "{}", root(&html));
    for (cookie, expected) in [("theme=light", "light"), ("a=b; theme=dark", "dark")] {
        let (_, html) = page(&server, "/", &[("cookie", cookie)]).await?;
        assert!(
            root(&html).contains(&format!(r#"data-theme="{expected}""#)),
            "{}",
            root(&html)
        );
    }
    let (_, html) = page(&server, "/", &[("cookie", r#"theme="><script>"#)]).await?;
    assert!(!root(&html).contains("data-theme"), "{}", root(&html));
    server.stop().await
}

#[tokio::test]
async fn the_theme_form_works_without_javascript_and_leads_back_to_this_site_only() -> TestResult {
    let server = TestServer::start().await?;
    for (next, expected) in [
        ("%2Fcoins%2Fbitcoin%3Fchart%3D7", "/coins/bitcoin?chart=7"),
        ("%2F%2Fevil.example", "/"),
        ("https%3A%2F%2Fevil.example", "/"),
    ] {
        let response = server
            .client
            .post(server.url("/_fn/appearance/theme"))
            .header(header::ACCEPT, HTML)
            .header(header::REFERER, server.url("/markets"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("theme=light&next={next}"))
            .send()
            .await?;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()[header::LOCATION], expected);
        let cookie = response.headers()[header::SET_COOKIE].to_str()?;
        assert!(cookie.starts_with("theme=light; Path=/"), "{cookie}");
    }
    server.stop().await
}

#[tokio::test]
async fn unknown_addresses_are_404_and_say_so() -> TestResult {
    let server = TestServer::start().await?;
    let (status, html) = page(&server, "/nowhere", &[]).await?;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(html.contains(r#"data-testid="not-found""#));
    let (status, _) = page(&server, "/coins/not-a-coin", &[]).await?;
    assert_eq!(status, StatusCode::NOT_FOUND);
    server.stop().await
}

#[tokio::test]
async fn a_function_s_error_has_its_status_and_names_the_request() -> TestResult {
    let server = TestServer::start().await?;
    let ask = |path: &'static str| {
        server
            .get(path)
            .header(header::ACCEPT, "application/json")
            .header("x-request-id", "test-42")
            .send()
    };
    let response = ask("/_fn/market/coin?id=not-a-coin").await?;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let error: serde_json::Value = response.json().await?;
    assert_eq!(error["code"], "unknown_coin");
    assert_eq!(error["request_id"], "test-42");

    let response = ask("/_fn/market/candles?id=bitcoin").await?;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let error: serde_json::Value = response.json().await?;
    assert_eq!(error["code"], "bad_request");

    let response = ask("/_fn/market/coin?id=BTC").await?;
    assert_eq!(response.status(), StatusCode::OK);
    let coin: serde_json::Value = response.json().await?;
    assert_eq!(coin["id"], "bitcoin");
    server.stop().await
}

#[tokio::test]
async fn the_state_of_the_prices_is_shown_before_any_script_runs() -> TestResult {
    let server = TestServer::start().await?;
    let (_, html) = page(&server, "/", &[]).await?;
    let badge = html
        .split("data-testid=\"price-status\"")
        .nth(1)
        .ok_or("no badge")?;
    let tag = badge.split('>').next().unwrap_or_default();
    assert!(tag.contains(r#"data-state="simulated""#), "{tag}");
    assert!(tag.contains(r#"data-source="simulated""#), "{tag}");
    assert!(
        badge
            .split("</details>")
            .next()
            .is_some_and(|text| text.contains("USD"))
    );
    server.stop().await
}
