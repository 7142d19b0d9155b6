//! Links, wallets and proofs that were refused, or only begun, are in the audit log too.

use crate::auth_support::{Desk, Outcome, check, wallet::Wallet};
use crate::support::TestResult;
use http::StatusCode;
use serde_json::json;

const LINK: &str = "/api/auth/wallet/link";
const STEP_UP: &str = "/api/auth/step-up";

/// Actions and details of what was done since the account was made.
async fn told(desk: &Desk) -> Outcome<Vec<(String, String)>> {
    let records = desk.store().await?.audit.from(2, 1_000).await?;
    let told = records.into_iter();
    Ok(told.map(|record| (record.action, record.detail)).collect())
}

fn expected(acts: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = acts.iter();
    owned
        .map(|(act, detail)| ((*act).to_owned(), (*detail).to_owned()))
        .collect()
}

#[tokio::test]
async fn wallets_that_were_linked_refused_and_unlinked_are_in_the_log() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let (wallet, thief) = (Wallet::number(1).await?, Wallet::number(2).await?);
    let message = wallet.message(&desk, &ann).await?;
    let stolen = thief.send(&ann, LINK, &message).await?;
    stolen.expect_code(401, "invalid_code")?;
    let mut elsewhere = wallet.message(&desk, &ann).await?;
    elsewhere.domain = "evil.example".to_owned();
    let answer = wallet.send(&ann, LINK, &elsewhere).await?;
    answer.expect_field("message")?;
    let message = wallet.message(&desk, &ann).await?;
    let linked = wallet.send(&ann, LINK, &message).await?;
    linked.expect_status(StatusCode::OK)?;
    let again = wallet.send(&ann, LINK, &message).await?;
    again.expect_code(422, "invalid_token")?;
    let body = json!({"address": wallet.address});
    let unlinked = ann.post("/api/auth/wallet/unlink", body).await?;
    unlinked.expect_status(StatusCode::OK)?;
    let address = wallet.address.to_lowercase();
    let acts = [
        ("wallet_link_failed", "wrong signature"),
        ("wallet_link_failed", "not meant for this site or this time"),
        ("wallet_linked", address.as_str()),
        ("wallet_link_failed", "nonce used or too old"),
        ("wallet_unlinked", address.as_str()),
    ];
    let told = told(&desk).await?.into_iter();
    let told: Vec<_> = told
        .map(|(act, detail)| (act, detail.replace(&wallet.address, &address)))
        .collect();
    assert_eq!(told, expected(&acts));
    Ok(())
}

#[tokio::test]
async fn links_that_count_no_more_are_in_the_log_once_a_minute() -> TestResult {
    let desk = Desk::start().await?;
    let _ann = desk.signed_in("Ann").await?;
    let browser = desk.browser();
    let link = "x".repeat(43);
    for _ in 0..3 {
        let body = json!({"token": link, "password": "yet another violet plum"});
        let answer = browser.post("/api/auth/reset-password", body).await?;
        answer.expect_code(422, "invalid_token")?;
        let body = json!({"token": link});
        let answer = browser.post("/api/auth/verify-email", body).await?;
        answer.expect_code(422, "invalid_token")?;
        // What does not look like a link is none.
        let body = json!({"token": "nonsense"});
        let answer = browser.post("/api/auth/verify-email", body).await?;
        check(answer.status != StatusCode::OK, "nonsense")?;
    }
    let acts = [
        ("link_refused", "reset_password"),
        ("link_refused", "verify_email"),
    ];
    assert_eq!(told(&desk).await?, expected(&acts));
    Ok(())
}

#[tokio::test]
async fn a_second_factor_that_is_set_up_and_a_proof_of_the_wrong_kind_are_in_the_log() -> TestResult
{
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let setup = ann.call("/api/auth/2fa/setup").await?;
    setup.expect_status(StatusCode::OK)?;
    let wrong = ann.post(STEP_UP, json!({"code": "123456"})).await?;
    wrong.expect_field("password")?;
    let acts = [("second_factor_set_up", ""), ("step_up_refused", "")];
    assert_eq!(told(&desk).await?, expected(&acts));
    Ok(())
}
