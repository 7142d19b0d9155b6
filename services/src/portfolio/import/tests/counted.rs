//! What comes of files: worths, balances and what was realised, worked by hand.

use super::*;
use domain::portfolio::{Entry, Place, Quantity, Valuation, entry::in_order};

/// The portfolio of a file, when a bitcoin closed at 40,000 each day.
fn book(text: &str) -> Result<Book, Box<dyn Error>> {
    let file = read(text.as_ref(), None, &tickers(), NOW)?;
    let import = Import {
        id: ImportId::new(Uuid::nil()),
        file: Note::default(),
    };
    let mut prices = prices();
    let btc = [(Day::MIN, "40000".parse()?)].into();
    prices.closes.insert("BTC".parse()?, btc);
    let sol = [(Day::MIN, "100".parse()?)].into();
    prices.closes.insert("SOL".parse()?, sol);
    let (_, told) = entries(&file.rows, &import, &Rates::default(), &prices);
    let mut all: Vec<Entry> = told.iter().map(|one| one.entry).collect();
    all.sort_by(in_order);
    Ok(Book::new(&all, Method::Fifo)?)
}

fn realised(book: &Book) -> Result<String, Box<dyn Error>> {
    let value = Valuation::new(book, Timestamp::default(), |_| None)?;
    Ok(value.realised.to_string())
}

/// How much there is of an asset at a place.
fn balance(book: &Book, asset: &str, place: Place) -> Result<String, Box<dyn Error>> {
    let places = book.places(asset.parse()?).into_iter();
    let found = places
        .into_iter()
        .find_map(|(at, quantity)| (at == place).then_some(quantity));
    Ok(found.unwrap_or(Quantity::ZERO).to_string())
}

fn bad(row: &str, head: &str) -> Result<String, Box<dyn Error>> {
    let (_, rows) = said(format!("{head}\n{row}\n"))?;
    Ok(rows.first().cloned().unwrap_or_default())
}

#[test]
fn what_was_sold_for_tethers_counts_as_the_tethers_that_were_got() -> Outcomes {
    let head = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n";
    let there = "2024-01-31 12:00:00,BTCUSDT,BUY,43000,1BTC,43000USDT,0USDT\n";
    let back = "2024-01-31 12:00:01,BTCUSDT,SELL,43000,1BTC,43000USDT,0USDT\n";
    let even = book(&format!("{head}{there}{back}"))?;
    assert_eq!(realised(&even)?, "0");
    // A bad row beside them changes nothing: then prices are asked of the file itself, too.
    let beside = "2024-01-31 12:00:02,DOGEBNB,BUY,1,1NIX,1BNB,0BNB\n";
    assert_eq!(
        realised(&book(&format!("{head}{there}{back}{beside}"))?)?,
        "0"
    );
    // Fees in tethers are as many dollars: 43 for each trade.
    let fees = format!("{head}{there}{back}").replace(",0USDT", ",43USDT");
    let fees = book(&fees)?;
    assert_eq!(fees.fees().to_string(), "86");
    // A fee in tethers of a trade between coins, too.
    let third = "2024-01-31 12:00:00,ETHBTC,BUY,0.05,1ETH,0.05BTC,2USDT\n";
    assert_eq!(book(&format!("{head}{third}"))?.fees().to_string(), "2");
    Ok(())
}

#[test]
fn between_coins_both_ways_count_in_the_same_coin() -> Outcomes {
    let text = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n\
        2024-01-31 12:00:00,ETHBTC,BUY,0.06,1ETH,0.06BTC,0BTC\n\
        2024-01-31 12:00:01,ETHBTC,SELL,0.06,1ETH,0.06BTC,0BTC\n";
    assert_eq!(
        said(text)?.1[1],
        "3 New Sell 1 ETH for 0.06 BTC",
        "as the file says"
    );
    // 0.06 × 40,000 each way, though an ether closed at 2,000.
    assert_eq!(realised(&book(text)?)?, "0");
    Ok(())
}

