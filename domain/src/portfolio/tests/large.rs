//! Figures of long histories: what explains them stays as short as somebody can read.

use super::{explained::unexplained, *};
use crate::portfolio::{Explainer, Figure, explain::MOST_PARTS, tree::Node};

/// Nodes of one tree: what a browser shows and a server sends at once.
const MOST_NODES: usize = 5_000;
const DAYS: i64 = 600;
const COINS: [&str; 3] = ["BTC", "ETH", "SOL"];

/// Ten trades a day at two places, of which some sell and some move; the dollars for them come from outside.
fn trader() -> Result<Diary, Box<dyn Error>> {
    let mut diary = Diary::default();
    for day in 1..=DAYS {
        for trade in 0..10 {
            let number = day * 10 + trade;
            let coin = COINS.get(usize::try_from(number % 3)?).ok_or("a coin")?;
            let price = 100 + number * 7919 % 83;
            let coins = format!("1.{} {coin}", number % 7);
            let place = [Place::Exchange, Place::Kraken][usize::from(trade % 5 == 0)];
            diary.at(place);
            match number % 11 {
                3 | 5 | 8 => diary.sell(day, &coins, &price.to_string(), "0.5")?,
                9 => diary.transfer(day, &format!("0.5 {coin}"), "50", Place::Wallet)?,
                _ => diary.buy(day, &coins, &price.to_string(), "0.3")?,
            };
        }
    }
    // More lots than anybody reads.
    diary
        .at(Place::Exchange)
        .sell(DAYS, "300 BTC", "40000", "1")?;
    Ok(diary)
}

fn nodes(node: &Node) -> usize {
    1 + node.of.iter().map(nodes).sum::<usize>()
}

#[test]
fn what_explains_a_figure_of_thousands_of_trades_is_true_and_short() -> Outcomes {
    let diary = trader()?;
    let assets: Vec<Asset> = COINS
        .iter()
        .map(|coin| coin.parse())
        .collect::<Result<_, _>>()?;
    let always: Closes = [(Day::MIN, "100".parse()?)].into();
    let closes: BTreeMap<Asset, Closes> = assets
        .iter()
        .map(|asset| (*asset, always.clone()))
        .collect();
    let price = quote("110")?;
    let quotes: BTreeMap<Asset, Quote> = assets.iter().map(|asset| (*asset, price)).collect();
    for method in Method::ALL {
        let book = diary.book(method)?;
        let valuation = Valuation::new(&book, Timestamp::default(), |asset| {
            quotes.get(&asset).copied()
        })?;
        let points = Past::new(&book, &closes, DAYS)?.points(&quotes, Day::MIN)?;
        let explainer = Explainer {
            entries: &diary.entries,
            book: &book,
            valuation: &valuation,
            points: &points,
            closes: &closes,
            quotes: &quotes,
        };
        let over_all = [
            Figure::Value(None),
            Figure::Cost(None),
            Figure::Unrealised(None),
            Figure::Realised(None),
            Figure::Fees,
            Figure::TimeWeighted,
            Figure::MoneyWeighted,
            Figure::Profit,
            Figure::Today,
            Figure::ValueOn(DAYS / 2),
            Figure::PutInOn(DAYS / 2),
        ];
        let of_each = assets.iter().flat_map(|asset| {
            [
                Figure::Cost(Some(*asset)),
                Figure::Realised(Some(*asset)),
                Figure::SoldCost(*asset),
                Figure::Proceeds(*asset),
                Figure::Quantity(*asset),
            ]
        });
        for figure in over_all.into_iter().chain(of_each) {
            let node = explainer.explain(figure)?;
            let node = node.ok_or_else(|| format!("{figure} under {method:?}"))?;
            node.evaluate()?;
            assert_eq!(
                unexplained(&node),
                Vec::<String>::new(),
                "{figure} {method:?}"
            );
            // Each payment counts for a rate, and on its own day.
            let is_short = node.of.len() <= MOST_PARTS + 1 || figure == Figure::MoneyWeighted;
            assert!(is_short, "{figure} under {method:?}");
            let nodes = nodes(&node);
            assert!(
                nodes <= MOST_NODES,
                "{figure} under {method:?}: {nodes} nodes"
            );
        }
        let sums = [
            (Figure::Realised(None), valuation.realised),
            (Figure::Cost(None), valuation.cost_basis),
            (Figure::Fees, book.fees()),
        ];
        for (figure, amount) in sums {
            let node = explainer.explain(figure)?.ok_or("a figure")?;
            assert_eq!(
                node.value,
                amount.with_places()?,
                "{figure} under {method:?}"
            );
        }
    }
    Ok(())
}
