//! What gets onto the list, and what leaves it.

use super::{
    BITCOIN, ETHEREUM, HOLD, HOUR, LIST, SOLANA, added, change, delete, listed, moment, new,
    step_up,
};
use crate::auth_support::{Desk, check, email};
use crate::mongo_server::MongoServer;
use crate::support::TestResult;
use domain::{
    AddressId,
    account::Email,
    wallet::{Label, Network, Standing, WithdrawalAddress},
};
use futures_util::future::try_join_all;
use http::{Method, StatusCode};
use serde_json::json;
use services::{config::DatabaseUrl, store::AddressRecord};
use std::time::Duration;
use uuid::Uuid;

on_both_stores!(
    an_address_is_listed_as_it_is_written_and_waits_24_hours,
    a_wrong_address_is_refused_and_the_field_named,
    an_address_is_on_a_list_once_however_many_add_it,
    a_list_has_100_addresses_at_most_however_many_add_one,
    somebody_elses_address_is_not_there,
    a_deleted_address_is_gone_and_waits_anew_when_it_is_added_again,
    the_list_goes_along_and_goes_with_the_account,
);

async fn an_address_is_listed_as_it_is_written_and_waits_24_hours(desk: &Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    check(listed(&ann).await?.is_empty(), "empty at first")?;
    let mut expected = Vec::new();
    for (network, typed, written) in [
        ("bitcoin", BITCOIN.to_uppercase(), BITCOIN),
        ("ethereum", ETHEREUM.to_lowercase(), ETHEREUM),
        ("solana", format!(" {SOLANA} "), SOLANA),
    ] {
        desk.clock.advance(Duration::from_secs(1));
        let answer = ann.post(LIST, new(network, &typed, " Zoë's 李 ")).await?;
        let answer = answer.expect_status(StatusCode::CREATED)?;
        let caching = answer.headers.get("cache-control").map(|v| v.as_bytes());
        assert_eq!(caching, Some(b"no-store".as_slice()));
        let address = answer.json["address"].clone();
        assert_eq!(address["network"], network);
        assert_eq!(address["address"], written);
        assert_eq!(address["label"], "Zoë's 李");
        assert_eq!(address["enabled"], true);
        let now = desk.clock.now();
        assert_eq!(moment(&address, "created_at")?, now);
        assert_eq!(moment(&address, "usable_from")?, now + HOLD);
        expected.insert(0, address);
    }
    assert_eq!(listed(&ann).await?, expected);
    Ok(())
}

async fn a_wrong_address_is_refused_and_the_field_named(desk: &Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let mistyped = BITCOIN.replace("w508", "w509");
    let wrong_case = ETHEREUM.replace("5aA", "5AA");
    for (network, address, why) in [
        ("bitcoin", mistyped.as_str(), "checksum"),
        ("bitcoin", ETHEREUM, "begins with 1, 3 or bc1"),
        (
            "bitcoin",
            "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
            "test network",
        ),
        ("ethereum", wrong_case.as_str(), "EIP-55"),
        ("ethereum", SOLANA, "40 hexadecimal digits"),
        ("solana", BITCOIN, "'0'"),
        ("solana", "abc", "32 bytes"),
        ("solana", "", "32 bytes"),
    ] {
        let answer = ann.post(LIST, new(network, address, "Mine")).await?;
        let answer = answer
            .expect_field("address")
            .map_err(|error| format!("{network} {address}: {error}"))?;
        let message = answer.json["errors"][0]["message"].as_str();
        check(message.is_some_and(|text| text.contains(why)), &answer.text)?;
    }
    for (field, body) in [
        ("network", new("dogecoin", BITCOIN, "Mine")),
        ("label", new("bitcoin", BITCOIN, " ")),
        ("label", new("bitcoin", BITCOIN, &"x".repeat(61))),
        ("label", new("bitcoin", BITCOIN, "\u{202e}enim")),
        ("label", json!({"network": "bitcoin", "address": BITCOIN})),
        ("address", json!({"network": "bitcoin", "label": "Mine"})),
        ("colour", json!({"network": "bitcoin", "colour": "red"})),
    ] {
        let refused = ann.post(LIST, body.clone()).await?.expect_field(field);
        refused.map_err(|error| format!("{body}: {error}"))?;
    }
    check(listed(&ann).await?.is_empty(), "nothing was added")?;
    let address = added(&ann, "bitcoin", BITCOIN).await?;
    for (field, body) in [
        ("label", json!({"label": ""})),
        ("enabled", json!({"enabled": "yes"})),
        ("address", json!({"address": BITCOIN})),
        (
            "usable_from",
            json!({"usable_from": "2020-01-01T00:00:00Z"}),
        ),
    ] {
        change(&ann, &address, body).await?.expect_field(field)?;
    }
    assert_eq!(listed(&ann).await?, [address]);
    Ok(())
}

