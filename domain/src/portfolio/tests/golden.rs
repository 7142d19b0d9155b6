//! Worked by hand: the arithmetic stands beside each.

use super::*;

/// 1 for 10,000 with a fee of 10, 1 for 20,000 with 20, 2 for 30,000 with 30; then 1.5 are sold for
/// 37,500 with a fee of 37.50.
pub(super) fn three_purchases_and_a_sale() -> Result<Diary, Box<dyn Error>> {
    let mut diary = Diary::default();
    diary
        .buy(0, "1 BTC", "10000", "10")?
        .buy(31, "1 BTC", "20000", "20")?
        .buy(60, "2 BTC", "30000", "30")?
        .sell(91, "1.5 BTC", "37500", "37.5")?;
    Ok(diary)
}

#[test]
fn a_partial_sale_takes_other_lots_under_each_method() -> Outcomes {
    let diary = three_purchases_and_a_sale()?;
    // Proceeds are 37,500 − 37.50 = 37,462.50 each time; the lots cost 10,010, 20,020 and 30,030.
    for (method, realised, left) in [
        // 10,010 + 20,020 ÷ 2 = 20,020 is taken.
        (Method::Fifo, "17442.5", "40040"),
        // 30,030 × 1.5 ÷ 2 = 22,522.50.
        (Method::Lifo, "14940", "37537.5"),
        // The one at 20,020, then half a coin at 15,015 each: 20,020 + 7,507.50 = 27,527.50.
        (Method::Hifo, "9935", "32532.5"),
        // 60,060 ÷ 4 × 1.5 = 22,522.50.
        (Method::Average, "14940", "37537.5"),
    ] {
        let expected = (realised.to_owned(), left.to_owned());
        assert_eq!(diary.result(method, "BTC")?, expected, "{method:?}");
    }
    Ok(())
}

#[test]
fn switching_the_method_in_mid_year_is_as_if_it_had_always_been_that_one() -> Outcomes {
    // The sale of day 91 stands in the books when the method is switched on day 180: it is worked
    // out anew, and so is what the next one finds.
    let mut diary = three_purchases_and_a_sale()?;
    diary.sell(200, "1 BTC", "30000", "0")?;
    // FIFO: half a coin is left of 20,020 (10,010) and two of 30,030: 10,010 + 7,507.50 is taken.
    let fifo = diary.result(Method::Fifo, "BTC")?;
    assert_eq!(fifo, ("29925".to_owned(), "22522.5".to_owned()));
    // LIFO: of the two newest half a coin is left (7,507.50), then half of the one at 20,020.
    let lifo = diary.result(Method::Lifo, "BTC")?;
    assert_eq!(lifo, ("27422.5".to_owned(), "20020".to_owned()));
    Ok(())
}

#[test]
fn a_fee_in_the_coin_makes_less_of_it_come_and_more_of_it_leave() -> Outcomes {
    let mut diary = Diary::default();
    diary
        .trade(0, "10000 USD", "1 BTC", "10000", Some(("0.001 BTC", "10")))?
        .trade(1, "0.5 BTC", "6000 USD", "6000", Some(("0.001 BTC", "12")))?;
    // 0.999 come for 10,000. 0.501 leave: 10,000 × 0.501 ÷ 0.999 = 5,015.0150150150…; what is left cost
    // the rest. 6,000 − 5,015.0150150150 = 984.9849849850.
    let result = diary.result(Method::Fifo, "BTC")?;
    assert_eq!(
        result,
        ("984.984984985".to_owned(), "4984.984984985".to_owned())
    );
    let held = diary.book(Method::Fifo)?.positions()?;
    let bitcoin = held
        .get(&"BTC".parse()?)
        .map(|(quantity, _)| quantity.to_string());
    assert_eq!(bitcoin.as_deref(), Some("0.498"));
    Ok(())
}

#[test]
fn a_fee_in_a_third_coin_is_a_disposal_of_that_coin() -> Outcomes {
    let mut diary = Diary::default();
    diary
        .buy(0, "2 BNB", "1000", "0")?
        .trade(1, "10000 USD", "1 BTC", "10000", Some(("0.01 BNB", "6")))?
        .trade(2, "1 BTC", "12000 USD", "12000", Some(("0.01 BNB", "7")))?;
    // Each hundredth of a BNB cost 5: 6 − 5 and 7 − 5.
    assert_eq!(
        diary.result(Method::Fifo, "BNB")?,
        ("3".to_owned(), "990".to_owned())
    );
    // The purchase costs 10,006, the sale brings 11,993.
    assert_eq!(
        diary.result(Method::Fifo, "BTC")?,
        ("1987".to_owned(), "0".to_owned())
    );
    assert_eq!(diary.book(Method::Fifo)?.fees(), dollars("13")?);
    Ok(())
}

