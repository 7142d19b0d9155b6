//! Plain forms, as a browser without JavaScript posts them: whatever comes of it, it ends on a page
//! of this site.

use crate::support::{TestResult, TestServer};
use http::StatusCode;
use reqwest::{RequestBuilder, Response};

fn form(server: &TestServer, path: &str, body: &str) -> RequestBuilder {
    let request = server.client.post(server.url(path)).body(body.to_owned());
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
}

async fn leads_to(request: RequestBuilder) -> Result<String, Box<dyn std::error::Error>> {
    let answer: Response = request.send().await?;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    Ok(answer.headers()["location"].to_str()?.to_owned())
}

#[tokio::test]
async fn a_failed_form_leads_to_the_page_it_names() -> TestResult {
    let server = TestServer::start().await?;
    let referer = server.url("/coins/bitcoin?days=7");
    for (body, page) in [
        // An unknown coin, and a field too few.
        (
            "coin=nocoin&starred=true&next=%2Fmarkets%3Fsort%3Dname",
            "/markets?sort=name",
        ),
        ("coin=bitcoin&next=%2Fmarkets", "/markets"),
        (
            "coin=nocoin&starred=true&next=%2Fmarkets%3Fsearch%3D%C3%BC",
            "/markets?search=%C3%BC",
        ),
    ] {
        let request = form(&server, "/_fn/watchlist/set", body).header("referer", &referer);
        assert_eq!(leads_to(request).await?, page, "{body}");
    }
    server.stop().await
}

#[tokio::test]
async fn a_form_that_names_no_page_of_ours_leads_back_or_home() -> TestResult {
    let server = TestServer::start().await?;
    let own = server.url("/coins/bitcoin?days=7");
    let foreign = [
        "https://evil.example/coins/bitcoin",
        "http://127.0.0.1.evil.example/",
        "not an address",
    ];
    for next in [
        "",
        "&next=https%3A%2F%2Fevil.example%2F",
        "&next=%2F%2Fevil.example",
        "&next=%2F%5Cevil.example",
        "&next=%2F%09%2Fevil.example",
        "&next=%2Fa%0D%0ASet-Cookie%3A%20a%3Db",
    ] {
        let body = format!("coin=nocoin&starred=true{next}");
        let post = || form(&server, "/_fn/watchlist/set", &body);
        let page = leads_to(post().header("referer", &own)).await?;
        assert_eq!(page, "/coins/bitcoin?days=7", "{next}");
        assert_eq!(leads_to(post()).await?, "/", "{next}");
        for referer in foreign {
            let page = leads_to(post().header("referer", referer)).await?;
            assert_eq!(page, "/", "{next} from {referer}");
        }
    }
    server.stop().await
}

#[tokio::test]
async fn a_form_that_succeeds_leads_to_the_page_it_names() -> TestResult {
    let server = TestServer::start().await?;
    for (next, page) in [
        ("%2Fmarkets%3Fsearch%3D%C3%BC", "/markets?search=%C3%BC"),
        ("%2F%2Fevil.example", "/"),
    ] {
        let body = format!("coin=bitcoin&starred=true&next={next}");
        let request = form(&server, "/_fn/watchlist/set", &body);
        let answer = request
            .header("referer", "https://evil.example/")
            .send()
            .await?;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{next}");
        assert_eq!(answer.headers()["location"], page, "{next}");
        assert!(answer.headers().contains_key("set-cookie"), "{next}");
    }
    server.stop().await
}

#[tokio::test]
async fn a_function_that_is_not_there_is_a_page_for_people_and_a_problem_for_programs() -> TestResult
{
    let server = TestServer::start().await?;
    let asked_for = server.get("/_fn/nope").header("accept", "text/html");
    let posted = form(&server, "/_fn/nope", "next=%2F");
    for (request, page) in [(asked_for, "not-found"), (posted, "error-page")] {
        let answer = request.send().await?;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let text = answer.text().await?;
        assert!(text.contains(&format!("data-testid=\"{page}\"")), "{text}");
    }

    for request in [
        server.get("/_fn/nope"),
        server.get("/_fn"),
        server.client.post(server.url("/_fn/nope")),
    ] {
        let answer = request.send().await?;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: serde_json::Value = answer.json().await?;
        assert_eq!(problem["code"], "not_found", "{problem}");
        assert!(problem["request_id"].is_string(), "{problem}");
    }
    server.stop().await
}
