//! Trades from elsewhere, out of files.

use crate::auth_support::{Browser, Desk, Outcome, check};
use crate::support::TestResult;
use crate::trading::on_both;
use http::StatusCode;
use serde_json::{Value, json};

on_both! {
    a_file_is_looked_at_then_taken_in_and_once_only: take_in;
    a_file_that_can_not_be_read_is_refused_with_the_reason: refuse;
    what_was_paid_in_euros_counts_at_the_rate_its_owner_gives: euros;
    of_days_without_a_price_nothing_is_made_up: long_ago;
}

const IMPORT: &str = "/api/portfolio/import";
const KRAKEN: &str = "txid,pair,time,type,cost,fee,vol
T1,XXBTZUSD,2024-01-31 12:00:00,buy,21500,55.9,0.5
T2,XXBTZUSD,2024-02-01 12:00:00,sell,10000,10,0.2
T3,XXBTZEUR,2024-02-02 12:00:00,buy,100,1,0.1
";

async fn send(ann: &Browser<'_>, query: &str, file: &str) -> Outcome<Value> {
    let answer = ann
        .upload(&format!("{IMPORT}{query}"), "text/csv", file.to_owned())
        .await?;
    Ok(answer.expect_status(StatusCode::OK)?.json)
}

async fn bitcoin(ann: &Browser<'_>) -> Outcome<Value> {
    let portfolio = ann
        .get("/api/portfolio")
        .await?
        .expect_status(StatusCode::OK)?
        .json;
    let mut all = portfolio["holdings"].as_array().into_iter().flatten();
    let found = all.find(|one| one["asset"] == "BTC").cloned();
    Ok(found.unwrap_or_default())
}

fn counts(report: &Value) -> [Value; 3] {
    ["new", "known", "bad"].map(|name| report[name].clone())
}

async fn take_in(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let looked = send(&ann, "?dry_run=true", KRAKEN).await?;
    assert_eq!(counts(&looked), [json!(2), json!(0), json!(1)]);
    assert_eq!(looked["format"], "kraken");
    let rows = &looked["rows"];
    assert_eq!(rows[0]["what"], "Buy 0.5 BTC for 21,500 USD, fee 55.9 USD");
    assert_eq!(
        (&rows[2]["line"], &rows[2]["fate"]),
        (&json!(4), &json!("bad"))
    );
    check(
        rows[2]["reason"]
            .as_str()
            .is_some_and(|why| why.starts_with("nobody here knows what EUR cost")),
        "a reason",
    )?;
    assert_eq!(bitcoin(&ann).await?, Value::Null, "nothing went in");

    assert_eq!(
        counts(&send(&ann, "", KRAKEN).await?),
        [json!(2), json!(0), json!(1)]
    );
    let held = bitcoin(&ann).await?;
    // 21,555.90 for half a coin, of which three fifths are left; 9,990 − 8,622.36.
    assert_eq!(
        (&held["quantity"], &held["cost"]),
        (&json!("0.3"), &json!("12933.54"))
    );
    assert_eq!(held["realised"], "1367.64");
    // Once more, and in a longer file: what is there is known.
    let longer = format!("{KRAKEN}T4,XXBTZUSD,2024-03-01 12:00:00,buy,100,0,0.1\n");
    assert_eq!(
        counts(&send(&ann, "?format=kraken", &longer).await?),
        [json!(1), json!(2), json!(1)]
    );
    assert_eq!(
        counts(&send(&ann, "", &longer).await?),
        [json!(0), json!(3), json!(1)]
    );
    assert_eq!(bitcoin(&ann).await?["quantity"], "0.4");
    // What was imported is no holding that was entered by hand.
    let holdings = ann.get("/api/portfolio/holdings").await?;
    assert_eq!(holdings.json["holdings"], json!([]));
    let bob = desk.signed_in("Bob").await?;
    assert_eq!(
        counts(&send(&bob, "?dry_run=true", KRAKEN).await?)[0],
        2,
        "Bob's is another one"
    );
    Ok(())
}

