//! Returns, worked by hand.

use super::*;
use crate::portfolio::{
    Figure, Inputs, Period, Question,
    history::told_prices,
    performance::{Payment, money_weighted, payments, profit, time_weighted},
    view::Performance,
};
use std::sync::Arc;

fn point(day: Day, value: &str, inflow: &str, outflow: &str) -> Result<Point, Box<dyn Error>> {
    Ok(Point {
        day,
        value: Some(dollars(value)?),
        unpriced: None,
        inflow: dollars(inflow)?,
        outflow: dollars(outflow)?,
    })
}

/// What everything was worth day by day; a dash where nobody knows.
fn values(points: &[Point]) -> Vec<String> {
    let values = points.iter().map(|point| point.value);
    let written =
        values.map(|value| value.map_or_else(|| "–".to_owned(), |value| value.to_string()));
    written.collect()
}

#[test]
fn a_time_weighted_return_does_not_depend_on_how_much_was_there() -> Outcomes {
    // A tenth more each day: 110 ÷ 100; 220 ÷ (110 + 90); (121 + 121) ÷ 220. 1.1³ − 1 = 0.331.
    let points = [
        point(0, "0", "0", "0")?,
        point(1, "110", "100", "0")?,
        point(2, "220", "90", "0")?,
        point(3, "121", "0", "121")?,
        // Nothing there is nothing done.
        point(4, "0", "0", "121")?,
        point(5, "0", "0", "0")?,
    ];
    assert_eq!(time_weighted(&points)?.to_string(), "0.331");
    assert_eq!(time_weighted(&[])?, Number::ZERO);
    Ok(())
}

#[test]
fn a_money_weighted_return_is_what_spreadsheets_say() -> Outcomes {
    let flows = |all: &[(Day, &str)]| -> Result<Vec<Payment>, Box<dyn Error>> {
        let payment = |&(day, amount): &(Day, &str)| {
            Ok(Payment {
                day,
                amount: dollars(amount)?,
            })
        };
        all.iter().map(payment).collect()
    };
    let year = money_weighted(&flows(&[(0, "-1000"), (365, "1100")])?);
    assert_eq!(year, Some("0.1".parse()?));
    // The example of Microsoft's documentation of XIRR: 37.34 %, with more digits from its formula.
    let example = flows(&[
        (0, "-10000"),
        (60, "2750"),
        (303, "4250"),
        (411, "3250"),
        (456, "2750"),
    ])?;
    let rate = money_weighted(&example).ok_or("a rate")?;
    assert!(rate.to_string().starts_with("0.37336253"), "{rate}");
    // A total loss but for a cent, and a hundredfold in a month.
    let lost = money_weighted(&flows(&[(0, "-1000"), (365, "0.01")])?);
    assert_eq!(lost, Some("-0.99999".parse()?));
    assert!(
        money_weighted(&flows(&[(0, "-1"), (30, "100")])?).is_none(),
        "beyond 10¹²"
    );
    for nothing in [
        flows(&[])?,
        flows(&[(0, "-5")])?,
        flows(&[(0, "-5"), (0, "6")])?,
        flows(&[(0, "-5"), (9, "-6")])?,
    ] {
        assert_eq!(money_weighted(&nothing), None, "{nothing:?}");
    }
    Ok(())
}

#[test]
fn without_a_market_a_trade_tells_what_its_day_cost() -> Outcomes {
    let mut diary = Diary::default();
    diary
        .buy(10, "2 BTC", "200", "1")?
        .trade(12, "1 BTC", "4 ETH", "150", None)?;
    let told = told_prices(&diary.entries);
    let price = |asset: &str, day| {
        told.get(&asset.parse().ok()?)?
            .get(&day)
            .map(ToString::to_string)
    };
    assert_eq!(price("BTC", 10).as_deref(), Some("100"));
    assert_eq!(price("BTC", 12).as_deref(), Some("150"));
    assert_eq!(price("ETH", 12).as_deref(), Some("37.5"));
    let points = points(&diary.book(Method::Fifo)?, &told, 12)?;
    assert_eq!(values(&points), ["0", "200", "200", "300"]);
    Ok(())
}

#[test]
fn history_is_quantities_at_each_days_price() -> Outcomes {
    let mut diary = Diary::default();
    diary
        .buy(10, "2 BTC", "200", "0")?
        .sell(12, "1 BTC", "150", "0")?
        .write(
            13,
            Act::Withdrawal {
                leg: amount("150 USD")?,
                worth: dollars("150")?,
            },
        )?;
    let closes: Closes = [
        (10, "110".parse()?),
        (12, "150".parse()?),
        (13, "140".parse()?),
    ]
    .into();
    let prices = BTreeMap::from([("BTC".parse()?, closes)]);
    let points = points(&diary.book(Method::Fifo)?, &prices, 14)?;
    let expected = [
        point(9, "0", "0", "0")?,
        point(10, "220", "200", "0")?,
        // No price of its own: that of the day before.
        point(11, "220", "0", "0")?,
        // One at 150, and 150 dollars.
        point(12, "300", "0", "0")?,
        point(13, "140", "0", "150")?,
        point(14, "140", "0", "0")?,
    ];
    assert_eq!(points, expected);
    let paid: Vec<_> = payments(&points)?
        .into_iter()
        .map(|one| (one.day, one.amount.to_string()))
        .collect();
    let expected =
        [(10, "-200"), (13, "150"), (14, "140")].map(|(day, text)| (day, text.to_owned()));
    assert_eq!(paid, expected);
    Ok(())
}

