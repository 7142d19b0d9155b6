//! Signing in with an Ethereum wallet: a real wallet's signatures, and what a forger would try.

use crate::auth_support::{
    Answer, Browser, Desk, Outcome, check, peer,
    wallet::{Siwe, Wallet},
};
use crate::support::TestResult;
use http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

const VERIFY: &str = "/api/auth/wallet/verify";
const LINK: &str = "/api/auth/wallet/link";
const MINUTE: Duration = Duration::from_secs(60);

async fn unlink(browser: &Browser<'_>, address: &str) -> Outcome<Answer> {
    let body = json!({"address": address});
    browser.post("/api/auth/wallet/unlink", body).await
}

#[tokio::test]
async fn a_new_wallet_signs_in_to_a_new_account_and_later_to_the_same() -> TestResult {
    let desk = Desk::start().await?;
    let wallet = Wallet::number(1).await?;
    let first = wallet.sign_in(&desk, &desk.browser()).await?;
    let first = first.expect_status(StatusCode::OK)?;
    check(first.signs_in(), "in")?;
    assert_eq!(first.json["user"]["email"], Value::Null);
    let browser = desk.browser();
    let again = wallet.sign_in(&desk, &browser).await?;
    let again = again.expect_status(StatusCode::OK)?;
    assert_eq!(again.json["user"]["id"], first.json["user"]["id"]);
    check(browser.is_signed_in().await?, "in")?;
    let export = browser.get("/api/auth/me/export").await?;
    assert_eq!(
        export.json["wallets"],
        json!([wallet.address.to_lowercase()])
    );
    let other = Wallet::number(2)
        .await?
        .sign_in(&desk, &desk.browser())
        .await?;
    assert_ne!(other.json["user"]["id"], first.json["user"]["id"]);
    Ok(())
}

#[tokio::test]
async fn a_message_meant_for_somebody_else_or_another_time_is_refused() -> TestResult {
    type Change = fn(&mut Siwe);
    let desk = Desk::start().await?;
    let browser = desk.browser();
    let wallet = Wallet::number(1).await?;
    let changes: [(&str, Change); 10] = [
        ("domain", |m| "evil.example".clone_into(&mut m.domain)),
        ("port", |m| "127.0.0.1:81".clone_into(&mut m.domain)),
        ("URI", |m| "http://evil.example/auth".clone_into(&mut m.uri)),
        ("scheme", |m| {
            "https://127.0.0.1/auth".clone_into(&mut m.uri)
        }),
        ("chain", |m| m.chain = 137),
        ("over", |m| m.expires = Some(m.issued_at)),
        ("early", |m| m.not_before = Some(m.issued_at + MINUTE)),
        ("future", |m| m.issued_at += Duration::from_secs(61)),
        ("address in small letters", |m| {
            m.address = m.address.to_lowercase()
        }),
        ("a line more", |m| {
            m.statement.push_str("\nURI: http://127.0.0.1")
        }),
    ];
    for (what, change) in changes {
        let mut message = wallet.message(&desk, &browser).await?;
        change(&mut message);
        let answer = wallet.send(&browser, VERIFY, &message).await?;
        check(!answer.signs_in(), what)?;
        let named = answer.expect_field("message");
        named.map_err(|error| format!("{what}: {error}"))?;
    }
    let mut message = wallet.message(&desk, &browser).await?;
    message.issued_at += Duration::from_secs(59);
    message.not_before = Some(desk.clock.now());
    wallet
        .send(&browser, VERIFY, &message)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn a_nonce_is_ours_for_this_address_once_and_for_10_minutes() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.browser();
    let (wallet, other) = (Wallet::number(1).await?, Wallet::number(2).await?);
    let message = wallet.message(&desk, &browser).await?;
    wallet
        .send(&browser, VERIFY, &message)
        .await?
        .expect_status(StatusCode::OK)?;
    let again = wallet.send(&browser, VERIFY, &message).await?;
    again.expect_code(422, "invalid_token")?;
    let mut foreign = wallet.message(&desk, &browser).await?;
    foreign.nonce = other.nonce(&browser).await?;
    let refused = wallet.send(&browser, VERIFY, &foreign).await?;
    refused.expect_code(401, "invalid_code")?;
    foreign.nonce = "0123456789abcdef".to_owned();
    let refused = wallet.send(&browser, VERIFY, &foreign).await?;
    refused.expect_code(422, "invalid_token")?;
    let (mut early, mut late) = (
        wallet.message(&desk, &browser).await?,
        wallet.message(&desk, &browser).await?,
    );
    (early.expires, late.expires) = (None, None);
    desk.clock.advance(10 * MINUTE - Duration::from_secs(1));
    // Another browser may have asked for it: it is bound to no cookie.
    let elsewhere = desk.browser();
    wallet
        .send(&elsewhere, VERIFY, &early)
        .await?
        .expect_status(StatusCode::OK)?;
    desk.clock.advance(Duration::from_secs(1));
    let refused = wallet.send(&browser, VERIFY, &late).await?;
    refused.expect_code(422, "invalid_token")?;
    Ok(())
}

