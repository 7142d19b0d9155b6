//! Trades that were paid in euros and the like, worked by hand.

use super::*;
use crate::portfolio::import::NoRates;
use domain::portfolio::{Place, Valuation};

/// A euro at 1.10 dollars, and from 2024-02-01 on at 1.08; a pound at 1.25.
fn rates() -> Result<Rates, NoRates> {
    "EUR 1.1, 2024-02-01 eur=1.08; GBP 1.25".parse()
}

fn rated(text: &str) -> Result<Vec<String>, Box<dyn Error>> {
    Ok(said_of(look_at(text, &rates()?)?)?.1)
}

const KRAKEN: &str = "txid,pair,time,type,cost,fee,vol\n\
    T1,XXBTZEUR,2024-01-31 12:00:00,buy,20000,10,1\n\
    T2,XBT/EUR,2024-02-02 12:00:00,sell,15000,5,0.5\n\
    T3,XETHXXBT,2024-02-03 12:00:00,buy,0.1,0,2\n\
    T4,EURUSD,2024-02-04 12:00:00,sell,108,0.5,100\n\
    T5,EURGBP,2024-02-05 12:00:00,sell,80,0.5,100\n";

#[test]
fn a_purchase_in_euros_cost_what_they_cost_that_day() -> Outcomes {
    assert_eq!(
        rated(KRAKEN)?,
        [
            "2 New Deposit 22,011 USD; Buy 1 BTC for 22,000 USD, fee 11 USD; 1 EUR at 1.1 USD",
            "3 New Sell 0.5 BTC for 16,200 USD, fee 5.4 USD; Withdraw 16,194.6 USD; 1 EUR at 1.08 USD",
            "4 New Buy 2 ETH for 0.1 BTC",
            "5 New Deposit 107.5 USD; 1 EUR at 1.08 USD",
            "6 Skipped why: moves money of another currency alone, which stays outside the portfolio: what is bought with it counts as brought in just then, and what it is got for as taken out",
        ]
    );
    let (_, _, told) = look_at(KRAKEN, &rates()?)?;
    let all: Vec<_> = told.iter().take(4).map(|one| one.entry).collect();
    assert!(all.iter().all(|entry| entry.act.check().is_ok()));
    let book = Book::new(&all, Method::Fifo)?;
    // 20,000 × 1.1 and the fee; half of that is left. 15,000 × 1.08 less 5.40, less the other half.
    let btc: Asset = "BTC".parse()?;
    let (_, cost) = book.positions()?[&btc];
    assert_eq!(cost.to_string(), "11005.5");
    let value = Valuation::new(&book, Timestamp::default(), |_| None)?;
    assert_eq!(value.realised.to_string(), "5189.1");
    assert_eq!(book.fees().to_string(), "16.4");
    // No dollars are left, nor were any missing: euros are outside.
    assert_eq!(book.places(Asset::USD), []);
    assert_eq!(book.gaps(), []);
    Ok(())
}

#[test]
fn without_a_rate_only_the_rows_that_need_one_are_bad() -> Outcomes {
    let (_, rows) = said(KRAKEN)?;
    let fates: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.split(' ').nth(1))
        .collect();
    assert_eq!(fates, ["Bad", "Bad", "New", "New", "Skipped"]);
    assert!(rows[0].contains("nobody here knows what EUR cost in US dollars on that day"));
    // One that counts from later on says nothing about earlier days.
    let later = "2024-02-01 EUR 1.08".parse()?;
    let rows = said_of(look_at(KRAKEN, &later)?)?.1;
    assert!(
        rows[0].starts_with("2 Bad") && rows[1].starts_with("3 New"),
        "{rows:?}"
    );
    Ok(())
}

