//! Figures that explain themselves, and sales looked at beforehand.

use super::{
    golden::three_purchases_and_a_sale,
    properties::{coin, entries, failed, step},
    *,
};
use crate::{
    Source,
    portfolio::{
        Explainer, Figure,
        explain::MOST_PARTS,
        performance::{money_weighted, payments, profit, time_weighted},
        preview::outlooks,
        tree::{Formula, Node, Unit, Untrue},
    },
};
use proptest::prelude::*;

fn at_prices(book: &Book) -> Result<Valuation, Box<dyn Error>> {
    let bitcoin = Quote {
        source: Some(Source::Binance),
        ..quote("30000")?
    };
    let known = |asset: Asset| (asset.as_str() == "BTC").then_some(bitcoin);
    Ok(Valuation::new(book, Timestamp::default(), known)?)
}

fn explain(diary: &Diary, method: Method, figure: &str) -> Result<Node, Box<dyn Error>> {
    let book = diary.book(method)?;
    let valuation = at_prices(&book)?;
    let explainer = Explainer {
        entries: &diary.entries,
        book: &book,
        valuation: &valuation,
        points: &[],
        closes: &BTreeMap::new(),
        quotes: &BTreeMap::new(),
    };
    Ok(explainer.explain(figure.parse()?)?.ok_or("a figure")?)
}

/// A tree in one line.
fn written(node: &Node) -> String {
    let of: Vec<String> = node.of.iter().map(written).collect();
    let sign = match node.formula {
        Formula::Given => return format!("{}", node.value),
        Formula::Sum => " + ",
        Formula::Difference => " − ",
        Formula::Product => " × ",
        Formula::Share | Formula::Quotient | Formula::Growth | Formula::Rate => " ∘ ",
    };
    if let [one] = of.as_slice() {
        return one.clone();
    }
    format!("({})", of.join(sign))
}

#[test]
fn a_profit_is_proceeds_less_fee_less_parts_of_lots_with_theirs() -> Outcomes {
    let diary = three_purchases_and_a_sale()?;
    let node = explain(&diary, Method::Fifo, "realised:BTC")?;
    assert_eq!(node.value.to_string(), "17442.5");
    // The whole first lot, then half of the second, which cost 20,000 and a fee of 20.
    let expected = "((37500 − 37.5) − ((10000 + 10) + ((20000 + 20) ∘ 0.5 ∘ 1)))";
    assert_eq!(written(&node), expected);
    // What is left of the second lot is so much of it.
    let node = explain(&diary, Method::Fifo, "unrealised:BTC")?;
    assert_eq!(
        written(&node),
        "((2.5 × 30000) − (((20000 + 20) ∘ 0.5 ∘ 1) + (30000 + 30)))"
    );
    let price = node
        .of
        .first()
        .and_then(|value| value.of.last())
        .ok_or("a price")?;
    assert_eq!(
        (price.source, price.at.is_some()),
        (Some(Source::Binance), true)
    );
    let average = explain(&diary, Method::Average, "realised:BTC")?;
    let all = "((30000 + 30) + (20000 + 20) + (10000 + 10))";
    let expected = format!("((37500 − 37.5) − ({all} ∘ 1.5 ∘ 4))");
    assert_eq!(written(&average), expected);
    // What is left at the average cost is all that came less what the sale took.
    let average = explain(&diary, Method::Average, "cost:BTC")?;
    assert_eq!(written(&average), format!("({all} − 22522.5)"));
    Ok(())
}

#[test]
fn a_quantity_is_its_lots_and_a_price_says_whose_it_is() -> Outcomes {
    let diary = three_purchases_and_a_sale()?;
    // Half of the second lot is left, and all of the third.
    let node = explain(&diary, Method::Fifo, "quantity:BTC")?;
    assert_eq!(written(&node), "(0.5 + 2)");
    let price = explain(&diary, Method::Fifo, "price:BTC")?;
    assert_eq!(price.value.to_string(), "30000");
    assert_eq!(
        (price.source, price.at.is_some()),
        (Some(Source::Binance), true)
    );
    Ok(())
}

#[test]
fn what_is_not_there_is_not_explained() -> Outcomes {
    let diary = three_purchases_and_a_sale()?;
    for missing in [
        "value:ETH",
        "cost:ETH",
        "unrealised:ETH",
        "realised:ETH",
        "quantity:ETH",
        "price:ETH",
        "value_on:2020-01-01",
        "put_in_on:2020-01-01",
        "xirr",
    ] {
        assert!(explain(&diary, Method::Fifo, missing).is_err(), "{missing}");
    }
    for nonsense in [
        "",
        "profits",
        "profit:BTC",
        "value",
        "twr:BTC",
        "value:btc",
        "total_value:BTC",
        "cost:",
        "quantity",
        "price:",
        "value_on",
        "value_on:BTC",
        "value_on:2026-02-30",
        "put_in_on:yesterday",
    ] {
        assert!(nonsense.parse::<Figure>().is_err(), "{nonsense}");
    }
    Ok(())
}