#[test]
fn a_profit_is_what_is_there_and_went_out_less_what_was_there_and_came_in() -> Outcomes {
    let points = [
        point(0, "100", "100", "0")?,
        point(1, "260", "150", "0")?,
        point(2, "250", "0", "30")?,
    ];
    // 250 + 30 − 100 − 150 = 30; today 250 + 30 − 260 = 20, which is 280 ÷ 260 − 1.
    assert_eq!(profit(&points)?, dollars("30")?);
    let seen = Performance::new(&points)?;
    assert_eq!(
        (seen.profit, seen.today),
        (Some(dollars("30")?), Some(dollars("20")?))
    );
    assert_eq!(seen.today_return, Some("0.076923076923076923".parse()?));
    assert_eq!(Performance::new(&[])?.today, Some(Money::ZERO));
    assert_eq!(profit(&points[..1])?, Money::ZERO);
    Ok(())
}

#[test]
fn the_last_day_is_at_the_price_now_and_the_others_at_their_closes() -> Outcomes {
    let mut diary = Diary::default();
    diary
        .buy(10, "2 BTC", "200", "0")?
        .buy(10, "1 ETH", "5", "0")?;
    let btc: Asset = "BTC".parse()?;
    let mut inputs = Inputs {
        entries: diary.entries.as_slice().into(),
        quotes: BTreeMap::from([(btc, quote("130")?), ("ETH".parse()?, quote("7")?)]),
        closes: Arc::new(BTreeMap::from([(btc, [(10, "110".parse()?)].into())])),
        now: Timestamp::from_millis(12 * DAY),
    };
    let book = inputs.book(Method::Fifo)?;
    let days = |inputs: &Inputs, period| -> Result<Vec<Point>, Box<dyn Error>> {
        Ok(inputs.past(&book)?.points(&inputs.quotes, period)?)
    };
    // Of an ether no close is known: then it counts at what it costs now, and not before.
    let written = values(&days(&inputs, Day::MIN)?);
    assert_eq!(written, ["0", "–", "–", "267"]);
    let eth = "ETH".parse()?;
    inputs.closes = Arc::new(
        [
            (btc, [(10, "110".parse()?)].into()),
            (eth, [(10, "7".parse()?)].into()),
        ]
        .into(),
    );
    let past = inputs.past(&book)?;
    assert_eq!(
        values(&days(&inputs, Day::MIN)?),
        ["0", "227", "227", "267"]
    );
    inputs.quotes.insert(btc, quote("100")?);
    assert_eq!(
        values(&days(&inputs, Day::MIN)?),
        ["0", "227", "227", "207"]
    );
    // The days that are over need not be gone through again.
    let points = past.points(&inputs.quotes, 11)?;
    assert_eq!(
        points,
        [point(11, "227", "0", "0")?, point(12, "207", "0", "0")?]
    );
    inputs.now = Timestamp::from_millis(20 * DAY);
    assert_eq!(inputs.performance(&book, Period::Days(7))?.points.len(), 8);
    Ok(())
}

#[test]
fn a_statement_is_its_parts() -> Outcomes {
    let mut diary = Diary::default();
    diary
        .buy(100, "2 BTC", "200", "1")?
        .buy(200, "2 BTC", "300", "1")?
        .sell(300, "1 BTC", "160", "1")?;
    let inputs = Inputs {
        entries: diary.entries.as_slice().into(),
        quotes: BTreeMap::from([("BTC".parse()?, quote("150")?)]),
        closes: Arc::default(),
        now: Timestamp::from_millis(400 * DAY),
    };
    for method in Method::ALL {
        for figure in [
            Figure::Unrealised(None),
            Figure::Today,
            Figure::Profit,
            Figure::MoneyWeighted,
        ] {
            let book = inputs.book(method)?;
            let period = Period::Days(365);
            let asked = Question {
                method,
                period,
                figure: Some(figure),
            };
            let statement = inputs.statement(&book, &inputs.past(&book)?, asked)?;
            assert_eq!(statement.overview, inputs.overview(&book)?);
            assert_eq!(statement.performance, inputs.performance(&book, period)?);
            let explained = inputs.explain(&book, figure, period)?;
            assert_eq!(statement.explained, explained.as_ref().ok().cloned());
            assert_eq!(statement.unknown, explained.err().flatten());
            // Nobody says what a bitcoin cost the day before.
            let is_known = figure != Figure::Today;
            assert_eq!(statement.explained.is_some(), is_known, "{figure}");
            assert_eq!(statement.unknown.is_none(), is_known, "{figure}");
            let latest_first: Vec<_> = diary.entries.iter().rev().copied().collect();
            assert_eq!(statement.recent, latest_first);
        }
    }
    Ok(())
}