#[test]
fn the_balances_of_kraken_are_those_that_its_ledgers_say() -> Outcomes {
    let text = "txid,refid,time,type,subtype,aclass,asset,amount,fee,balance\n\
        L1,F1,2024-01-31 12:00:00,deposit,,currency,ZUSD,1000,5,995\n\
        L2,F2,2024-01-31 12:00:00,staking,,currency,XETH,0.01,0.002,0.008\n\
        L3,F3,2024-01-31 12:00:00,earn,reward,currency,SOL,0.5,0.1,0.4\n\
        L4,F4,2024-01-31 12:00:01,withdrawal,,currency,SOL,-0.2,0.05,0.15\n";
    let kraken = book(text)?;
    for (asset, expected) in [("USD", "995"), ("ETH", "0.008"), ("SOL", "0.15")] {
        assert_eq!(balance(&kraken, asset, Place::Kraken)?, expected, "{asset}");
    }
    assert_eq!(kraken.gaps(), [], "all of it is known to have come");
    // The same row has the key that it had before its fee came second.
    let (_, _, told) = look(text)?;
    let digest = format!(
        "kraken:{:x}:0",
        <sha2::Sha256 as sha2::Digest>::digest("L1:fee")
    );
    assert!(told.iter().any(|one| one.key == digest));
    Ok(())
}

#[test]
fn what_a_maker_is_paid_makes_a_purchase_cheaper_and_a_sale_dearer() -> Outcomes {
    let text = "txid,pair,time,type,cost,fee,vol\n\
        T1,XXBTZUSD,2024-01-31 12:00:00,buy,20000,-10,1\n\
        T2,XXBTZUSD,2024-01-31 12:00:01,sell,20000,-10,1\n\
        T3,XXBTZUSD,2024-01-31 12:00:01,buy,20000,-20000,1\n";
    let (_, rows) = said(text)?;
    assert_eq!(
        rows,
        [
            "2 New Buy 1 BTC for 19,990 USD",
            "3 New Sell 1 BTC for 20,010 USD",
            "4 Bad why: fee: must give back less than was paid",
        ]
    );
    assert_eq!(realised(&book(text)?)?, "20");
    Ok(())
}

#[test]
fn trades_on_margin_are_no_purchases() -> Outcomes {
    let text = "txid,ordertxid,pair,time,type,ordertype,price,cost,fee,vol,margin,misc,ledgers\n\
        T1,O1,XXBTZUSD,2024-01-31 12:00:00,buy,limit,43000,21500,55,0.5,4300,,\n\
        T2,O2,XXBTZUSD,2024-01-31 12:00:01,sell,limit,43000,21500,55,0.5,0,closing,\n\
        T3,O3,XXBTZUSD,2024-01-31 12:00:02,buy,limit,43000,43,0,0.001,0.00000,,\n";
    let (_, rows) = said(text)?;
    for row in &rows[..2] {
        assert!(
            row.contains("Skipped why: is part of a trade on margin"),
            "{row}"
        );
    }
    let kraken = book(text)?;
    assert_eq!(balance(&kraken, "BTC", Place::Kraken)?, "0.001");
    let ledger = "txid,time,type,asset,amount,fee\nL1,2024-01-31 12:00:00,margin,ZUSD,-5,1\n";
    assert!(said(ledger)?.1[0].contains("trade on margin"));
    Ok(())
}

#[test]
fn fees_of_what_came_left_or_was_moved_are_paid() -> Outcomes {
    let text = "date,type,asset,quantity,total,fee,fee_asset,place\n\
        2024-01-31,deposit,BTC,1,,0.01,BTC,kraken\n\
        2024-02-01,withdrawal,BTC,0.1,,0.02,BTC,kraken\n\
        2024-02-02,reward,ETH,1,,0.1,ETH,kraken\n\
        2024-02-03,transfer_out,BTC,0.5,,0.001,BTC,kraken\n\
        2024-02-04,transfer_in,BTC,0.5,,0.002,BTC,kraken\n\
        2024-02-05,deposit,USD,100,,3,,kraken\n";
    assert_eq!(
        said(text)?.1[2],
        "4 New Deposit 1 ETH; Spend 0.1 ETH",
        "the fee is seen before it is taken in"
    );
    let own = book(text)?;
    for (asset, expected) in [("BTC", "0.867"), ("ETH", "0.9"), ("USD", "97")] {
        assert_eq!(balance(&own, asset, Place::Kraken)?, expected, "{asset}");
    }
    assert_eq!(own.gaps(), []);
    let head = "date,type,asset,quantity,total,fee,fee_asset";
    let why = bad("2024-01-31,deposit,ETH,1,,5,EUR", head)?;
    assert!(
        why.starts_with("2 Bad why: fee: is in EUR, which stays outside"),
        "{why}"
    );
    Ok(())
}

