//! The pages of administrators, as browsers without scripts use them.

use super::{account, admin, confirm};
use crate::auth_support::{Browser, Desk, Outcome, PASSWORD, check, email};
use crate::pages_money::{hidden, page, post};
use crate::support::TestResult;
use crate::trading::deposit;
use crate::transactions::{add_address, ask, prove};
use domain::account::Role;
use http::{StatusCode, header};
use std::{collections::BTreeSet, time::Duration};

const ROLE: &str = "/_fn/admin/users/role";
const DECIDE: &str = "/_fn/admin/withdrawals/decide";
const PROVE: &str = "/_fn/auth/step-up";

/// Every page of the administration: those its pages lead to.
async fn pages(boss: &Browser<'_>) -> Outcome<BTreeSet<String>> {
    let mut found = BTreeSet::from(["/admin".to_owned()]);
    for from in ["/admin", "/admin/users"] {
        let text = page(boss, from).await?;
        let links = text.split("href=\"").skip(1);
        let links = links.filter_map(|rest| rest.split('"').next());
        let links = links.filter(|link| link.starts_with("/admin/"));
        found.extend(links.map(str::to_owned));
    }
    Ok(found)
}

#[tokio::test]
async fn whoever_is_no_administrator_learns_nothing_of_the_pages() -> TestResult {
    let desk = Desk::start().await?;
    let boss = admin(&desk, "Boss").await?;
    let ann = desk.signed_in("Ann").await?;
    let pages = pages(&boss).await?;
    for known in [
        "/admin",
        "/admin/users",
        "/admin/withdrawals",
        "/admin/audit",
        "/admin/system",
    ] {
        check(pages.contains(known), known)?;
    }
    check(pages.len() >= 7, "accounts are linked")?;
    let nothing = "/admin/nothing-of-the-kind".to_owned();
    for path in pages.iter().chain([&nothing]) {
        let stranger = desk.browser().get(path).await?;
        let stranger = stranger.expect_status(StatusCode::SEE_OTHER)?;
        let to = stranger.headers.get(header::LOCATION).ok_or("nowhere")?;
        check(to.as_bytes().starts_with(b"/auth?next=/admin"), path)?;
        let hers = ann.get(path).await?.expect_status(StatusCode::NOT_FOUND)?;
        check(
            hers.text.contains("There is nothing at this address."),
            path,
        )?;
        let title = "<title>Page not found · CryptoVault</title>";
        check(hers.text.contains(title), path)?;
        check(!hers.text.contains("Audit log"), path)?;
        let expected = if *path == nothing { 404 } else { 200 };
        let his = boss.get(path).await?;
        assert_eq!(his.status.as_u16(), expected, "{path}");
    }
    let link = "href=\"/admin\"";
    check(
        page(&boss, "/settings").await?.contains(link),
        "in his menu",
    )?;
    check(
        !page(&ann, "/settings").await?.contains(link),
        "not in hers",
    )?;
    Ok(())
}

#[tokio::test]
async fn an_account_is_found_suspended_and_reinstated_by_forms() -> TestResult {
    let desk = Desk::start().await?;
    let boss = admin(&desk, "Boss").await?;
    let _ann = desk.signed_in("Ann").await?;
    let id = account(&desk, "Ann").await?.id.to_string();
    let found = page(&boss, "/admin/users?search=ANN&role=user").await?;
    check(found.contains(&email("Ann")), "found")?;
    check(!found.contains(&email("Boss")), "and nobody else")?;
    let none = page(&boss, "/admin/users?search=nobody").await?;
    check(none.contains("Nobody fits."), "nobody is told")?;
    let address = format!("/admin/users/{id}");
    let shown = page(&boss, &address).await?;
    let user = hidden(&shown, "role-suspended", "user")?;
    assert_eq!(user, id);
    let fields = [
        ("user", id.as_str()),
        ("role", "suspended"),
        ("form", "role-suspended"),
        ("back", address.as_str()),
    ];
    post(&desk, &boss, ROLE, &fields).await?;
    let shown = page(&boss, &address).await?;
    check(shown.contains("The account is suspended"), "said")?;
    check(
        shown.contains("Reinstate") && !shown.contains(">Suspend<"),
        "what is left to do",
    )?;
    // Once more, as from a page that is old.
    post(&desk, &boss, ROLE, &fields).await?;
    let shown = page(&boss, &address).await?;
    check(
        shown.contains("The account is suspended already."),
        "why not",
    )?;
    let back = [
        ("user", id.as_str()),
        ("role", "user"),
        ("form", "role-user"),
    ];
    post(&desk, &boss, ROLE, &back).await?;
    assert_eq!(account(&desk, "Ann").await?.role, Role::User);
    let log = page(&boss, &format!("/admin/audit?subject={id}")).await?;
    for act in ["account_suspended", "account_reinstated"] {
        check(log.contains(act), act)?;
    }
    let own = page(
        &boss,
        &format!("/admin/users/{}", account(&desk, "Boss").await?.id),
    )
    .await?;
    check(
        own.contains("This is your own account"),
        "no acts on oneself",
    )?;
    check(!own.contains(ROLE), "no form either")?;
    Ok(())
}

