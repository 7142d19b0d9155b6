//! Renderings of the market list that several visitors get.

use crate::support::{DEADLINE, TestResult, TestServer};
use http::header;
use std::time::Instant;

/// A page as one visitor got it.
struct Page {
    html: String,
    policy: String,
    id: String,
}

impl Page {
    async fn get(server: &TestServer, id: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let request = server.get("/markets").header(header::ACCEPT, "text/html");
        let response = request.header("x-request-id", id).send().await?;
        let text = |name| -> Result<String, Box<dyn std::error::Error>> {
            let value = response.headers().get(name).ok_or("a header is missing")?;
            Ok(value.to_str()?.to_owned())
        };
        Ok(Self {
            policy: text("content-security-policy")?,
            id: text("x-request-id")?,
            html: response.text().await?,
        })
    }

    /// When it was rendered: two renderings never have the same time.
    fn rendered(&self) -> Option<&str> {
        let (_, rest) = self.html.split_once(r#"\"timestamp\":"#)?;
        rest.split([',', '}']).next()
    }

    fn nonce(&self) -> Option<&str> {
        let (_, rest) = self.policy.split_once("'nonce-")?;
        rest.split('\'').next()
    }

    fn price(&self) -> Option<&str> {
        let (_, row) = self.html.split_once(r#"<tr data-coin="bitcoin""#)?;
        let (_, price) = row.split_once(r#"data-field="price""#)?;
        price.split("</td>").next()
    }
}

/// Two pages of one rendering. The first asks with `first`, the other with an id of its own.
async fn twins(
    server: &TestServer,
    first: &str,
) -> Result<(Page, Page), Box<dyn std::error::Error>> {
    let started = Instant::now();
    while started.elapsed() < DEADLINE {
        let pair = (
            Page::get(server, first).await?,
            Page::get(server, "visitor-two").await?,
        );
        if pair.0.rendered().ok_or("no time of rendering")? == pair.1.rendered().unwrap_or_default()
        {
            return Ok(pair);
        }
    }
    Err("no rendering was shared".into())
}

#[tokio::test]
async fn everybody_has_a_nonce_and_an_id_of_their_own() -> TestResult {
    let server = TestServer::start().await?;
    let (one, two) = twins(&server, "visitor-one").await?;
    assert_ne!(one.nonce(), two.nonce());
    for page in [&one, &two] {
        let nonce = page.nonce().ok_or("no nonce")?;
        let marked = page.html.matches(&format!(r#"nonce="{nonce}""#)).count();
        assert_eq!(marked, page.html.matches(" nonce=").count());
        assert!(marked > 0);
        assert!(page.html.contains(&page.id));
    }
    assert_eq!(
        (one.id.as_str(), two.id.as_str()),
        ("visitor-one", "visitor-two")
    );
    assert!(!two.html.contains("visitor-one"));
    server.stop().await
}

#[tokio::test]
async fn an_id_that_is_a_word_of_the_page_spoils_nobody_s_page() -> TestResult {
    let server = TestServer::start().await?;
    let (_, two) = twins(&server, "Markets").await?;
    assert!(two.html.contains("<title>Markets · CryptoVault</title>"));
    server.stop().await
}

#[tokio::test]
async fn a_new_price_reaches_the_page() -> TestResult {
    let server = TestServer::start().await?;
    let first = Page::get(&server, "visitor").await?;
    let started = Instant::now();
    while started.elapsed() < DEADLINE {
        let page = Page::get(&server, "visitor").await?;
        if page.price().ok_or("no price")? != first.price().unwrap_or_default() {
            return server.stop().await;
        }
    }
    Err("the price never changed".into())
}
