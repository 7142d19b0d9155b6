//! What people own, here and elsewhere, over REST.

use crate::auth_support::{Browser, Desk, Outcome, check};
use crate::support::TestResult;
use crate::trading::{deposit, on_both};
use crate::trading_programs::{lacks, with_scope};
use http::{Method, StatusCode};
use rust_decimal::Decimal;
use serde_json::{Value, json};

on_both! {
    a_portfolio_is_what_the_exchange_and_its_owner_say: add_up;
    holdings_elsewhere_are_entered_changed_and_deleted: holdings;
    the_method_is_kept_and_can_be_asked_for: methods;
    programs_look_with_one_scope_and_enter_with_another: scopes;
}

const PORTFOLIO: &str = "/api/portfolio";
const HOLDINGS: &str = "/api/portfolio/holdings";

fn number(of: &Value, field: &str) -> Outcome<Decimal> {
    let text = of[field]
        .as_str()
        .ok_or_else(|| format!("no {field}: {of}"))?;
    Ok(text.parse()?)
}

fn holding<'a>(portfolio: &'a Value, asset: &str) -> Outcome<&'a Value> {
    let mut all = portfolio["holdings"].as_array().into_iter().flatten();
    let found = all.find(|one| one["asset"] == asset);
    Ok(found.ok_or_else(|| format!("no {asset}: {portfolio}"))?)
}

async fn see(ann: &Browser<'_>, path: &str) -> Outcome<Value> {
    Ok(ann.get(path).await?.expect_status(StatusCode::OK)?.json)
}

async fn enter(ann: &Browser<'_>, holding: Value) -> Outcome<Value> {
    let answer = ann.post(HOLDINGS, holding).await?;
    Ok(answer.expect_status(StatusCode::CREATED)?.json["holding"].clone())
}

async fn trade(ann: &Browser<'_>, side: &str, quantity: &str) -> TestResult {
    let order = json!({ "pair": "BTC-USD", "side": side, "type": "market", "quantity": quantity });
    let placed = ann.post("/api/trading/orders", order).await?;
    placed.expect_status(StatusCode::CREATED)?;
    Ok(())
}

async fn add_up(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let empty = see(&ann, PORTFOLIO).await?;
    assert_eq!(
        (&empty["total_value"], &empty["holdings"]),
        (&json!("0"), &json!([]))
    );
    deposit(&ann, "USD", "5000").await?;
    deposit(&ann, "ETH", "0.5").await?;
    // A coin that was deposited cost what it was worth then.
    let first = see(&ann, PORTFOLIO).await?;
    check(
        number(holding(&first, "ETH")?, "cost")? > Decimal::ONE_HUNDRED,
        "ETH had a price",
    )?;
    for (side, quantity) in [("buy", "0.02"), ("buy", "0.01"), ("sell", "0.012")] {
        trade(&ann, side, quantity).await?;
    }
    enter(&ann, json!({ "coin": "solana", "quantity": "3", "price": "100.5", "date": "2024-01-31T12:00:00Z" })).await?;
    let now = see(&ann, PORTFOLIO).await?;
    assert_eq!(holding(&now, "BTC")?["quantity"], "0.018");
    assert_eq!(holding(&now, "SOL")?["cost"], "301.5");
    // The one formula, to the last digit: 5,000 dollars, the ether and the solana were put in.
    let put_in =
        Decimal::from(5_000) + number(holding(&now, "ETH")?, "cost")? + Decimal::new(3_015, 1);
    let made = number(&now, "realised")? + number(&now, "unrealised")?;
    assert_eq!(made, number(&now, "total_value")? - put_in, "{now}");
    // Asked once more, only what is new was read: it is still there, and what came meanwhile too.
    trade(&ann, "buy", "0.001").await?;
    let after = see(&ann, PORTFOLIO).await?;
    assert_eq!(holding(&after, "BTC")?["quantity"], "0.019");
    // Everything explains itself.
    for figure in [
        "total_value",
        "cost_basis",
        "unrealised",
        "realised",
        "value:BTC",
        "cost:SOL",
        "twr",
    ] {
        let node = see(&ann, &format!("{PORTFOLIO}/explain?figure={figure}")).await?;
        let node: domain::portfolio::tree::Node = serde_json::from_value(node)?;
        node.evaluate()?;
    }
    let lots = see(&ann, &format!("{PORTFOLIO}/lots?asset=BTC")).await?;
    assert_eq!(lots["lots"].as_array().map(Vec::len), Some(3), "{lots}");
    let two = see(&ann, &format!("{PORTFOLIO}/lots?asset=BTC&limit=2")).await?;
    let rest = format!("{PORTFOLIO}/lots?asset=BTC&limit=2&cursor=2");
    let rest = see(&ann, &rest).await?;
    assert_eq!(two["next_cursor"], "2");
    assert_eq!(
        (&rest["lots"][0], &rest["next_cursor"]),
        (&lots["lots"][2], &Value::Null)
    );
    let days = see(&ann, &format!("{PORTFOLIO}/performance?period=7d")).await?;
    assert_eq!(days["points"].as_array().map(Vec::len), Some(8), "{days}");
    let table = ann
        .get(&format!("{PORTFOLIO}/export.csv"))
        .await?
        .expect_status(StatusCode::OK)?;
    let rows: Vec<&str> = table.text.lines().collect();
    assert_eq!(rows.len(), 2, "one disposal, of one lot: {}", table.text);
    let all = ann
        .get(&format!("{PORTFOLIO}/export.csv?what=transactions"))
        .await?
        .expect_status(StatusCode::OK)?;
    for told in ["trade,\"elsewhere\",", "trade,\"CryptoVault\",", ",BTC,"] {
        check(all.text.contains(told), &all.text)?;
    }
    let bob = desk.signed_in("Bob").await?;
    assert_eq!(
        see(&bob, PORTFOLIO).await?["total_value"],
        "0",
        "nobody sees another's"
    );
    Ok(())
}