#[test]
fn a_row_may_say_its_own_rate_and_coinbase_and_ones_own_files_their_currency() -> Outcomes {
    let coinbase = "ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,Total,Fees,usd_rate\n\
        1,2024-01-31 12:00:00 UTC,Buy,ETH,0.5,EUR,€2000,\"€1,000.00\",€1010.00,€10.00,1.2\n\
        2,2024-01-31 12:00:00 UTC,Staking Income,BTC,0.01,EUR,€2000,€20,€20,€0,\n\
        3,2024-01-31 12:00:00 UTC,Deposit,EUR,500,EUR,€1,€500,€500,€0,\n\
        4,2024-01-31 12:00:00 UTC,Buy,ETH,1,EUR,€2000,€2000,€2000,€0,150\n";
    let rows = rated(coinbase)?;
    assert_eq!(
        rows[..2],
        [
            "2 New Deposit 1,212 USD; Buy 0.5 ETH for 1,200 USD, fee 12 USD; 1 EUR at 1.2 USD",
            "3 New Deposit 0.01 BTC; 1 EUR at 1.1 USD",
        ]
    );
    assert!(rows[2].starts_with("4 Skipped"), "{rows:?}");
    assert!(
        rows[3].starts_with("5 Bad why: usd_rate: must be US dollars for one"),
        "{rows:?}"
    );
    let (_, _, told) = look_at(coinbase, &rates()?)?;
    let came = told.get(2).map(|one| one.entry.act);
    assert!(
        matches!(came, Some(domain::portfolio::Act::Deposit { worth, .. }) if worth.to_string() == "22")
    );
    let own = "date;type;asset;quantity;total;currency;fee;fee_asset;fee_total;usd_rate\n\
        2024-02-05;buy;BTC;0,5;8000;GBP;4;;;\n\
        2024-02-05;buy;BTC;0,5;8000;GBP;0,001;SOL;0,08;1,5\n\
        2024-02-05;buy;BTC;0,5;8000;BTC;;;;\n";
    assert_eq!(
        rated(own)?,
        [
            "2 New Deposit 10,005 USD; Buy 0.5 BTC for 10,000 USD, fee 5 USD; 1 GBP at 1.25 USD",
            "3 New Deposit 12,000 USD; Buy 0.5 BTC for 12,000 USD, fee 0.001 SOL; 1 GBP at 1.5 USD",
            "4 Bad why: currency: must be a currency, such as USD or EUR",
        ]
    );
    Ok(())
}

#[test]
fn what_is_eaten_by_its_fee_or_less_than_any_dollar_is_bad() -> Outcomes {
    let text = "txid,pair,time,type,cost,fee,vol\n\
        T1,XXBTZEUR,2024-01-31 12:00:00,sell,1,3,0.001\n\
        T2,XXBTZEUR,2024-01-31 12:00:00,sell,1,1,0.001\n\
        T3,XXBTZEUR,2024-01-31 12:00:00,buy,0.000000000001,0,0.001\n";
    let (_, _, told) = look_at(text, &rates()?)?;
    assert_eq!(told, [], "half of a trade would be wrong");
    let rows = rated(text)?;
    assert_eq!(
        rows,
        [
            "2 Bad why: fee: must be less than what was got",
            "3 Bad why: fee: must be less than what was got",
            "4 Bad why: what it says in EUR must be above zero in US dollars",
        ]
    );
    Ok(())
}

#[test]
fn rates_are_read_as_people_write_them_and_nonsense_is_refused() -> Outcomes {
    assert_eq!("".parse::<Rates>()?, Rates::default());
    let lines: Rates = "EUR 1.1\n2024-02-01: EUR 1.08\nGBP 1.25".parse()?;
    assert_eq!(lines, rates()?);
    assert_eq!(rates()?.to_string().parse::<Rates>()?, rates()?);
    for nonsense in [
        "EUR",
        "1.08",
        "EUR 0",
        "EUR -1",
        "EUR 1,08",
        "JPY 150",
        "XYZ 1",
        "USD 1",
        "2024-02-30 EUR 1",
        "2024-02-01",
        "EUR 1e400",
        "EUR EUR",
    ] {
        assert_eq!(nonsense.parse::<Rates>(), Err(NoRates), "{nonsense}");
    }
    Ok(())
}

/// Prices of days long ago that only the owner's own trades tell.
#[test]
fn of_what_no_price_is_known_the_row_may_say_its_worth() -> Outcomes {
    let text = "date,type,asset,quantity,total,place\n\
        2013-05-01,transfer_out,BTC,0.1,,kraken\n\
        2013-05-01,transfer_out,BTC,0.1,14,kraken\n\
        2013-05-01,reward,BTC,0.1,14,kraken\n";
    let (_, rows) = said(text)?;
    let fates: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.split(' ').nth(1))
        .collect();
    assert_eq!(fates, ["Bad", "New", "New"]);
    assert!(rows[0].contains("with what it was worth in US dollars as its total"));
    let (_, _, told) = look(text)?;
    let moved = told.first().map(|one| one.entry);
    let moved = moved.ok_or("a move")?;
    assert_eq!(moved.place, Place::Kraken);
    assert!(
        matches!(moved.act, domain::portfolio::Act::Transfer { worth, .. } if worth.to_string() == "14")
    );
    // A fee in coins of which nothing is known.
    let fee = "date,type,asset,quantity,total,fee,fee_asset,fee_total\n\
        2013-05-01,buy,ETH,1,100,0.1,SOL,\n\
        2013-05-01,buy,ETH,1,100,0.1,SOL,9\n";
    let (_, rows) = said(fee)?;
    assert!(
        rows[0].contains("in which the fee was paid") && rows[0].contains("fee_total"),
        "{rows:?}"
    );
    assert_eq!(rows[1], "3 New Buy 1 ETH for 100 USD, fee 0.1 SOL");
    let (_, _, told) = look(fee)?;
    let all: Vec<_> = told.iter().map(|one| one.entry).collect();
    assert_eq!(Book::new(&all, Method::Fifo)?.fees().to_string(), "9");
    Ok(())
}