#[tokio::test]
async fn one_signature_at_several_doors_opens_one() -> TestResult {
    let desk = Desk::start().await?;
    let wallet = Wallet::number(1).await?;
    let message = wallet.message(&desk, &desk.browser()).await?;
    let doors: Vec<_> = (0..4).map(|_| desk.browser()).collect();
    let tries = doors.iter().map(|door| wallet.send(door, VERIFY, &message));
    let answers = futures_util::future::try_join_all(tries).await?;
    let opened = answers.iter().filter(|answer| answer.signs_in()).count();
    assert_eq!(opened, 1, "{answers:?}");
    Ok(())
}

#[tokio::test]
async fn a_signature_of_another_wallet_or_of_another_text_is_refused() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.browser();
    let (wallet, thief) = (Wallet::number(1).await?, Wallet::number(2).await?);
    let message = wallet.message(&desk, &browser).await?;
    let stolen = thief.send(&browser, VERIFY, &message).await?;
    stolen.expect_code(401, "invalid_code")?;
    let text = message.text()?;
    let other = wallet.sign(&text.replace("Sign in", "Sign out")).await?;
    let body = json!({"message": text, "signature": other});
    browser
        .post(VERIFY, body)
        .await?
        .expect_code(401, "invalid_code")?;
    // The nonce was not used up by it.
    wallet
        .send(&browser, VERIFY, &message)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn a_malformed_message_signature_or_address_is_refused_and_named() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.browser();
    let wallet = Wallet::number(1).await?;
    let message = wallet.message(&desk, &browser).await?;
    let text = message.text()?;
    let right = wallet.sign(&text).await?;
    for signature in [
        "",
        "0x",
        &right[2..],
        &right[..131],
        "0xé",
        &format!("0x{}", "zz".repeat(65)),
    ] {
        let body = json!({"message": text, "signature": signature});
        browser
            .post(VERIFY, body)
            .await?
            .expect_field("signature")?;
    }
    let mut long = message.clone();
    long.statement = "x".repeat(4_096);
    for wrong in [
        String::new(),
        "hello".to_owned(),
        text.replace("Version: 1", "Version: 2"),
        long.text()?,
    ] {
        let body = json!({"message": wrong, "signature": right});
        browser.post(VERIFY, body).await?.expect_field("message")?;
    }
    let zeros = format!("0x{}", "00".repeat(65));
    let body = json!({"message": text, "signature": zeros});
    browser
        .post(VERIFY, body)
        .await?
        .expect_code(401, "invalid_code")?;
    for address in ["", "0x12", "vitalik.eth", &wallet.address[2..]] {
        let body = json!({"address": address});
        let refused = browser.post("/api/auth/wallet/nonce", body).await?;
        refused.expect_field("address")?;
    }
    Ok(())
}

