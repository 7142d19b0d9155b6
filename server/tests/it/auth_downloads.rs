//! Files that people keep: a browser follows a link to them, and no script is there that would get new
//! tokens first.

use crate::auth_support::{Desk, check};
use crate::support::TestResult;
use http::{Method, StatusCode};
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

#[tokio::test]
async fn a_file_is_downloaded_also_after_the_access_token_has_ended() -> TestResult {
    for (path, content) in FILES {
        let desk = Desk::start().await?;
        let ann = desk.signed_in("Ann").await?;
        desk.clock.advance(LATER);
        let before = ann.cookie("refresh_token");
        let file = ann.follow(path).await?.expect_status(StatusCode::OK)?;
        check(file.text.contains(content), &file.text)?;
        for name in TOKENS {
            check(file.set_cookie(name).is_some(), name)?;
        }
        check(ann.cookie("refresh_token") != before, "it is another one")?;
        check(ann.is_signed_in().await?, "and the new ones count")?;
        let kept = file
            .headers
            .get("cache-control")
            .map(|kept| kept.as_bytes());
        assert_eq!(kept, Some(b"no-store".as_slice()), "{path}");
        // While the access token counts, none is given.
        let again = ann.follow(path).await?.expect_status(StatusCode::OK)?;
        check(!again.signs_in(), "the tokens are good still")?;
    }
    Ok(())
}

#[tokio::test]
async fn tokens_come_with_nothing_but_files_and_only_to_who_follows_a_link() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    desk.clock.advance(LATER);
    for (path, _) in FILES {
        let by_script = ann.get(path).await?.expect_code(401, "unauthenticated")?;
        check(by_script.set_cookie("access_token").is_none(), path)?;
        let posted = ann.send(Method::POST, path, None).await?;
        posted.expect_code(405, "method_not_allowed")?;
    }
    for path in ["/api/auth/me", "/api/transactions", "/api/auth/me/export/x"] {
        let other = ann.follow(path).await?;
        check(other.status != StatusCode::OK, path)?;
        check(other.set_cookie("access_token").is_none(), path)?;
    }
    Ok(())
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
