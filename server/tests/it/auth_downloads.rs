//! Files that people keep: a browser follows a link to them, and no script is there that would get new
//! tokens first.

use crate::auth_support::{Answer, Browser, Desk, Outcome, check, program::Program};
use crate::support::TestResult;
use http::{Method, StatusCode};
use serde_json::json;
use std::time::Duration;

/// What the pages link to, and what each file has in it.
const FILES: [(&str, &str); 3] = [
    ("/api/auth/me/export", "ann@example.com"),
    ("/api/transactions/export.csv", "id,"),
    ("/api/portfolio/export.csv", "acquired_at,"),
];
const TOKENS: [&str; 2] = ["access_token", "refresh_token"];
/// No access token counts any more, and every refresh token does.
const LATER: Duration = Duration::from_secs(16 * 60);

/// Browsers ask differently for what a link with `download` names: one as for a page, another as for
/// anything.
#[derive(Debug, Clone, Copy)]
enum Way {
    Page,
    Anything,
}

impl Way {
    async fn ask(self, browser: &Browser<'_>, path: &str) -> Outcome<Answer> {
        match self {
            Self::Page => browser.follow(path).await,
            Self::Anything => browser.get(path).await,
        }
    }
}

#[tokio::test]
async fn a_file_is_downloaded_also_after_the_access_token_has_ended() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    for (path, content) in FILES {
        for way in [Way::Page, Way::Anything] {
            desk.clock.advance(LATER);
            let before = ann.cookie("refresh_token");
            let file = way.ask(&ann, path).await?.expect_status(StatusCode::OK)?;
            check(file.text.contains(content), &file.text)?;
            for name in TOKENS {
                check(file.set_cookie(name).is_some(), name)?;
            }
            check(ann.cookie("refresh_token") != before, "it is another one")?;
            check(ann.is_signed_in().await?, "and the new ones count")?;
            let kept = file.headers.get("cache-control");
            assert_eq!(
                kept.map(|kept| kept.as_bytes()),
                Some(&b"no-store"[..]),
                "{path}"
            );
            // While the access token counts, none is given.
            let again = way.ask(&ann, path).await?.expect_status(StatusCode::OK)?;
            check(!again.signs_in(), "the tokens are good still")?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn tokens_come_with_nothing_of_the_api_but_files() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let program = Program::with_key(&ann, &["read"], json!({})).await?;
    desk.clock.advance(LATER);
    let paths = ["/api/auth/me", "/api/transactions", "/api/auth/me/export/x"];
    for path in paths {
        for way in [Way::Page, Way::Anything] {
            let other = way.ask(&ann, path).await?;
            check(other.status != StatusCode::OK, path)?;
            check(other.set_cookie("access_token").is_none(), path)?;
        }
    }
    for (path, _) in FILES {
        let posted = ann.send(Method::POST, path, None).await?;
        posted.expect_code(405, "method_not_allowed")?;
    }
    // A program has no tokens that would end.
    let file = program
        .get(&desk, "/api/transactions/export.csv", 0)
        .await?;
    let file = file.expect_status(StatusCode::OK)?;
    check(!file.signs_in(), "a program")
}

#[tokio::test]
async fn no_file_is_downloaded_after_the_refresh_token_has_ended() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    desk.clock.advance(Duration::from_secs(8 * 86_400));
    for (path, _) in FILES {
        let refused = ann.follow(path).await?;
        refused.expect_code(401, "unauthenticated")?;
    }
    check(ann.cookie("refresh_token").is_none(), "it is deleted")
}