async fn holdings(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let date = "2024-01-31T12:00:00Z";
    let entered = enter(&ann, json!({
        "coin": "BTC", "quantity": "0.333", "price": "20000.123", "date": date, "fee": "12.50", "note": " =Cold\u{a0}storage ",
    })).await?;
    assert_eq!(entered["price"], "20000.123", "as it was written");
    assert_eq!(
        (&entered["fee"], &entered["note"]),
        (&json!("12.5"), &json!("=Cold\u{a0}storage"))
    );
    let path = format!("{HOLDINGS}/{}", entered["id"].as_str().ok_or("no id")?);
    let changed = ann
        .send(
            Method::PATCH,
            &path,
            Some(json!({ "quantity": "1", "note": "" })),
        )
        .await?;
    let changed = changed.expect_status(StatusCode::OK)?.json["holding"].clone();
    assert_eq!(
        (&changed["quantity"], &changed["price"]),
        (&json!("1"), &json!("20000.123"))
    );
    assert_eq!(see(&ann, HOLDINGS).await?["holdings"], json!([changed]));
    assert_eq!(
        holding(&see(&ann, PORTFOLIO).await?, "BTC")?["cost"],
        "20012.623"
    );
    let export = see(&ann, "/api/auth/me/export").await?;
    assert_eq!(
        export["portfolio"][0]["entry"]["id"], changed["id"],
        "it is taken along"
    );
    // Somebody else's is nobody's.
    for answer in [
        bob.send(Method::PATCH, &path, Some(json!({ "quantity": "2" })))
            .await?,
        bob.send(Method::DELETE, &path, None).await?,
    ] {
        answer.expect_code(404, "not_found")?;
    }
    ann.send(Method::DELETE, &path, None)
        .await?
        .expect_status(StatusCode::OK)?;
    ann.send(Method::DELETE, &path, None)
        .await?
        .expect_code(404, "not_found")?;
    assert_eq!(see(&ann, PORTFOLIO).await?["holdings"], json!([]));
    // Every wrong field is named.
    let wrong = json!({
        "coin": "dollars", "quantity": "-1", "price": "1e5", "date": "2999-01-01T00:00:00Z", "fee": "x",
    });
    let refused = ann.post(HOLDINGS, wrong.clone()).await?;
    let errors = refused.expect_code(422, "validation_failed")?.json["errors"].clone();
    assert_eq!(errors[0]["field"], "coin", "{errors}");
    let mut wrong = wrong;
    wrong["coin"] = json!("bitcoin");
    let refused = ann.post(HOLDINGS, wrong).await?;
    let errors = refused.expect_code(422, "validation_failed")?.json["errors"].clone();
    let mut fields: Vec<&str> = errors
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["field"].as_str())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["date", "fee", "price", "quantity"], "{errors}");
    Ok(())
}

