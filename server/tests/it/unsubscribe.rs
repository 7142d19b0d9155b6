//! The link in a mail that ends such mails: without signing in, for nobody else, and good for nothing else.

use crate::alerts::rise;
use crate::auth_support::{Answer, Browser, Desk, Outcome, check, email, token_in};
use crate::smtp_server::SmtpServer;
use crate::support::{DEADLINE, TestResult};
use crate::trading::on_both;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    account::Email,
    notification::{Preferences, Topic},
};
use http::{StatusCode, header};
use serde_json::json;
use services::config::{MailFrom, SmtpConfig, SmtpUrl};
use tokio::time::{Duration, Instant};

on_both! {
    the_link_in_a_mail_ends_such_mails_and_no_others: by_page;
    a_mail_program_ends_mails_by_one_request: by_program;
}

const FORM: &str = "application/x-www-form-urlencoded";

fn page(token: &str) -> String {
    format!("/auth/unsubscribe?token={token}")
}

/// What Ann wants to be told.
async fn wanted(desk: &Desk) -> Outcome<Preferences> {
    let store = desk.store().await?;
    let ann = store.users.by_email(&Email::parse(&email("Ann"))?).await?;
    let ann = ann.ok_or("no Ann")?;
    Ok(store.notifications.preferences(ann.id).await?)
}

/// The token of the link in Ann's first mail about an alert.
async fn first_link(desk: &Desk, ann: &Browser<'_>) -> Outcome<String> {
    desk.confirm("Ann", ann).await?;
    rise(ann, 500, 1).await?;
    let mail = desk.mail(&email("Ann"), "has risen to $500").await?;
    check(mail.contains("/auth/unsubscribe?token="), &mail)?;
    check(mail.contains("/settings/notifications"), &mail)?;
    token_in(&mail)
}

async fn press(browser: &Browser<'_>, token: &str) -> Outcome<Answer> {
    let back = page(token);
    let fields = [("token", token), ("form", "unsubscribe"), ("back", &back)];
    browser
        .form("/_fn/notifications/unsubscribe", &fields)
        .await
}

async fn by_page(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let token = first_link(&desk, &ann).await?;
    let stranger = desk.browser();
    // Programs that look into mails follow links: that changes nothing.
    for _ in 0..2 {
        let asked = stranger.follow(&page(&token)).await?;
        let asked = asked.expect_status(StatusCode::OK)?.text;
        check(asked.contains("Turn off mails about alerts"), &asked)?;
    }
    assert_eq!(wanted(&desk).await?, Preferences::default());
    press(&stranger, &token)
        .await?
        .expect_status(StatusCode::OK)?;
    let over = stranger.follow(&page(&token)).await?.text;
    check(over.contains("You get no more mails about alerts"), &over)?;
    check(over.contains("are turned off"), &over)?;
    check(
        !over.contains("Turn off mails"),
        "there is nothing to press",
    )?;
    let left = vec![Topic::Stop, Topic::Withdrawal];
    assert_eq!(wanted(&desk).await?.email, left);
    // Nobody was signed in by that.
    check(stranger.cookie("access_token").is_none(), "no session")?;
    // On the page she is told all the same, and by mail again once she wants to.
    rise(&ann, 1500, 2).await?;
    let on = ann.form("/_fn/notifications/preferences", &[("alert", "on")]);
    on.await?.expect_status(StatusCode::OK)?;
    rise(&ann, 2500, 3).await?;
    desk.mail(&email("Ann"), "has risen to $2,500").await?;
    let mails = desk.mails_to(&email("Ann"))?;
    check(
        mails.iter().all(|mail| !mail.subject.contains("$1,500")),
        "no mail of the second",
    )?;
    let acts = desk.store().await?.audit.from(1, 1000).await?;
    let changed = acts.iter();
    let changed = changed.filter(|act| act.action == "notifications_changed");
    let changed: Vec<_> = changed.map(|act| act.detail.as_str()).collect();
    assert_eq!(
        changed,
        ["by e-mail: alert"],
        "who changes it is written down"
    );
    let ended = acts.iter().filter(|act| act.action == "mails_ended");
    let ended: Vec<_> = ended.map(|act| (act.actor, act.detail.as_str())).collect();
    assert_eq!(ended, [(None, "alert")]);
    Ok(())
}