#[tokio::test]
async fn an_act_that_was_sent_too_late_is_done_with_the_proof() -> TestResult {
    let desk = Desk::start().await?;
    let boss = admin(&desk, "Boss").await?;
    let _ann = desk.signed_in("Ann").await?;
    confirm(&desk, "Ann").await?;
    let id = account(&desk, "Ann").await?.id.to_string();
    let address = format!("/admin/users/{id}");
    desk.clock.advance(Duration::from_secs(6 * 60));
    let fields = [
        ("user", id.as_str()),
        ("role", "admin"),
        ("form", "role-admin"),
        ("back", address.as_str()),
    ];
    post(&desk, &boss, ROLE, &fields).await?;
    assert_eq!(account(&desk, "Ann").await?.role, Role::User);
    let shown = page(&boss, &address).await?;
    check(shown.contains("please confirm that it is you"), "asked for")?;
    check(!shown.contains(">Make administrator<"), "not before")?;
    let then = hidden(&shown, "step-up", "then")?.replace("&amp;", "&");
    let proof = [
        ("password", PASSWORD),
        ("next", address.as_str()),
        ("then", then.as_str()),
        ("form", "step-up"),
    ];
    post(&desk, &boss, PROVE, &proof).await?;
    assert_eq!(account(&desk, "Ann").await?.role, Role::Admin);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn withdrawals_that_wait_are_decided_about_by_forms() -> TestResult {
    let desk = Desk::start().await?;
    let (ann, boss) = (desk.signed_in("Ann").await?, admin(&desk, "Boss").await?);
    let hers = add_address(&ann).await?;
    deposit(&ann, "BTC", "0.5").await?;
    let empty = page(&boss, "/admin/withdrawals").await?;
    check(empty.contains("There is none."), "nothing waits")?;
    desk.clock.advance(Duration::from_secs(24 * 3600));
    prove(&ann).await?;
    let (first, second) = (ask(&ann, &hers).await?, ask(&ann, &hers).await?);
    boss.call("/api/auth/refresh").await?;
    // Without a proof they are seen, and nothing can be pressed.
    let shown = page(&boss, "/admin/withdrawals").await?;
    check(shown.contains("0.15 BTC") && shown.contains(PROVE), "seen")?;
    check(!shown.contains(DECIDE), "not pressed")?;
    prove(&boss).await?;
    for (id, decision, said) in [
        (&first, "approve", "The withdrawal is approved"),
        (&second, "reject", "The withdrawal is rejected"),
    ] {
        let shown = page(&boss, "/admin/withdrawals").await?;
        let form = format!("{decision}-{id}");
        assert_eq!(hidden(&shown, &form, "decision")?, decision);
        let fields = [
            ("withdrawal", id.as_str()),
            ("decision", decision),
            ("form", form.as_str()),
            ("back", "/admin/withdrawals"),
        ];
        post(&desk, &boss, DECIDE, &fields).await?;
        let shown = page(&boss, "/admin/withdrawals").await?;
        check(shown.contains(said), said)?;
    }
    let rejected = page(&boss, "/admin/withdrawals?status=rejected").await?;
    check(rejected.contains("0.15 BTC"), "among the rejected")?;
    let wrong = [("withdrawal", first.as_str()), ("decision", "maybe")];
    boss.form(DECIDE, &wrong).await?.expect_field("decision")?;
    Ok(())
}