async fn refuse(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    for (query, file) in [("", "a,b\n1,2\n"), ("", ""), ("?format=binance", KRAKEN)] {
        let refused = ann
            .upload(&format!("{IMPORT}{query}"), "text/csv", file)
            .await?;
        refused.expect_field("file")?;
    }
    for (query, field) in [
        ("?format=excel", "format"),
        ("?dry_run=yes", "dry_run"),
        ("?rates=EUR%201,08", "rates"),
        ("?rates=JPY%20150", "rates"),
    ] {
        let refused = ann
            .upload(&format!("{IMPORT}{query}"), "text/csv", KRAKEN)
            .await?;
        refused.expect_field(field)?;
    }
    let refused = ann.upload(IMPORT, "text/plain", KRAKEN).await?;
    refused.expect_code(415, "unsupported_media_type")?;
    // Files may be larger than anything else, but not a hundred megabytes.
    let two_million = format!("{KRAKEN}{}", "\n".repeat(2_000_000));
    assert_eq!(
        counts(&send(&ann, "?dry_run=true", &two_million).await?)[0],
        2
    );
    let refused = ann
        .upload(IMPORT, "text/csv", vec![b'x'; 100_000_000])
        .await;
    // The connection may be closed before all of it was sent.
    if let Ok(refused) = refused {
        refused.expect_code(413, "payload_too_large")?;
    }
    let stranger = desk.browser();
    let refused = stranger.upload(IMPORT, "text/csv", KRAKEN).await?;
    refused.expect_code(401, "unauthenticated")?;
    Ok(())
}

async fn euros(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let report = send(&ann, "?rates=2024-02-01%20EUR%201.1,GBP%201.3", KRAKEN).await?;
    assert_eq!(counts(&report), [json!(3), json!(0), json!(0)]);
    assert_eq!(
        report["rows"][2]["what"],
        "Deposit 111.1 USD; Buy 0.1 BTC for 110 USD, fee 1.1 USD; 1 EUR at 1.1 USD"
    );
    let held = bitcoin(&ann).await?;
    // 12,933.54 of the others, and 111.10.
    assert_eq!(
        (&held["quantity"], &held["cost"]),
        (&json!("0.4"), &json!("13044.64"))
    );
    // At another rate it is the same trade.
    let again = send(&ann, "?rates=EUR%201.2", KRAKEN).await?;
    assert_eq!(counts(&again), [json!(0), json!(3), json!(0)]);
    Ok(())
}

async fn long_ago(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let file = "date,type,asset,quantity,total
2013-05-01,buy,BTC,1,100
2013-05-03,transfer_out,BTC,0.5,
2013-09-01,transfer_out,BTC,0.1,
2013-09-01,transfer_out,BTC,0.1,12
";
    let report = send(&ann, "", file).await?;
    // The trade of the same week tells a price, and the row that says its own needs none.
    assert_eq!(counts(&report), [json!(3), json!(0), json!(1)]);
    let why = report["rows"][2]["reason"].as_str().unwrap_or_default();
    check(why.contains("BTC") && why.contains("as its total"), why)?;
    let other = "date,type,asset,quantity,total\n2013-05-06,transfer_out,BTC,0.01,\n";
    assert_eq!(
        counts(&send(&ann, "", other).await?)[0],
        1,
        "the portfolio tells it, too"
    );

    let whole = "/api/portfolio/performance?period=all";
    let before = ann.get(whole).await?.expect_status(StatusCode::OK)?.json;
    let value = |date: &str| -> Outcome<Value> {
        let mut points = before["points"].as_array().into_iter().flatten();
        let point = points.find(|point| point["date"] == date);
        Ok(point.ok_or("no such day")?["value"].clone())
    };
    assert_eq!(value("2013-05-01")?, "100");
    assert_eq!(value("2015-01-01")?, Value::Null);
    check(before["profit"].is_string(), "both ends are known")?;
    check(
        before["time_weighted"].is_string(),
        "nothing came between them",
    )?;
    let late = "date,type,asset,quantity,total\n2015-01-01,buy,ETH,1,10\n";
    assert_eq!(counts(&send(&ann, "", late).await?)[0], 1);
    let after = ann.get(whole).await?.expect_status(StatusCode::OK)?.json;
    assert_eq!(after["time_weighted"], Value::Null);
    check(
        after["profit"].is_string(),
        "that takes no value in between",
    )?;
    let why = ann
        .get("/api/portfolio/explain?figure=twr&period=all")
        .await?;
    let why = why.expect_code(404, "not_found")?;
    let detail = why.json["detail"].as_str().unwrap_or_default();
    check(
        detail.starts_with("Nobody here knows what BTC cost on 2014-12-31"),
        detail,
    )?;
    let described = ann.get("/api/openapi.json").await?.json;
    let performance = &described["components"]["schemas"]["Performance"]["properties"];
    for figure in [
        "time_weighted",
        "money_weighted",
        "profit",
        "today",
        "today_return",
    ] {
        assert_eq!(
            performance[figure]["type"],
            json!(["string", "null"]),
            "{figure}"
        );
    }
    Ok(())
}
