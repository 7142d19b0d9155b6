//! What is asked for before an address counts, who is told, and who may do what.

use super::{
    BITCOIN, ETHEREUM, HOLD, HOUR, LIST, SOLANA, STALE, added, change, delete, listed, moment, new,
    path, step_up,
};
use crate::auth_support::{
    Desk, check, email,
    program::{Program, Signed},
};
use crate::mongo_server::MongoServer;
use crate::support::{TestResult, schema::mismatches};
use http::{Method, StatusCode, header};
use serde_json::json;
use services::{config::DatabaseUrl, store::AuditFilter};

on_both_stores!(
    adding_and_enabling_need_a_fresh_proof_and_nothing_else_does,
    enabling_again_starts_another_24_hours_and_a_new_label_does_not,
    the_owner_gets_a_mail_when_an_address_begins_to_count,
    every_act_is_in_the_audit_log,
    programs_may_look_and_nothing_else,
    answers_are_as_described,
);

async fn adding_and_enabling_need_a_fresh_proof_and_nothing_else_does(desk: &Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let address = added(&ann, "bitcoin", BITCOIN).await?;
    desk.clock.advance(STALE);
    let another = new("solana", SOLANA, "Mine");
    let refused = ann.post(LIST, another.clone()).await?;
    refused.expect_code(403, "step_up_required")?;
    let (on, off) = (json!({"enabled": true}), json!({"enabled": false}));
    // It is on already: nothing happens that would need one.
    change(&ann, &address, on.clone())
        .await?
        .expect_status(StatusCode::OK)?;
    for body in [json!({"label": "Other"}), off.clone(), json!({})] {
        change(&ann, &address, body)
            .await?
            .expect_status(StatusCode::OK)?;
    }
    for body in [on.clone(), json!({"enabled": true, "label": "Third"})] {
        let refused = change(&ann, &address, body).await?;
        refused.expect_code(403, "step_up_required")?;
    }
    let now = listed(&ann).await?;
    assert_eq!(now[0]["enabled"], false);
    assert_eq!(now[0]["label"], "Other");
    assert_eq!(now.len(), 1);
    step_up(&ann).await?;
    change(&ann, &address, on)
        .await?
        .expect_status(StatusCode::OK)?;
    ann.post(LIST, another)
        .await?
        .expect_status(StatusCode::CREATED)?;
    desk.clock.advance(STALE);
    delete(&ann, &address)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

async fn enabling_again_starts_another_24_hours_and_a_new_label_does_not(
    desk: &Desk,
) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let address = added(&ann, "ethereum", ETHEREUM).await?;
    let first = moment(&address, "usable_from")?;
    desk.clock.advance(30 * HOUR);
    step_up(&ann).await?;
    for body in [
        json!({"label": "Other"}),
        json!({"enabled": true}),
        json!({"enabled": false}),
    ] {
        let changed = change(&ann, &address, body).await?;
        assert_eq!(moment(&changed.json["address"], "usable_from")?, first);
    }
    let enabled = change(&ann, &address, json!({"enabled": true})).await?;
    let enabled = enabled.expect_status(StatusCode::OK)?.json["address"].clone();
    let again = desk.clock.now() + HOLD;
    assert_eq!(moment(&enabled, "usable_from")?, again);
    assert_eq!(enabled["created_at"], address["created_at"]);
    assert_eq!(enabled["label"], "Other");
    assert_eq!(listed(&ann).await?, [enabled]);
    desk.clock.advance(25 * HOUR);
    step_up(&ann).await?;
    let renamed = change(&ann, &address, json!({"label": "Third"})).await?;
    assert_eq!(moment(&renamed.json["address"], "usable_from")?, again);
    check(again <= desk.clock.now(), "its wait is over")
}

async fn the_owner_gets_a_mail_when_an_address_begins_to_count(desk: &Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let body = new("bitcoin", BITCOIN, "Call https://evil.example");
    let address = ann.post(LIST, body).await?.json["address"].clone();
    let told = desk
        .mail(&email("Ann"), "A withdrawal address was added")
        .await?;
    for part in [
        "Bitcoin",
        BITCOIN,
        "If it was not you",
        "sign out all devices",
    ] {
        check(told.contains(part), &told)?;
    }
    check(!told.contains("evil"), "the label is nobody's message")?;
    for body in [
        json!({"label": "Other"}),
        json!({"enabled": true}),
        json!({"enabled": false}),
        json!({"enabled": true}),
    ] {
        change(&ann, &address, body)
            .await?
            .expect_status(StatusCode::OK)?;
    }
    let told = desk
        .mail(&email("Ann"), "A withdrawal address was enabled again")
        .await?;
    check(told.contains(BITCOIN), &told)?;
    // Renaming, disabling and enabling what is on are no news.
    let mails = desk.mails_to(&email("Ann"))?;
    let mails = mails
        .iter()
        .filter(|mail| mail.subject.contains("withdrawal address"));
    assert_eq!(mails.count(), 2);
    Ok(())
}

