//! However many administrators dismiss each other at once, one is left.

use super::{account, address, admin, noted};
use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check};
use crate::support::TestResult;
use crate::trading::on_both;
use crate::transactions::make_admin;
use domain::account::Role;
use futures_util::future::join_all;
use http::{Method, StatusCode};
use serde_json::json;

on_both! {
    an_administrator_is_always_left: race;
}

/// How often they try.
const ROUNDS: usize = 6;

async fn dismiss(by: &Browser<'_>, path: &str, role: &str) -> Outcome<u16> {
    let answer = by
        .send(Method::PATCH, path, Some(json!({ "role": role })))
        .await?;
    Ok(answer.status.as_u16())
}

async fn race(desk: Desk) -> TestResult {
    let (ann, bob) = (admin(&desk, "Ann").await?, admin(&desk, "Bob").await?);
    let (hers, his) = (address(&desk, "Ann").await?, address(&desk, "Bob").await?);
    let mut refused_late = 0;
    for round in 0..ROUNDS {
        let role = if round % 2 == 0 { "user" } else { "suspended" };
        let tries = [dismiss(&ann, &his, role), dismiss(&bob, &hers, role)];
        let outcomes: Outcome<Vec<u16>> = join_all(tries).await.into_iter().collect();
        let outcomes = outcomes?;
        let users = desk.store().await?.users;
        let left = users.count_with_role(Role::Admin).await?;
        assert_eq!(left, 1, "{outcomes:?}");
        let won = outcomes.iter().filter(|status| **status == 200).count();
        assert_eq!(won, 1, "{outcomes:?}");
        // The other was no administrator any more, or the last one.
        let lost = outcomes.iter().filter(|it| matches!(**it, 401 | 403 | 409));
        assert_eq!(lost.count(), 1, "{outcomes:?}");
        refused_late += outcomes.iter().filter(|status| **status == 409).count();
        for (name, browser) in [("Ann", &ann), ("Bob", &bob)] {
            let mut user = account(&desk, name).await?;
            if user.role == Role::Suspended {
                user.role = Role::User;
                users.update(&user).await?;
            }
            if user.role != Role::Admin {
                make_admin(&desk, name).await?;
                let back = browser.login(name, PASSWORD).await?;
                back.expect_status(StatusCode::OK)?;
            }
        }
    }
    // What was written down and then refused is written down as such, too.
    let mut failed = noted(&desk, "demotion_failed").await?.len();
    failed += noted(&desk, "suspension_failed").await?.len();
    check(failed <= refused_late, "only what was refused has failed")?;
    desk.server.stop().await
}
