//! What can't be known is not made up: days before anybody knows a price.

use super::*;
use crate::portfolio::{
    Figure, Inputs, Period,
    performance::{Unknown, days_of, payments, profit, time_weighted},
};
use std::sync::Arc;

/// One day: its value, or none, what came in and what went out.
fn point(
    day: Day,
    value: Option<&str>,
    inflow: &str,
    outflow: &str,
) -> Result<Point, Box<dyn Error>> {
    let btc: Asset = "BTC".parse()?;
    Ok(Point {
        day,
        value: value.map(dollars).transpose()?,
        unpriced: value.is_none().then_some(btc),
        inflow: dollars(inflow)?,
        outflow: dollars(outflow)?,
    })
}

#[test]
fn days_without_a_value_are_one_with_the_next_that_has_one() -> Outcomes {
    // 100 came in before anybody knew a price, and had become 150 when somebody did; then 165 ÷ 150.
    let points = [
        point(0, Some("0"), "0", "0")?,
        point(1, None, "100", "0")?,
        point(2, None, "0", "0")?,
        point(3, Some("120"), "0", "30")?,
        point(4, Some("132"), "0", "0")?,
    ];
    // 1.5 × 1.1 − 1.
    assert_eq!(time_weighted(&points)?.to_string(), "0.65");
    assert_eq!(profit(&points)?, dollars("62")?);
    let grown = days_of(&points)?;
    assert_eq!(grown.len(), 2);
    assert_eq!(payments(&points)?.len(), 3);
    Ok(())
}

#[test]
fn where_something_comes_or_goes_at_an_unknown_value_there_is_no_return() -> Outcomes {
    let btc: Asset = "BTC".parse()?;
    let begin = point(0, Some("100"), "0", "0")?;
    let end = point(3, Some("120"), "0", "0")?;
    let price = |day| Unknown::Price(btc, day);
    // It came in after a day without a value; it went out on one.
    for (first, second, missing) in [
        (
            point(1, None, "0", "0")?,
            point(2, Some("110"), "5", "0")?,
            1,
        ),
        (point(1, None, "0", "0")?, point(2, None, "5", "0")?, 1),
        (
            point(1, Some("100"), "0", "0")?,
            point(2, None, "0", "5")?,
            2,
        ),
    ] {
        let points = [begin, first, second, end];
        assert_eq!(time_weighted(&points), Err(price(missing)));
        // These take what is there at both ends, and what came and went.
        assert!(profit(&points).is_ok() && payments(&points).is_ok());
    }
    for points in [
        [point(0, None, "0", "0")?, begin, end],
        [begin, end, point(4, None, "0", "0")?],
    ] {
        assert!(matches!(profit(&points), Err(Unknown::Price(..))));
        assert!(matches!(payments(&points), Err(Unknown::Price(..))));
        assert!(matches!(time_weighted(&points), Err(Unknown::Price(..))));
    }
    Ok(())
}

/// A bitcoin on day 10, an ether on day 100, and prices from day 200 on; it is day 210.
fn long_ago() -> Result<Inputs, Box<dyn Error>> {
    let mut diary = Diary::default();
    diary
        .buy(10, "1 BTC", "100", "0")?
        .buy(100, "1 ETH", "10", "0")?;
    let (btc, eth): (Asset, Asset) = ("BTC".parse()?, "ETH".parse()?);
    let closes = |first: (Day, &str), last: &str| -> Result<Closes, Box<dyn Error>> {
        let mut closes: Closes = (200..210)
            .map(|day| Ok((day, last.parse()?)))
            .collect::<Result<_, Box<dyn Error>>>()?;
        closes.insert(first.0, first.1.parse()?);
        Ok(closes)
    };
    Ok(Inputs {
        entries: diary.entries.into(),
        quotes: [(btc, quote("330")?), (eth, quote("33")?)].into(),
        closes: Arc::new(
            [
                (btc, closes((10, "100"), "300")?),
                (eth, closes((100, "10"), "30")?),
            ]
            .into(),
        ),
        now: Timestamp::from_millis(210 * DAY),
    })
}

#[test]
fn a_price_of_long_ago_is_not_one_of_today() -> Outcomes {
    let inputs = long_ago()?;
    let book = inputs.book(Method::Fifo)?;
    let all = inputs.performance(&book, Period::Whole)?;
    let known: Vec<_> = all
        .points
        .iter()
        .filter(|point| point.value.is_some())
        .collect();
    // The day before the first, the week from it on, and the last eleven.
    assert_eq!(known.len(), 1 + 8 + 11);
    let unpriced = all.points.iter().find(|point| point.value.is_none());
    assert_eq!(
        unpriced.and_then(|point| point.unpriced),
        Some("BTC".parse()?)
    );
    // What came in is known, and what is there now; what the bitcoin had become when the ether came is not.
    assert_eq!(all.profit, Some(dollars("253")?));
    assert!(all.money_weighted.is_some());
    assert_eq!(all.time_weighted, None);
    assert_eq!(all.today, Some(dollars("33")?));
    let recent = inputs.performance(&book, Period::Days(7))?;
    assert_eq!(recent.time_weighted, Some("0.1".parse()?));
    Ok(())
}

#[test]
fn what_nobody_knows_says_why() -> Outcomes {
    let mut inputs = long_ago()?;
    let book = inputs.book(Method::Fifo)?;
    let why = |inputs: &Inputs, figure: &str, period| -> Result<Option<String>, Box<dyn Error>> {
        let figure: Figure = figure.parse()?;
        Ok(inputs.explain(&book, figure, period)?.err().flatten())
    };
    let said = why(&inputs, "twr", Period::Whole)?.ok_or("a reason")?;
    // 1970-04-10 is day 99, the last before the ether.
    assert!(
        said.starts_with("Nobody here knows what BTC cost on 1970-04-10"),
        "{said}"
    );
    for figure in ["profit", "xirr", "twr", "today"] {
        assert_eq!(why(&inputs, figure, Period::Days(7))?, None, "{figure}");
        assert!(
            why(&inputs, figure, Period::Days(30))?.is_some() == (figure != "today"),
            "{figure}"
        );
    }
    inputs.quotes.remove(&"ETH".parse()?);
    for figure in ["value:ETH", "unrealised:ETH", "share:ETH"] {
        let said = why(&inputs, figure, Period::Whole)?.ok_or("a reason")?;
        assert!(
            said.starts_with("Nobody here knows what ETH costs now"),
            "{said}"
        );
    }
    assert_eq!(
        why(&inputs, "value:SOL", Period::Whole)?,
        None,
        "there is no such figure"
    );
    Ok(())
}

/// What stands for dollars is worth one on every day.
#[test]
fn a_price_that_always_counts_fills_every_gap() -> Outcomes {
    let mut diary = Diary::default();
    diary.buy(10, "5 USDT", "5", "0")?;
    let usdt: Asset = "USDT".parse()?;
    let closes: Closes = [(Day::MIN, Number::ONE), (20, "0.99".parse()?)].into();
    let points = points(&diary.book(Method::Fifo)?, &[(usdt, closes)].into(), 30)?;
    let on = |day| {
        points
            .iter()
            .find(|point| point.day == day)
            .and_then(|point| point.value)
    };
    let expected = [(10, "5"), (19, "5"), (20, "4.95"), (27, "4.95"), (28, "5")];
    for (day, value) in expected {
        assert_eq!(on(day), Some(dollars(value)?), "{day}");
    }
    Ok(())
}