async fn every_act_is_in_the_audit_log(desk: &Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let address = added(&ann, "bitcoin", BITCOIN).await?;
    for body in [
        json!({"label": "Mine"}),
        json!({"enabled": true}),
        json!({"label": "Other"}),
        json!({"enabled": false}),
        json!({"enabled": true}),
    ] {
        change(&ann, &address, body)
            .await?
            .expect_status(StatusCode::OK)?;
    }
    delete(&ann, &address)
        .await?
        .expect_status(StatusCode::OK)?;
    let store = desk.store().await?;
    let all = store.audit.find(&AuditFilter::default(), None, 100).await?;
    let acts: Vec<_> = all
        .iter()
        .rev()
        .filter(|record| record.action.starts_with("address_"))
        .collect();
    let actions: Vec<&str> = acts.iter().map(|record| record.action.as_str()).collect();
    // What changes nothing is no act.
    assert_eq!(
        actions,
        [
            "address_added",
            "address_renamed",
            "address_disabled",
            "address_enabled",
            "address_deleted"
        ]
    );
    let id = address["id"].as_str().ok_or("no id")?;
    for record in acts {
        let named = record.detail.contains(BITCOIN) && record.detail.contains(id);
        check(named && record.actor.is_some(), &record.detail)?;
        check(
            record.ip.is_some() && record.request_id.is_some(),
            "from where",
        )?;
    }
    Ok(())
}

async fn programs_may_look_and_nothing_else(desk: &Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let address = added(&ann, "bitcoin", BITCOIN).await?;
    let networks = json!({"ip_allow_list": ["127.0.0.1"]});
    let program = Program::with_key(&ann, &["read", "trade", "withdraw"], networks).await?;
    let seen = program.get(desk, LIST, 0).await?;
    assert_eq!(
        seen.expect_status(StatusCode::OK)?.json["addresses"],
        json!([address])
    );
    let (one, off) = (path(&address)?, json!({"enabled": false}).to_string());
    let another = new("solana", SOLANA, "Mine").to_string();
    for (method, path, body) in [
        (Method::POST, LIST, another.as_str()),
        (Method::PATCH, one.as_str(), off.as_str()),
        (Method::DELETE, one.as_str(), ""),
    ] {
        let timestamp = desk.clock.now().unix_timestamp();
        let request = Signed {
            method,
            path,
            body,
            timestamp,
        };
        let signature = program.sign(&request)?;
        let answer = program.send(desk, &request, &signature).await?;
        answer.expect_code(403, "forbidden")?;
    }
    let trader = Program::with_key(&ann, &["trade"], json!({})).await?;
    let blind = trader.get(desk, LIST, 0).await?;
    blind.expect_code(403, "forbidden")?;
    assert_eq!(listed(&ann).await?, [address]);
    Ok(())
}

async fn answers_are_as_described(desk: &Desk) -> TestResult {
    let (_, document) = desk.server.json("/api/openapi.json").await?;
    let ann = desk.signed_in("Ann").await?;
    let address = added(&ann, "ethereum", ETHEREUM).await?;
    let (one, none) = (path(&address)?, format!("{LIST}/1"));
    let described = "/api/wallet/addresses/{id}";
    let another = new("bitcoin", BITCOIN, "Mine");
    let off = json!({"enabled": false});
    let cases = [
        (Method::GET, LIST, LIST, None, 200),
        (Method::POST, LIST, LIST, Some(another.clone()), 201),
        (Method::POST, LIST, LIST, Some(another), 409),
        (Method::POST, LIST, LIST, Some(json!({})), 422),
        (Method::POST, LIST, LIST, None, 415),
        (Method::PATCH, described, &one, Some(off.clone()), 200),
        (Method::PATCH, described, &none, Some(off), 404),
        (Method::PATCH, described, &one, Some(json!({"x": 1})), 422),
        (Method::DELETE, described, &one, None, 200),
        (Method::DELETE, described, &one, None, 404),
    ];
    for (method, template, path, body, expected) in cases {
        let client = &desk.server.client;
        let mut request = client.request(method.clone(), desk.server.url(path));
        request = request.header("sec-fetch-site", "same-origin");
        request = request.header(header::COOKIE, ann.cookie_header());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        assert_eq!(answer.status().as_u16(), expected, "{method} {path}");
        let operation = &document["paths"][template][method.as_str().to_lowercase()];
        let wrong = mismatches(&document, operation, answer).await?;
        check(wrong.is_empty(), &format!("{method} {path}: {wrong:#?}"))?;
        if method == Method::POST || method == Method::PATCH {
            let body = &operation["requestBody"]["content"]["application/json"];
            check(body["example"].is_object(), "it has an example")?;
        }
    }
    Ok(())
}
