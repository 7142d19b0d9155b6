//! The end of the audit log: whoever cuts records off it is found out, also later.

use crate::auth_support::{Desk, Outcome, PASSWORD, check};
use crate::support::TestResult;
use services::{
    auth::audit::{Broken, Verified, verify},
    store::AuditRecord,
};
use std::fs;

async fn walked(desk: &Desk) -> Outcome<Result<Verified, Broken>> {
    let store = desk.store().await?;
    Ok(verify(store.audit.as_ref(), &desk.data_dir).await)
}

/// How often the log says that it is broken.
async fn told(desk: &Desk) -> Outcome<usize> {
    let records = desk.store().await?.audit.from(1, 1_000).await?;
    let told = records
        .iter()
        .filter(|record| record.action == "audit_log_broken");
    Ok(told.count())
}

fn number(last: Option<AuditRecord>) -> u64 {
    last.map_or(0, |record| record.sequence)
}

/// A desk whose last two records were cut off while it runs.
async fn cut() -> Outcome<(Desk, u64)> {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    for _ in 0..3 {
        ann.login("Ann", PASSWORD).await?;
    }
    let last = desk.store().await?.audit.last().await?;
    let last = last.ok_or("no record")?.sequence;
    let sql = format!("DELETE FROM audit WHERE sequence > {}", last - 2);
    desk.sqlite()?.execute(&sql, [])?;
    Ok((desk, last))
}

#[tokio::test]
async fn a_cut_tail_is_noticed_also_after_more_was_written() -> TestResult {
    let (desk, last) = cut().await?;
    let browser = desk.browser();
    for _ in 0..5 {
        browser.login("Ann", PASSWORD).await?;
    }
    let found = walked(&desk).await?;
    let is_cut = matches!(found, Err(Broken::Cut(sequence)) if sequence == last);
    check(is_cut, &format!("{found:?}"))?;
    assert_eq!(told(&desk).await?, 1, "once, not with every record");
    Ok(())
}

#[tokio::test]
async fn a_server_that_starts_on_a_cut_log_says_so_in_it() -> TestResult {
    let (desk, last) = cut().await?;
    let (database, data_dir) = (desk.database.clone(), desk.data_dir.clone());
    let other = Desk::start_with(|config| {
        config.database.url = database;
        config.data_dir = data_dir;
    })
    .await?;
    assert_eq!(told(&other).await?, 1);
    let found = walked(&desk).await?;
    let is_cut = matches!(found, Err(Broken::Cut(sequence)) if sequence == last);
    check(is_cut, &format!("{found:?}"))
}

#[tokio::test]
async fn a_whole_log_is_not_called_broken() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    ann.login("Ann", PASSWORD).await?;
    assert_eq!(told(&desk).await?, 0);
    check(walked(&desk).await??.anchored, "compared with its end")
}

#[tokio::test]
async fn a_server_that_starts_without_a_kept_end_says_so_once() -> TestResult {
    let desk = Desk::start().await?;
    let _ann = desk.signed_in("Ann").await?;
    let database = desk.database.clone();
    let server = Desk::start_with(|config| config.database.url = database).await?;
    server.browser().login("Ann", PASSWORD).await?;
    let records = desk.store().await?.audit.from(1, 1_000).await?;
    let told = records
        .iter()
        .filter(|one| one.action == "audit_end_missing");
    assert_eq!(told.count(), 1);
    check(walked(&server).await??.anchored, "kept from the start on")
}

#[tokio::test]
async fn a_log_without_a_kept_end_says_that_it_was_not_compared() -> TestResult {
    let desk = Desk::start().await?;
    let _ann = desk.signed_in("Ann").await?;
    fs::remove_file(desk.data_dir.join("audit.head"))?;
    check(!walked(&desk).await??.anchored, "nothing to compare with")?;
    // The next record begins anew, and what has happened is in the log.
    desk.browser().login("Ann", PASSWORD).await?;
    check(walked(&desk).await??.anchored, "kept again")?;
    let records = desk.store().await?.audit.from(1, 1_000).await?;
    let told = records
        .iter()
        .filter(|one| one.action == "audit_end_missing");
    assert_eq!(told.count(), 1);
    Ok(())
}

#[tokio::test]
async fn an_end_that_can_not_be_read_just_now_says_nothing_about_the_log() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let head = desk.data_dir.join("audit.head");
    let kept = fs::read(&head)?;
    // Reading it fails, as with a disk that has errors.
    fs::remove_file(&head)?;
    fs::create_dir(&head)?;
    let before = desk.store().await?.audit.last().await?;
    for _ in 0..2 {
        let login = ann.login("Ann", PASSWORD).await?;
        check(login.signs_in(), "people are let in all the same")?;
    }
    let after = desk.store().await?.audit.last().await?;
    check(number(after) > number(before), "and it is written down")?;
    let found = walked(&desk).await?;
    check(
        matches!(found, Err(Broken::Anchor(_))),
        &format!("{found:?}"),
    )?;
    assert_eq!(told(&desk).await?, 0, "the log itself is whole");
    fs::remove_dir(&head)?;
    fs::write(&head, kept)?;
    ann.login("Ann", PASSWORD).await?;
    let whole = walked(&desk).await??;
    check(whole.anchored, &format!("{whole:?}"))?;
    assert_eq!(told(&desk).await?, 0);
    Ok(())
}