#[test]
fn a_tree_that_was_changed_is_found_out() -> Outcomes {
    let mut node = explain(&three_purchases_and_a_sale()?, Method::Lifo, "realised")?;
    assert_eq!(
        node.evaluate().map_err(|e| e.to_string())?,
        "14940".parse()?
    );
    let json = serde_json::to_string(&node)?;
    assert_eq!(serde_json::from_str::<Node>(&json)?, node);
    let proceeds = node
        .of
        .first_mut()
        .and_then(|coin| coin.of.first_mut())
        .ok_or("a disposal")?;
    proceeds.value = "14941".parse()?;
    assert!(matches!(node.evaluate(), Err(Untrue::Value { .. })));
    node.of.first_mut().ok_or("a coin")?.formula = Formula::Product;
    assert!(node.evaluate().is_err());
    Ok(())
}

#[test]
fn of_very_many_parts_the_latest_are_shown_and_the_rest_is_one() -> Outcomes {
    let mut diary = Diary::default();
    diary.buy(0, "1000 BTC", "1000", "0")?;
    for day in 1..=i64::try_from(MOST_PARTS)? + 50 {
        diary.sell(day, "1 BTC", "2", "0")?;
    }
    let node = explain(&diary, Method::Fifo, "realised:BTC")?;
    assert_eq!(node.of.len(), MOST_PARTS + 1);
    let rest = node.of.last().ok_or("the rest")?;
    assert_eq!(
        (rest.label.as_str(), rest.value.to_string().as_str()),
        ("50 more", "50")
    );
    assert_eq!(
        node.evaluate().map_err(|e| e.to_string())?.to_string(),
        "250"
    );
    Ok(())
}

/// Costs that end where only the portfolio itself says so: each must come down to what was paid.
pub(super) fn unexplained(node: &Node) -> Vec<String> {
    let is_own = |label: &str| label.starts_with("Lot of") || label.ends_with("average cost");
    if node.of.is_empty() && node.unit == Unit::Usd && is_own(&node.label) {
        return vec![node.label.clone()];
    }
    let is_small = node.value.to_decimal().abs() < rust_decimal::Decimal::new(1, 7);
    let rounding = node.label.starts_with("Rounded") && !is_small;
    let below = node.of.iter().flat_map(unexplained);
    below.chain(rounding.then(|| node.label.clone())).collect()
}

#[test]
fn what_comes_and_goes_under_the_average_is_explained_sale_by_sale() -> Outcomes {
    let mut diary = Diary::default();
    diary
        .buy(1, "1 BTC", "100", "0")?
        .sell(2, "0.5 BTC", "80", "0")?
        .buy(3, "1 BTC", "250", "0")?
        .sell(4, "1 BTC", "300", "0")?;
    let node = explain(&diary, Method::Average, "sold_cost:BTC")?;
    // The second sale took a part of what the first had left and of what came since.
    assert_eq!(
        written(&node),
        "((((100 − 50) + 250) ∘ 1 ∘ 1.5) + (100 ∘ 0.5 ∘ 1))"
    );
    assert_eq!(node.value.to_string(), "250");
    Ok(())
}

#[test]
fn what_nobody_knows_the_origin_of_says_so() -> Outcomes {
    let mut diary = Diary::default();
    diary.sell(1, "2 BTC", "80", "0")?;
    let node = explain(&diary, Method::Fifo, "sold_cost:BTC")?;
    let json = serde_json::to_string(&node)?;
    assert!(json.contains("Nobody knows how it came"), "{json}");
    assert_eq!(written(&node), "(2 × 40)");
    Ok(())
}