async fn an_address_is_on_a_list_once_however_many_add_it(desk: &Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let forms = [BITCOIN.to_owned(), BITCOIN.to_uppercase()];
    let posts = (0..10).map(|number: usize| {
        let body = new("bitcoin", &forms[number % 2], "Mine");
        ann.post(LIST, body)
    });
    let mut created = 0;
    for answer in try_join_all(posts).await? {
        if answer.status == StatusCode::CREATED {
            created += 1;
        } else {
            answer.expect_code(409, "conflict")?;
        }
    }
    assert_eq!(created, 1);
    assert_eq!(listed(&ann).await?.len(), 1);
    added(&bob, "bitcoin", BITCOIN).await?;
    Ok(())
}

async fn a_list_has_100_addresses_at_most_however_many_add_one(desk: &Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let store = desk.store().await?;
    let owner = store.users.by_email(&Email::parse(&email("Ann"))?).await?;
    let owner = owner.ok_or("no account")?.id;
    let now = desk.clock.now();
    let numbered = |number: u32| format!("0x{number:040x}");
    for number in 0..97 {
        let record = AddressRecord {
            id: AddressId::new(Uuid::now_v7()),
            user: owner,
            address: WithdrawalAddress::parse(Network::Ethereum, &numbered(number))?,
            label: Label::parse("Mine")?,
            standing: Standing::added(now),
            created_at: now,
            revision: 1,
        };
        check(store.addresses.insert(&record, 100).await?, "there is room")?;
    }
    let posts = (200..210).map(|number| ann.post(LIST, new("ethereum", &numbered(number), "Mine")));
    let mut created = 0;
    for answer in try_join_all(posts).await? {
        if answer.status == StatusCode::CREATED {
            created += 1;
        } else {
            answer.expect_code(409, "conflict")?;
        }
    }
    assert_eq!(created, 3);
    let all = listed(&ann).await?;
    assert_eq!(all.len(), 100);
    delete(&ann, &all[0]).await?.expect_status(StatusCode::OK)?;
    added(&ann, "solana", SOLANA).await?;
    Ok(())
}

async fn somebody_elses_address_is_not_there(desk: &Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let address = added(&ann, "bitcoin", BITCOIN).await?;
    check(listed(&bob).await?.is_empty(), "not on Bob's list")?;
    let nothing = json!({"id": "00000000-0000-7000-8000-000000000000"});
    for id in [&address, &nothing, &json!({"id": "1"})] {
        for body in [json!({"label": "Bob's"}), json!({"enabled": false})] {
            change(&bob, id, body)
                .await?
                .expect_code(404, "not_found")?;
        }
        delete(&bob, id).await?.expect_code(404, "not_found")?;
    }
    assert_eq!(listed(&ann).await?, std::slice::from_ref(&address));
    let stranger = desk.browser();
    for answer in [
        stranger.get(LIST).await?,
        stranger.post(LIST, new("solana", SOLANA, "Mine")).await?,
        change(&stranger, &address, json!({"enabled": false})).await?,
        delete(&stranger, &address).await?,
    ] {
        answer.expect_code(401, "unauthenticated")?;
    }
    Ok(())
}

async fn a_deleted_address_is_gone_and_waits_anew_when_it_is_added_again(
    desk: &Desk,
) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let address = added(&ann, "bitcoin", BITCOIN).await?;
    desk.clock.advance(30 * HOUR);
    step_up(&ann).await?;
    delete(&ann, &address)
        .await?
        .expect_status(StatusCode::OK)?;
    check(listed(&ann).await?.is_empty(), "gone")?;
    delete(&ann, &address)
        .await?
        .expect_code(404, "not_found")?;
    let again = added(&ann, "bitcoin", BITCOIN).await?;
    assert_ne!(again["id"], address["id"]);
    assert_eq!(moment(&again, "usable_from")?, desk.clock.now() + HOLD);
    Ok(())
}

async fn the_list_goes_along_and_goes_with_the_account(desk: &Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let address = added(&ann, "bitcoin", BITCOIN).await?;
    let export = ann.get("/api/auth/me/export").await?;
    assert_eq!(export.json["withdrawal_addresses"], json!([address]));
    let store = desk.store().await?;
    let owner = store.users.by_email(&Email::parse(&email("Ann"))?).await?;
    let owner = owner.ok_or("no account")?.id;
    assert_eq!(store.addresses.of_user(owner).await?.len(), 1);
    let confirm = Some(json!({"confirm": "delete"}));
    ann.send(Method::DELETE, "/api/auth/me", confirm)
        .await?
        .expect_status(StatusCode::OK)?;
    assert_eq!(store.addresses.of_user(owner).await?, []);
    Ok(())
}
