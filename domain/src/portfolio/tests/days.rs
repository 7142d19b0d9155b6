//! Days and what came on them explain themselves down to prices, with who says so and since when.

use super::*;
use crate::{
    Source,
    portfolio::{
        Figure, Inputs, Period,
        tree::{Formula, Node},
    },
};
use std::sync::Arc;

/// Everything below a node that was recorded as it is.
fn leaves<'a>(node: &'a Node, found: &mut Vec<&'a Node>) {
    if node.of.is_empty() {
        found.push(node);
    }
    for part in &node.of {
        leaves(part, found);
    }
}

/// A bitcoin came on day 10 at 100, two ethers were bought for a fee in BNB; on day 12 bitcoin costs 130.
fn inputs() -> Result<Inputs, Box<dyn Error>> {
    let mut diary = Diary::default();
    let came = Act::Deposit {
        leg: amount("1 BTC")?,
        worth: dollars("100")?,
    };
    diary
        .write(10, came)?
        .trade(11, "50 USD", "2 ETH", "50", Some(("0.5 BNB", "3")))?;
    let (btc, eth): (Asset, Asset) = ("BTC".parse()?, "ETH".parse()?);
    let closes: Closes = [(10, "110".parse()?), (11, "120".parse()?)].into();
    let quote = Quote {
        price: "130".parse()?,
        source: Some(Source::Kraken),
        at: Timestamp::from_millis(12 * DAY + 5),
    };
    Ok(Inputs {
        entries: diary.entries.into(),
        quotes: [(btc, quote), (eth, super::quote("25")?)].into(),
        closes: Arc::new([(btc, closes), (eth, [(11, "25".parse()?)].into())].into()),
        now: Timestamp::from_millis(12 * DAY + 5),
    })
}

fn explained(figure: &str) -> Result<Node, Box<dyn Error>> {
    let inputs = inputs()?;
    let book = inputs.book(Method::Fifo)?;
    let node = inputs.explain(&book, figure.parse()?, Period::Whole)?;
    let node = node.map_err(|why| why.unwrap_or_default())?;
    node.evaluate()?;
    Ok(node)
}

#[test]
fn what_came_in_coins_is_quantity_times_price() -> Outcomes {
    for figure in ["profit", "twr"] {
        let node = explained(figure)?;
        let mut found = Vec::new();
        leaves(&node, &mut found);
        let price = |label: &str, price: &str| {
            let node = found.iter().find(|node| node.label == label);
            let node = node.filter(|node| node.value.to_string() == price);
            node.ok_or_else(|| format!("{figure}: no {label} of {price} in {found:#?}"))
        };
        let entered = price("Price of BTC that it was entered at", "100")?;
        assert_eq!(entered.at, Some(Timestamp::from_millis(10 * DAY).into()));
        let now = price("Price of BTC", "130")?;
        assert_eq!((now.source, now.at.is_some()), (Some(Source::Kraken), true));
    }
    let node = explained("twr")?;
    let mut found = Vec::new();
    leaves(&node, &mut found);
    let close = found
        .iter()
        .find(|node| node.label == "Closing price of BTC");
    let close = close.ok_or("a closing price")?;
    assert_eq!(close.at, Some(Timestamp::from_millis(11 * DAY - 1).into()));
    Ok(())
}

#[test]
fn a_price_of_a_day_says_whether_it_was_made_up_or_traded_at() -> Outcomes {
    let bitcoin: Asset = "BTC".parse()?;
    let mut diary = Diary::default();
    diary.buy(9, "1 BTC", "100", "0")?;
    let simulated = Quote {
        source: Some(Source::Simulated),
        ..quote("130")?
    };
    let inputs = Inputs {
        entries: diary.entries.into(),
        quotes: [(bitcoin, simulated)].into(),
        closes: Arc::new([(bitcoin, [(9, "100".parse()?), (10, "120".parse()?)].into())].into()),
        now: Timestamp::from_millis(12 * DAY + 5),
    };
    let book = inputs.book(Method::Fifo)?;
    for (day, label, source) in [
        (9, "Price of BTC in a trade of that day", None),
        (10, "Closing price of BTC", Some(Source::Simulated)),
    ] {
        let figure = Figure::ValueOn(day);
        let node = inputs.explain(&book, figure, Period::Whole)?;
        let node = node.map_err(|why| why.unwrap_or_default())?;
        let mut found = Vec::new();
        leaves(&node, &mut found);
        let price = found.iter().find(|node| node.label == label);
        let price = price.ok_or_else(|| format!("{label} in {found:#?}"))?;
        assert_eq!(price.source, source);
    }
    Ok(())
}

#[test]
fn a_fee_in_coins_is_quantity_times_price() -> Outcomes {
    let node = explained("fees")?;
    let fee = node.of.first().ok_or("a fee")?;
    assert_eq!(
        (fee.formula, fee.label.as_str()),
        (Formula::Product, "0.5 BNB, CryptoVault")
    );
    let of: Vec<String> = fee.of.iter().map(|part| part.value.to_string()).collect();
    assert_eq!(of, ["0.5", "6"]);
    Ok(())
}