async fn by_program(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let token = first_link(&desk, &ann).await?;
    let post = |path: String| {
        let request = desk.server.client.post(desk.server.url(&path));
        let request = request.header(header::CONTENT_TYPE, FORM);
        request.body("List-Unsubscribe=One-Click")
    };
    let asked = desk.server.get(&format!("/unsubscribe?token={token}"));
    let asked = asked.send().await?;
    assert_eq!(asked.status(), StatusCode::SEE_OTHER);
    assert_eq!(asked.headers()[header::LOCATION], page(&token).as_str());
    // A mail program that runs in a browser says where it comes from; nowhere else that is taken.
    let foreign = ("origin", "https://mail.example");
    let elsewhere = post(format!("/_fn/notifications/unsubscribe?token={token}"));
    let refused = elsewhere.header(foreign.0, foreign.1).send().await?;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(wanted(&desk).await?, Preferences::default());
    for _ in 0..2 {
        let one_click = post(format!("/unsubscribe?token={token}"));
        let ended = one_click.header(foreign.0, foreign.1).send().await?;
        assert_eq!(ended.status(), StatusCode::OK);
        let text = ended.text().await?;
        assert_eq!(text, "You get no more mails about alerts.\n");
    }
    let left = vec![Topic::Stop, Topic::Withdrawal];
    assert_eq!(wanted(&desk).await?.email, left);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_links_and_those_of_others_end_nothing_and_say_so() -> TestResult {
    let desk = Desk::start().await?;
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let token = first_link(&desk, &ann).await?;
    let last = if token.ends_with('A') { "Q" } else { "A" };
    let changed = format!("{}{last}{}", &token[..40], &token[41..]);
    let forged = [
        "",
        "nonsense",
        &token[1..],
        &token[..token.len() - 4],
        if changed == token { "x" } else { &changed },
    ];
    for token in forged {
        let told = ann.follow(&page(token)).await?;
        let told = told.expect_status(StatusCode::OK)?.text;
        check(told.contains("Nothing was changed"), &told)?;
        check(!told.contains("Turn off"), "there is nothing to press")?;
        let refused = press(&ann, token).await?;
        check(refused.status.is_client_error(), &refused.text)?;
        let path = format!("/unsubscribe?token={token}");
        let refused = desk.server.client.post(desk.server.url(&path)).send();
        let refused = refused.await?;
        check(refused.status().is_client_error(), token)?;
        let text = refused.text().await?;
        check(text.contains("Nothing was changed"), &text)?;
    }
    // Bob has got Ann's mail from her, and is signed in.
    let told = bob.follow(&page(&token)).await?.text;
    check(told.contains("for another account"), &told)?;
    press(&bob, &token).await?.expect_code(409, "conflict")?;
    assert_eq!(wanted(&desk).await?, Preferences::default());
    // It opens nothing else.
    for (path, body) in [
        ("verify-email", json!({ "token": token })),
        (
            "reset-password",
            json!({ "token": token, "password": "another fine day for a walk" }),
        ),
    ] {
        let (stranger, path) = (desk.browser(), format!("/api/auth/{path}"));
        let refused = stranger.post(&path, body).await?;
        check(refused.status.is_client_error(), &path)?;
    }
    // Nor does it tell whose it is.
    let id = ann.get("/api/auth/me").await?.json["user"]["id"].clone();
    let id = id.as_str().ok_or("no id")?.replace('-', "");
    let sealed = URL_SAFE_NO_PAD.decode(&token)?;
    let seen: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
    check(!seen.contains(&id), "the account's id stands in it")
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_programs_find_the_link_in_the_headers_of_news_and_of_no_other_mail() -> TestResult {
    let server = SmtpServer::start(&[]).await?;
    let (url, from) = (
        SmtpUrl::parse(&server.url())?,
        MailFrom::parse("vault@example.com")?,
    );
    let smtp = SmtpConfig { url, from };
    let desk = Desk::start_with(|config| config.notify.smtp = Some(smtp)).await?;
    let ann = desk.signed_in("Ann").await?;
    let store = desk.store().await?;
    let user = store.users.by_email(&Email::parse(&email("Ann"))?).await?;
    let mut user = user.ok_or("no Ann")?;
    user.email_verified = true;
    store.users.update(&user).await?;
    rise(&ann, 500, 1).await?;
    let until = Instant::now() + DEADLINE;
    while server.taken().len() < 2 {
        check(Instant::now() < until, "no mail")?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut links = Vec::new();
    for mail in server.taken() {
        let (headers, _) = mail.data.split_once("\r\n\r\n").ok_or("no body")?;
        // What was folded, as it is read (RFC 5322 §2.2.3).
        let headers = headers.replace("\r\n ", " ");
        let value = |name: &str| {
            let mut lines = headers.lines();
            lines.find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
        };
        let is_news = headers.contains("has risen");
        let post = value("List-Unsubscribe-Post");
        assert_eq!(post.is_some(), is_news, "{headers}");
        if is_news {
            assert_eq!(post.as_deref(), Some("List-Unsubscribe=One-Click"));
            let link = value("List-Unsubscribe").ok_or("no link")?;
            let link = link
                .trim()
                .strip_prefix('<')
                .and_then(|it| it.strip_suffix('>'));
            links.push(link.ok_or("not in brackets")?.to_owned());
        }
    }
    let [link] = links.as_slice() else {
        return Err(format!("{links:?}").into());
    };
    let (_, path) = link.split_once("/unsubscribe?").ok_or("not the path")?;
    let path = format!("/unsubscribe?{path}");
    let ended = desk
        .server
        .client
        .post(desk.server.url(&path))
        .send()
        .await?;
    assert_eq!(ended.status(), StatusCode::OK);
    check(!wanted(&desk).await?.email.contains(&Topic::Alert), "off")
}