async fn methods(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    for (price, date) in [
        ("100", "2020-01-01"),
        ("300", "2021-01-01"),
        ("200", "2022-01-01"),
    ] {
        let date = format!("{date}T00:00:00Z");
        enter(
            &ann,
            json!({ "coin": "ethereum", "quantity": "1", "price": price, "date": date }),
        )
        .await?;
    }
    let first = |method: &str| {
        let path = format!("{PORTFOLIO}/lots?method={method}");
        let ann = &ann;
        async move { Outcome::Ok(see(ann, &path).await?["lots"][0]["cost"].clone()) }
    };
    for (method, cost) in [
        ("fifo", "100"),
        ("lifo", "200"),
        ("hifo", "300"),
        ("average", "600"),
    ] {
        assert_eq!(first(method).await?, cost, "{method}");
    }
    assert_eq!(
        see(&ann, PORTFOLIO).await?["method"],
        "fifo",
        "without being asked"
    );
    let set = ann
        .send(Method::PATCH, PORTFOLIO, Some(json!({ "method": "hifo" })))
        .await?;
    assert_eq!(set.expect_status(StatusCode::OK)?.json["method"], "hifo");
    assert_eq!(see(&ann, PORTFOLIO).await?["method"], "hifo", "from now on");
    for (path, field) in [
        ("?method=lofi", "method"),
        ("/performance?period=2d", "period"),
        ("/explain", "figure"),
        ("/explain?figure=winnings", "figure"),
        ("/lots?asset=btc", "asset"),
        ("/lots?cursor=x", "cursor"),
        ("/export.csv?what=all", "what"),
    ] {
        let refused = ann.get(&format!("{PORTFOLIO}{path}")).await?;
        let refused = refused.expect_code(422, "validation_failed")?;
        assert_eq!(refused.json["errors"][0]["field"], field, "{path}");
    }
    let nothing = ann
        .get(&format!("{PORTFOLIO}/explain?figure=value:DOGE"))
        .await?;
    nothing.expect_code(404, "not_found")?;
    let stranger = desk.browser();
    for path in [
        "",
        "/lots",
        "/performance",
        "/explain?figure=realised",
        "/holdings",
        "/export.csv",
    ] {
        let refused = stranger.get(&format!("{PORTFOLIO}{path}")).await?;
        refused.expect_code(401, "unauthenticated")?;
    }
    Ok(())
}

async fn scopes(desk: Desk) -> TestResult {
    let ann = desk.signed_in("Ann").await?;
    let bitcoin =
        json!({ "coin": "BTC", "quantity": "1", "price": "100", "date": "2020-01-01T00:00:00Z" });
    let held = enter(&ann, bitcoin.clone()).await?;
    let one = format!("{HOLDINGS}/{}", held["id"].as_str().unwrap_or_default());
    let (reader, trader) = (
        with_scope(&ann, "read").await?,
        with_scope(&ann, "trade").await?,
    );
    for path in [
        PORTFOLIO,
        HOLDINGS,
        "/api/portfolio/lots",
        "/api/portfolio/performance",
        "/api/portfolio/explain?figure=total_value",
    ] {
        let refused = trader.ask(&desk, Method::GET, path, None).await?;
        lacks(refused, "read").map_err(|error| format!("{path}: {error}"))?;
        let looked = reader.ask(&desk, Method::GET, path, None).await?;
        looked.expect_status(StatusCode::OK)?;
    }
    let method = json!({ "method": "lifo" });
    let price = json!({ "price": "200" });
    for (method, path, body) in [
        (Method::POST, HOLDINGS, Some(&bitcoin)),
        (Method::PATCH, &one, Some(&price)),
        (Method::DELETE, &one, None),
        (Method::PATCH, PORTFOLIO, Some(&method)),
    ] {
        let refused = reader.ask(&desk, method, path, body).await?;
        lacks(refused, "trade").map_err(|error| format!("{path}: {error}"))?;
    }
    let left = see(&ann, HOLDINGS).await?;
    assert_eq!(left["holdings"], json!([held]), "nothing has happened");
    let entered = trader
        .ask(&desk, Method::POST, HOLDINGS, Some(&bitcoin))
        .await?;
    entered.expect_status(StatusCode::CREATED)?;
    Ok(())
}