proptest! {
    #[test]
    fn every_figure_is_what_its_tree_gives(
        steps in proptest::collection::vec(step(), 1..40), prices in proptest::array::uniform3(1_i128..10_i128.pow(23)),
    ) {
        let entries = entries(&steps);
        let last = entries.last().map_or(0, |entry| entry.at.day());
        let closes = |index: usize| -> Closes {
            let price = Number::new(prices.get(index).copied().unwrap_or(1));
            [(Day::MIN, price), (last / 2, Number::new(price.units() / 2 + 1))].into()
        };
        let closes: BTreeMap<Asset, Closes> = (0..3).map(|index| (coin(index), closes(index))).collect();
        for method in Method::ALL {
            let book = Book::new(&entries, method).map_err(failed)?;
            let quote = |asset: Asset| {
                let price = *closes.get(&asset)?.values().next_back()?;
                Some(Quote { price, source: Some(Source::Kraken), at: Timestamp::default() })
            };
            let valuation = Valuation::new(&book, Timestamp::default(), quote).map_err(failed)?;
            let points = points(&book, &closes, last + 2).map_err(failed)?;
            let quotes = BTreeMap::new();
            let explainer = Explainer {
                entries: &entries, book: &book, valuation: &valuation, points: &points, closes: &closes, quotes: &quotes,
            };
            let is = |figure: Figure, expected: Option<Number>| -> Result<(), TestCaseError> {
                let node = explainer.explain(figure).map_err(failed)?;
                prop_assert_eq!(node.as_ref().map(|node| node.value), expected, "{} {:?}", figure, method);
                if let Some(node) = node {
                    prop_assert_eq!(Some(node.evaluate().map_err(failed)?), expected);
                    prop_assert_eq!(unexplained(&node), Vec::<String>::new(), "{} {:?}", figure, method);
                }
                prop_assert_eq!(figure.to_string().parse::<Figure>().map_err(failed)?, figure);
                Ok(())
            };
            let money = |amount: Money| amount.with_places().map_err(failed);
            is(Figure::Value(None), Some(money(valuation.total_value)?))?;
            is(Figure::Cost(None), Some(money(valuation.cost_basis)?))?;
            is(Figure::Unrealised(None), Some(money(valuation.unrealised)?))?;
            is(Figure::Realised(None), Some(money(valuation.realised)?))?;
            is(Figure::TimeWeighted, Some(time_weighted(&points).map_err(failed)?))?;
            is(Figure::Fees, Some(money(book.fees())?))?;
            is(Figure::Profit, Some(money(profit(&points).map_err(failed)?)?))?;
            is(Figure::Today, Some(money(profit(&points[points.len().saturating_sub(2)..]).map_err(failed)?)?))?;
            let day = time_weighted(&points[points.len().saturating_sub(2)..]);
            is(Figure::TodayReturn, Some(day.map_err(failed)?))?;
            is(Figure::MoneyWeighted, money_weighted(&payments(&points).map_err(failed)?))?;
            for holding in &valuation.holdings {
                let asset = Some(holding.asset);
                is(Figure::Value(asset), holding.value.map(money).transpose()?)?;
                is(Figure::Unrealised(asset), holding.unrealised.map(money).transpose()?)?;
                is(Figure::Cost(asset), Some(money(holding.cost)?))?;
                is(Figure::Share(holding.asset), holding.share)?;
                is(Figure::Quantity(holding.asset), Some(holding.quantity))?;
                is(Figure::Price(holding.asset), holding.quote.map(|quote| quote.price))?;
            }
            for point in &points {
                is(Figure::ValueOn(point.day), point.value.map(money).transpose()?)?;
                is(Figure::PutInOn(point.day), Some(money(point.inflow)?))?;
                is(Figure::TakenOutOn(point.day), Some(money(point.outflow)?))?;
            }
            for closed in &valuation.closed {
                is(Figure::Realised(Some(closed.asset)), Some(money(closed.realised().map_err(failed)?)?))?;
                is(Figure::Proceeds(closed.asset), Some(money(closed.proceeds)?))?;
                is(Figure::SoldCost(closed.asset), Some(money(closed.cost)?))?;
            }
        }
    }

    #[test]
    fn a_sale_does_what_was_foreseen(steps in proptest::collection::vec(step(), 1..40), part in 1_i128..=100) {
        let mut entries = entries(&steps);
        let book = Book::new(&entries, Method::Fifo).map_err(failed)?;
        let asset = coin(0);
        let Some((place, there)) = book.places(asset).into_iter().next() else {
            return Ok(());
        };
        let quantity = Quantity::new((there.units() / 100 * part).max(1));
        let worth = Money::new(98_765_432_101);
        let outlooks = outlooks(&entries, place, asset, quantity, worth).map_err(failed)?;
        let more = there.plus(Quantity::new(1)).map_err(failed)?;
        prop_assert!(super::super::preview::outlooks(&entries, place, asset, more, worth).map_err(failed)?.is_empty());
        entries.push(Entry {
            id: Uuid::nil(),
            at: entries.last().map_or(Timestamp::default(), |entry| entry.at),
            rank: u64::MAX,
            place,
            act: Act::Trade {
                given: Leg::new(asset, quantity),
                received: Leg::dollars(worth).map_err(failed)?,
                worth,
                fee: None,
            },
        });
        prop_assert_eq!(outlooks.len(), Method::ALL.len());
        for outlook in outlooks {
            let book = Book::new(&entries, outlook.method).map_err(failed)?;
            let sale = book.disposals().last().ok_or_else(|| failed("a sale"))?;
            prop_assert_eq!(book.taken(sale), outlook.parts.as_slice());
            prop_assert_eq!((sale.cost, sale.realised().map_err(failed)?), (outlook.cost, outlook.realised));
        }
    }
}