#[tokio::test]
async fn linking_and_unlinking_need_a_fresh_proof_and_then_both_ways_lead_in() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let wallet = Wallet::number(1).await?;
    desk.clock.advance(5 * MINUTE + Duration::from_secs(1));
    let message = wallet.message(&desk, &ann).await?;
    let stale = wallet.send(&ann, LINK, &message).await?;
    stale.expect_code(403, "step_up_required")?;
    let proof = json!({"password": crate::auth_support::PASSWORD});
    ann.post("/api/auth/step-up", proof)
        .await?
        .expect_status(StatusCode::OK)?;
    let linked = wallet.send(&ann, LINK, &message).await?;
    let linked = linked.expect_status(StatusCode::OK)?;
    let twice = wallet.message(&desk, &ann).await?;
    wallet
        .send(&ann, LINK, &twice)
        .await?
        .expect_code(409, "conflict")?;
    let signed_in = wallet.sign_in(&desk, &desk.browser()).await?;
    assert_eq!(signed_in.json["user"]["id"], linked.json["user"]["id"]);
    let bob = desk.signed_in("Bob").await?;
    let taken = wallet.message(&desk, &bob).await?;
    wallet
        .send(&bob, LINK, &taken)
        .await?
        .expect_code(409, "conflict")?;
    unlink(&bob, &wallet.address)
        .await?
        .expect_code(404, "not_found")?;
    desk.clock.advance(5 * MINUTE + Duration::from_secs(1));
    unlink(&ann, &wallet.address)
        .await?
        .expect_code(403, "step_up_required")?;
    let proof = json!({"password": crate::auth_support::PASSWORD});
    ann.post("/api/auth/step-up", proof)
        .await?
        .expect_status(StatusCode::OK)?;
    unlink(&ann, &wallet.address)
        .await?
        .expect_status(StatusCode::OK)?;
    let new = wallet.sign_in(&desk, &desk.browser()).await?;
    assert_ne!(new.json["user"]["id"], linked.json["user"]["id"]);
    Ok(())
}

#[tokio::test]
async fn an_account_without_a_password_steps_up_by_its_wallet_and_keeps_its_last_one() -> TestResult
{
    let desk = Desk::start().await?;
    let browser = desk.browser();
    let (wallet, other) = (Wallet::number(1).await?, Wallet::number(2).await?);
    wallet
        .sign_in(&desk, &browser)
        .await?
        .expect_status(StatusCode::OK)?;
    desk.clock.advance(5 * MINUTE + Duration::from_secs(1));
    unlink(&browser, &wallet.address)
        .await?
        .expect_code(403, "step_up_required")?;
    let path = "/api/auth/step-up";
    browser
        .post(path, json!({}))
        .await?
        .expect_field("signature")?;
    let password = json!({"password": crate::auth_support::PASSWORD});
    browser
        .post(path, password)
        .await?
        .expect_field("signature")?;
    let message = other.message(&desk, &browser).await?;
    other
        .send(&browser, path, &message)
        .await?
        .expect_code(401, "invalid_code")?;
    let message = wallet.message(&desk, &browser).await?;
    wallet
        .send(&browser, path, &message)
        .await?
        .expect_status(StatusCode::OK)?;
    unlink(&browser, &wallet.address)
        .await?
        .expect_code(409, "conflict")?;
    let message = other.message(&desk, &browser).await?;
    other
        .send(&browser, LINK, &message)
        .await?
        .expect_status(StatusCode::OK)?;
    unlink(&browser, &wallet.address)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn a_second_factor_is_still_asked_for_after_a_wallet() -> TestResult {
    let desk = Desk::start().await?;
    let browser = desk.browser();
    let wallet = Wallet::number(1).await?;
    wallet
        .sign_in(&desk, &browser)
        .await?
        .expect_status(StatusCode::OK)?;
    let authenticator = desk.enable_second_factor(&browser).await?;
    let door = desk.browser();
    let first = wallet.sign_in(&desk, &door).await?;
    let first = first.expect_status(StatusCode::OK)?;
    check(
        first.json["mfa_required"] == true && !first.signs_in(),
        "half in",
    )?;
    let seconds = desk.clock.now().unix_timestamp().to_string();
    // A real authenticator app's code.
    let code = peer::ask(&["totp", &authenticator.secret, &seconds]).await?;
    let token = first.json["mfa_token"].as_str().ok_or("no token")?;
    door.second_step(token, &code)
        .await?
        .expect_status(StatusCode::OK)?;
    check(door.is_signed_in().await?, "in")
}