#[test]
fn one_coin_for_another_is_a_sale_and_a_purchase_at_what_they_were_worth() -> Outcomes {
    let mut diary = Diary::default();
    diary.buy(0, "10 ETH", "20000", "0")?.trade(
        5,
        "5 ETH",
        "0.25 BTC",
        "15000",
        Some(("15 USD", "15")),
    )?;
    // 5 ETH cost 10,000 and bring 15,000 − 15; the bitcoin costs 15,000.
    assert_eq!(
        diary.result(Method::Fifo, "ETH")?,
        ("4985".to_owned(), "10000".to_owned())
    );
    assert_eq!(
        diary.result(Method::Fifo, "BTC")?,
        ("0".to_owned(), "15000".to_owned())
    );
    Ok(())
}

#[test]
fn a_transfer_moves_lots_with_their_age_and_cost_and_realises_nothing() -> Outcomes {
    let mut diary = Diary::default();
    diary
        .buy(0, "1 BTC", "10000", "0")?
        .buy(10, "1 BTC", "20000", "0")?
        .transfer(20, "1 BTC", "22000", Place::Wallet)?;
    let book = diary.book(Method::Fifo)?;
    assert_eq!((book.disposals().len(), book.gaps().len()), (0, 0));
    let lot = |day: i64, entry, cost: &str| -> Result<Lot, Box<dyn Error>> {
        Ok(Lot {
            at: Timestamp::from_millis(day * DAY),
            entry,
            quantity: Quantity::ONE,
            cost: dollars(cost)?,
        })
    };
    let expected = vec![
        (Place::Exchange, vec![lot(10, 1, "20000")?]),
        (Place::Wallet, vec![lot(0, 0, "10000")?]),
    ];
    assert_eq!(book.lots("BTC".parse()?), expected);
    // What is sold at the exchange is what is there: 25,000 − 20,000.
    diary.sell(30, "1 BTC", "25000", "0")?;
    assert_eq!(
        diary.result(Method::Fifo, "BTC")?,
        ("5000".to_owned(), "10000".to_owned())
    );
    // On to Binance, and sold there: 30,000 − 10,000 more.
    diary
        .at(Place::Wallet)
        .transfer(40, "1 BTC", "28000", Place::Binance)?;
    diary.at(Place::Binance).sell(50, "1 BTC", "30000", "0")?;
    assert_eq!(
        diary.result(Method::Fifo, "BTC")?,
        ("25000".to_owned(), "0".to_owned())
    );
    Ok(())
}

#[test]
fn of_fills_in_the_same_second_the_first_in_the_journal_is_the_oldest() -> Outcomes {
    let mut diary = Diary::default();
    diary
        .buy(0, "1 BTC", "100", "0")?
        .buy(0, "1 BTC", "200", "0")?
        .sell(0, "1 BTC", "300", "0")?;
    let mut shuffled = Diary {
        entries: diary.entries.iter().rev().copied().collect(),
        place: None,
    };
    shuffled.entries.sort_by(super::super::entry::in_order);
    for diary in [diary, shuffled] {
        assert_eq!(diary.result(Method::Fifo, "BTC")?.0, "200");
        assert_eq!(diary.result(Method::Lifo, "BTC")?.0, "100");
    }
    Ok(())
}

#[test]
fn the_parts_of_a_lot_cost_what_the_whole_did_down_to_the_dust() -> Outcomes {
    let mut diary = Diary::default();
    diary.buy(0, "3 SHIB", "10", "0")?;
    for day in 1..=3 {
        diary.sell(day, "1 SHIB", "4", "0")?;
    }
    let book = diary.book(Method::Fifo)?;
    let costs: Vec<String> = book
        .disposals()
        .iter()
        .map(|one| one.cost.to_string())
        .collect();
    // 10 ÷ 3; then half of 6.6666666667, whose half unit is rounded away from zero; then the rest.
    assert_eq!(costs, ["3.3333333333", "3.3333333334", "3.3333333333"]);
    assert_eq!(
        diary.result(Method::Fifo, "SHIB")?,
        ("2".to_owned(), "0".to_owned())
    );
    Ok(())
}

