//! Imports that are taken out again.

use crate::auth_support::{Browser, Desk, Outcome, check, email};
use crate::support::TestResult;
use crate::trading::on_both;
use domain::{
    ImportId, UserId,
    account::Email,
    exchange::Timestamp,
    portfolio::{Act, Entry, Import, Leg, Note, Number, Origin, Place, Quantity, Recorded},
};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::try_join;
use uuid::Uuid;

on_both! {
    an_import_is_listed_and_can_be_taken_out_and_sent_again: undo;
    of_parallel_imports_one_says_that_it_added_what_was_added: race;
    numbers_that_can_not_be_added_up_leave_a_way_out: broken;
}

const IMPORT: &str = "/api/portfolio/import";
const IMPORTS: &str = "/api/portfolio/imports";
const FIRST: &str =
    "date,type,asset,quantity,total\n2024-01-31,buy,BTC,2,100\n2024-02-01,sell,BTC,1,80\n";
const SECOND: &str =
    "txid,pair,time,type,cost,fee,vol\nT1,XXBTZUSD,2024-01-31 12:00:00,buy,21500,55.9,0.5\n";

async fn send(ann: &Browser<'_>, file: &str) -> Outcome<Value> {
    let answer = ann.upload(IMPORT, "text/csv", file.to_owned()).await?;
    Ok(answer.expect_status(StatusCode::OK)?.json)
}

async fn imports(ann: &Browser<'_>) -> Outcome<Vec<Value>> {
    let answer = ann.get(IMPORTS).await?.expect_status(StatusCode::OK)?;
    Ok(answer.json["imports"]
        .as_array()
        .cloned()
        .unwrap_or_default())
}

async fn bitcoins(browser: &Browser<'_>) -> Outcome<Value> {
    let portfolio = browser.get("/api/portfolio").await?.json;
    Ok(portfolio["holdings"][0]["quantity"].clone())
}

async fn undo(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    assert_eq!(imports(&ann).await?, [] as [Value; 0]);
    send(&ann, FIRST).await?;
    desk.clock.advance(std::time::Duration::from_secs(60));
    send(&ann, SECOND).await?;
    // What adds nothing is no import.
    send(&ann, SECOND).await?;
    let listed = imports(&ann).await?;
    let said: Vec<_> = listed
        .iter()
        .map(|one| (&one["format"], &one["entries"]))
        .collect();
    assert_eq!(
        said,
        [
            (&json!("kraken"), &json!(1)),
            (&json!("generic"), &json!(2))
        ]
    );
    check(
        listed[0]["at"].as_str() > listed[1]["at"].as_str(),
        "the latest first",
    )?;
    assert_eq!(bitcoins(&ann).await?, "1.5");

    let path = format!("{IMPORTS}/{}", listed[1]["id"].as_str().ok_or("an id")?);
    let refused = bob.send(Method::DELETE, &path, None).await?;
    refused.expect_code(404, "not_found")?;
    assert_eq!(bitcoins(&ann).await?, "1.5");
    let removed = ann.send(Method::DELETE, &path, None).await?;
    removed.expect_status(StatusCode::OK)?;
    assert_eq!(bitcoins(&ann).await?, "0.5");
    assert_eq!(imports(&ann).await?.len(), 1);
    let again = ann.send(Method::DELETE, &path, None).await?;
    again.expect_code(404, "not_found")?;
    // What was taken out may come again.
    assert_eq!(send(&ann, FIRST).await?["new"], 2);
    assert_eq!(bitcoins(&ann).await?, "1.5");
    Ok(())
}

async fn race(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let (a, b, c, d) = try_join!(
        send(&ann, FIRST),
        send(&ann, FIRST),
        send(&ann, FIRST),
        send(&ann, FIRST)
    )?;
    let count = |name: &str| -> u64 {
        let all = [&a, &b, &c, &d].into_iter();
        all.filter_map(|report| report[name].as_u64()).sum()
    };
    assert_eq!((count("new"), count("known")), (2, 6));
    assert_eq!(imports(&ann).await?.len(), 1);
    Ok(())
}

/// An entry that no file brings in any more, as an older program may have let it in.
fn monster(rank: u64) -> Outcome<Recorded> {
    let most = Quantity::new(i128::MAX);
    Ok(Recorded {
        entry: Entry {
            id: Uuid::now_v7(),
            at: Timestamp::from_millis(1_700_000_000_000),
            rank,
            place: Place::Binance,
            act: Act::Deposit {
                leg: Leg::new("BTC".parse()?, most),
                worth: Number::ONE.with_places()?,
            },
        },
        origin: Origin::Import,
        key: format!("binance:{rank}"),
        note: Note::default(),
        import: Some(Import {
            id: ImportId::new(Uuid::now_v7()),
            file: Note::parse("monsters.csv")?,
        }),
    })
}

async fn broken(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let refused = "date,type,asset,quantity,total\n2024-01-31,buy,BTC,0.001,1000000\n";
    let report = send(&ann, refused).await?;
    check(
        report["rows"][0]["reason"]
            .as_str()
            .is_some_and(|why| why.contains("10,000,000 dollars for one")),
        "absurd numbers are a bad row with its reason",
    )?;
    let store = desk.store().await?;
    let user = store.users.by_email(&Email::parse(&email("Ann"))?).await?;
    let user: UserId = user.ok_or("no Ann")?.id;
    let told = [monster(1)?, monster(2)?];
    store.portfolios.add(user, &told, 10).await?;
    let failed = ann.get("/api/portfolio").await?;
    failed.expect_code(409, "conflict")?;
    let page = ann.follow("/dashboard").await?.text;
    check(
        page.contains("too large to be added up"),
        "says what is wrong",
    )?;
    check(page.contains("monsters.csv"), "lists the import")?;
    for import in imports(&ann).await? {
        let id = import["id"].as_str().ok_or("an id")?.to_owned();
        let page = ann.follow(&format!("/dashboard?remove={id}")).await?.text;
        check(page.contains("Remove the import"), "asks once more")?;
        let removed = ann
            .form("/_fn/portfolio/imports/delete", &[("id", &id)])
            .await?;
        removed.expect_status(StatusCode::OK)?;
    }
    ann.get("/api/portfolio")
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}