#[test]
fn a_conversion_of_coinbase_moves_no_dollars() -> Outcomes {
    let text = "ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,Total (inclusive of fees and/or spread),Fees and/or Spread,Notes\n\
        a,2024-01-30 12:00:00 UTC,Deposit,USD,10012.50,USD,$1,$10012.50,$10012.50,$0,\n\
        b,2024-01-31 12:00:00 UTC,Buy,BTC,0.5,USD,$20000,$10000,$10012.50,$12.50,Bought 0.5 BTC\n\
        c,2024-02-01 12:00:00 UTC,Convert,BTC,-0.1,USD,$20500,$2000,$2050,$50,Converted 0.1 BTC to 1 ETH\n\
        d,2024-02-02 12:00:00 UTC,Convert,BTC,-0.1,USD,$20500,,$2050,$50,Converted 0.1 BTC to 1 ETH\n";
    let coinbase = book(text)?;
    for (asset, expected) in [("USD", "0"), ("BTC", "0.3"), ("ETH", "2")] {
        assert_eq!(
            balance(&coinbase, asset, Place::Coinbase)?,
            expected,
            "{asset}"
        );
    }
    let came: Vec<String> = coinbase
        .flows()
        .iter()
        .map(|flow| flow.amount.to_string())
        .collect();
    assert_eq!(
        came,
        ["10012.5"],
        "no dollars came that the file doesn't tell"
    );
    assert_eq!(coinbase.fees().to_string(), "12.5");
    let (_, cost) = coinbase.positions()?[&"ETH".parse()?];
    assert_eq!(cost.to_string(), "4050", "2,000 and 2,050");
    Ok(())
}

#[test]
fn nothing_is_later_than_now() -> Outcomes {
    let head = "date,type,asset,quantity,total";
    for (date, fate) in [
        ("2026-11-28 23:59:00", "Bad why: must not be in the future"),
        ("2026-11-28 14:31:00", "New Buy 1 BTC for 5 USD"),
    ] {
        assert_eq!(
            bad(&format!("{date},buy,BTC,1,5"), head)?,
            format!("2 {fate}")
        );
    }
    Ok(())
}

#[test]
fn numbers_have_one_sign_and_may_begin_or_end_with_their_point() -> Outcomes {
    let head = "date,type,asset,quantity,total";
    for (quantity, total) in [
        ("--1", "5"),
        ("+-1", "5"),
        ("-+1", "5"),
        ("1", "-$-5"),
        ("1", "$--5"),
        (".", "5"),
        ("1", "$."),
    ] {
        let why = bad(&format!("2024-01-31,buy,BTC,{quantity},{total}"), head)?;
        assert!(why.starts_with("2 Bad"), "{quantity} {total}: {why}");
    }
    for (quantity, total) in [
        (".5", "5."),
        ("+0.5", "$5"),
        ("0.50", "+$5.00"),
        ("5E-1", "$+5"),
    ] {
        let row = bad(&format!("2024-01-31,buy,BTC,{quantity},{total}"), head)?;
        assert_eq!(row, "2 New Buy 0.5 BTC for 5 USD");
    }
    Ok(())
}

#[test]
fn what_must_be_above_zero_is_named() -> Outcomes {
    let own = "date,type,asset,quantity,total,fee";
    let coinbase = "Timestamp,Transaction Type,Asset,Quantity Transacted,Subtotal,Fees";
    let kraken = "txid,pair,time,type,cost,fee,vol";
    let binance = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee";
    for (row, head, why) in [
        (
            "2024-01-31,buy,BTC,0,5,",
            own,
            "quantity: must be above zero",
        ),
        ("2024-01-31,buy,BTC,1,0,", own, "total: must be above zero"),
        (
            "2024-01-31,buy,BTC,1,-5,",
            own,
            "total: must not be below zero",
        ),
        (
            "2024-01-31,buy,BTC,1,5,-1",
            own,
            "fee: must not be below zero",
        ),
        (
            "2024-01-31,sell,BTC,1,5,5",
            own,
            "fee: must be less than what was got",
        ),
        (
            "2024-01-31,Buy,BTC,0,5,",
            coinbase,
            "quantity transacted: must be above zero",
        ),
        (
            "2024-01-31,Buy,BTC,1,$0,",
            coinbase,
            "subtotal: must be above zero",
        ),
        (
            "T,XXBTZUSD,2024-01-31,buy,0,0,1",
            kraken,
            "cost: must be above zero",
        ),
        (
            "T,XXBTZUSD,2024-01-31,buy,1,0,-1",
            kraken,
            "vol: must be above zero",
        ),
        (
            "2024-01-31,BTCUSDT,BUY,1,0BTC,5USDT,0",
            binance,
            "executed: must be above zero",
        ),
        (
            "2024-01-31,BTCUSDT,BUY,1,1BTC,0USDT,0",
            binance,
            "amount: must be above zero",
        ),
    ] {
        assert_eq!(bad(row, head)?, format!("2 Bad why: {why}"), "{row}");
    }
    Ok(())
}