#[test]
fn what_nobody_knows_the_origin_of_makes_neither_profit_nor_loss() -> Outcomes {
    let mut diary = Diary::default();
    diary
        .at(Place::Kraken)
        .buy(0, "1 BTC", "10000", "0")?
        .sell(10, "4 BTC", "80000", "0")?;
    let book = diary.book(Method::Fifo)?;
    // Three of the four are missing: they count as brought in at 60,000. The one made 10,000.
    assert_eq!(
        diary.result(Method::Fifo, "BTC")?,
        ("10000".to_owned(), "0".to_owned())
    );
    let gaps: Vec<_> = book
        .gaps()
        .iter()
        .map(|gap| (gap.quantity.to_string(), gap.worth))
        .collect();
    assert_eq!(gaps, [("3".to_owned(), dollars("60000")?)]);
    // Dollars that are spent without having been there are no gap: they were paid from a bank.
    let flows: Vec<String> = book
        .flows()
        .iter()
        .map(|flow| flow.amount.to_string())
        .collect();
    assert_eq!(flows, ["10000", "60000"]);
    Ok(())
}

#[test]
fn a_valuation_counts_what_has_a_price_and_says_what_has_none() -> Outcomes {
    let mut diary = Diary::default();
    diary
        .buy(0, "2 BTC", "20000", "0")?
        .buy(0, "10 ETH", "20000", "0")?
        .buy(1, "5 XYZ", "50", "0")?
        .buy(1, "1 SOL", "100", "0")?
        .sell(2, "1 SOL", "150", "0")?;
    let book = diary.book(Method::Fifo)?;
    let (bitcoin, ether) = (quote("30000")?, quote("2000")?);
    let valuation = Valuation::new(&book, Timestamp::default(), |asset| match asset.as_str() {
        "BTC" => Some(bitcoin),
        "ETH" => Some(ether),
        _ => None,
    })?;
    // 60,000 + 20,000 + the 150 dollars that the sale left.
    assert_eq!(valuation.total_value, dollars("80150")?);
    assert_eq!(valuation.cost_basis, dollars("40150")?);
    assert_eq!(valuation.unrealised, dollars("40000")?);
    assert_eq!(valuation.realised, dollars("50")?);
    assert!(valuation.has_unpriced());
    let order: Vec<&str> = valuation
        .holdings
        .iter()
        .map(|one| one.asset.as_str())
        .collect();
    assert_eq!(order, ["BTC", "ETH", "USD", "XYZ"]);
    let share = valuation.holdings.first().and_then(|one| one.share);
    // 60,000 ÷ 80,150.
    assert_eq!(share, Some("0.748596381784154710".parse::<Number>()?));
    let closed: Vec<&str> = valuation
        .closed
        .iter()
        .map(|one| one.asset.as_str())
        .collect();
    assert_eq!(closed, ["SOL"]);
    Ok(())
}

#[test]
fn entries_that_make_no_sense_are_refused() -> Outcomes {
    use super::super::entry::InvalidEntry;
    let trade = |given: &str,
                 received: &str,
                 worth: &str,
                 fee: Option<&str>|
     -> Result<_, Box<dyn Error>> {
        let fee = fee.map(amount).transpose()?.map(|leg| Fee {
            leg,
            worth: Money::ONE,
        });
        let act = Act::Trade {
            given: amount(given)?,
            received: amount(received)?,
            worth: dollars(worth)?,
            fee,
        };
        Ok(act.check())
    };
    for (given, received, worth, fee, expected) in [
        ("1 BTC", "1 BTC", "5", None, InvalidEntry::SameAsset),
        ("0 BTC", "5 USD", "5", None, InvalidEntry::NotPositive),
        ("-1 BTC", "5 USD", "5", None, InvalidEntry::NotPositive),
        ("1 BTC", "5 USD", "6", None, InvalidEntry::Worth),
        (
            "5 USD",
            "1 BTC",
            "5",
            Some("1 BTC"),
            InvalidEntry::NotPositive,
        ),
        (
            "1 BTC",
            "5 USD",
            "5",
            Some("0 BNB"),
            InvalidEntry::NotPositive,
        ),
        ("1 BTC", "2 ETH", "-5", None, InvalidEntry::NotPositive),
        (
            "1 BTC",
            "1000000000000001 ETH",
            "5",
            None,
            InvalidEntry::TooLarge,
        ),
        (
            "0.000000000000000001 BTC",
            "1 ETH",
            "5000",
            None,
            InvalidEntry::TooLarge,
        ),
        (
            "1 BTC",
            "10000000000001 USD",
            "10000000000001",
            None,
            InvalidEntry::TooLarge,
        ),
    ] {
        assert_eq!(
            trade(given, received, worth, fee)?,
            Err(expected),
            "{given} for {received}"
        );
    }
    Ok(())
}
