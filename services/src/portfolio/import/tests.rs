//! Files of each exchange, worked by hand; and files that mean no good.

mod counted;
mod currencies;
mod meaning;

use super::{
    Format, Rates,
    prices::Prices,
    run::{entries, read},
    table::{Table, Unreadable},
};
use crate::portfolio::PortfolioError;
use domain::{
    ImportId,
    exchange::{Asset, Timestamp},
    portfolio::{
        Book, Import, Method, Note, Recorded,
        history::Day,
        imported::{Fate, RowReport},
    },
};
use proptest::prelude::*;
use std::{
    collections::{HashMap, HashSet},
    error::Error,
};
use uuid::Uuid;

/// 2026-11-28 14:31.
const NOW: Timestamp = Timestamp::from_millis((20_785 * 24 * 60 + 14 * 60 + 31) * 60_000);

type Outcomes = Result<(), Box<dyn Error>>;

fn tickers() -> HashMap<String, Asset> {
    let known = ["BTC", "ETH", "BNB", "USDT", "DOGE", "SOL", "1INCH"];
    let pairs = known
        .iter()
        .filter_map(|one| Some(((*one).to_owned(), one.parse().ok()?)));
    pairs.collect()
}

/// A tether stands for a dollar, a BNB costs 300, an ether 2,000; of the others nothing is known.
fn prices() -> Prices {
    let always = |asset: &str, price: &str| {
        let price = [(Day::MIN, price.parse().ok()?)].into();
        Some((asset.parse().ok()?, price))
    };
    let known = [("BNB", "300"), ("ETH", "2000")];
    let known = known
        .into_iter()
        .filter_map(|(asset, price)| always(asset, price));
    Prices {
        closes: known.collect(),
        dollars: "USDT".parse().into_iter().collect(),
    }
}

type Looked = Result<(Format, Vec<RowReport>, Vec<Recorded>), PortfolioError>;

fn look(text: impl AsRef<[u8]>) -> Looked {
    look_at(text, &Rates::default())
}

/// The same when its currencies cost so much.
fn look_at(text: impl AsRef<[u8]>, rates: &Rates) -> Looked {
    let file = read(text.as_ref(), None, &tickers(), NOW)?;
    let import = Import {
        id: ImportId::new(Uuid::nil()),
        file: Note::default(),
    };
    let (rows, told) = entries(&file.rows, &import, rates, &prices());
    let mut new = told.iter().map(|one| one.key.clone()).collect();
    let rows = rows.into_iter().map(|row| row.report(&mut new)).collect();
    Ok((file.format, rows, told))
}

/// What each row says, or why it is bad, with its line.
fn said(text: impl AsRef<[u8]>) -> Result<(Format, Vec<String>), Box<dyn Error>> {
    said_of(look(text)?)
}

fn said_of(
    (format, rows, _): (Format, Vec<RowReport>, Vec<Recorded>),
) -> Result<(Format, Vec<String>), Box<dyn Error>> {
    let line = |row: RowReport| {
        let what = row
            .reason
            .map_or(row.what, |reason| format!("why: {reason}"));
        format!("{} {:?} {what}", row.line, row.fate)
    };
    Ok((format, rows.into_iter().map(line).collect()))
}

#[test]
fn a_file_of_ones_own() -> Outcomes {
    let text = "date,type,asset,quantity,total,fee,fee_asset,place,id\n\
        2024-01-31 12:00:00,buy,BTC,0.5,\"10,000\",12.50,,kraken,a1\n\
        2024-02-01,Sell,btc,0.1,3000,0.001,BNB,,\n\
        2024-02-02T08:00:00+02:00,transfer_out,BTC,0.1,,,,kraken,a2\n\
        2024-02-03,reward,ETH,0.5,,,,,\n\
        2024-02-04,buy,XYZ,1,5,,,,\n\
        2024-02-05,buy,BTC,-1,5,,,,\n\
        31/01/2024,buy,BTC,1,5,,,,\n\
        2024-02-06,hold,BTC,1,5,,,,\n\
        2024-02-07,buy,BTC,1,,,,,\n\
        2024-02-08,reward,SOL,1,,,,,\n";
    let (format, rows) = said(text)?;
    assert_eq!(format, Format::Generic);
    assert_eq!(
        rows,
        [
            "2 New Buy 0.5 BTC for 10,000 USD, fee 12.5 USD",
            "3 New Sell 0.1 BTC for 3,000 USD, fee 0.001 BNB",
            "4 Bad why: nobody here knows what BTC cost on that day: write the row into a file of your own, with what it was worth in US dollars as its total",
            "5 New Deposit 0.5 ETH",
            "6 Bad why: asset: XYZ is no coin of this desk, nor a currency: nobody here knows what it was worth",
            "7 Bad why: quantity: must be above zero",
            "8 Bad why: date: must be a time such as 2024-01-31 12:00:00",
            "9 Bad why: type: must be buy, sell, deposit, withdrawal, reward, transfer_in or transfer_out",
            "10 Bad why: total: is missing",
            "11 Bad why: nobody here knows what SOL cost on that day: write the row into a file of your own, with what it was worth in US dollars as its total",
        ]
    );
    Ok(())
}

#[test]
fn a_file_of_binance_new_and_old() -> Outcomes {
    let new = "\"Date(UTC)\",\"Pair\",\"Side\",\"Price\",\"Executed\",\"Amount\",\"Fee\"\r\n\
        2024-01-31 12:00:00,BTCUSDT,BUY,43000,0.5000000000BTC,\"21,500.00000000USDT\",0.00050000BTC\r\n\
        2024-01-31 12:00:01,ETHUSDT,SELL,2300,1ETH,2300USDT,0.00575BNB\r\n\
        2024-01-31 12:00:02,1INCHUSDT,BUY,0.5,101INCH,5USDT,0USDT\r\n\
        2024-01-31 12:00:03,,BUY,0.5\r\n";
    let (format, rows) = said(new)?;
    assert_eq!(format, Format::Binance);
    assert_eq!(
        rows,
        [
            "2 New Buy 0.5 BTC for 21,500 USDT, fee 0.0005 BTC",
            "3 New Sell 1 ETH for 2,300 USDT, fee 0.00575 BNB",
            "4 New Buy 10 1INCH for 5 USDT",
            "5 Bad why: executed: must be a number and an asset of this desk, such as 0.5BTC",
        ]
    );
    let old = "Date(UTC);Market;Type;Price;Amount;Total;Fee;Fee Coin\n\
        2018-01-31 12:00:00;ETHBTC;SELL;0,1;2;0,2;0,0002;BTC\n";
    assert_eq!(
        said(old)?.1,
        ["2 New Sell 2 ETH for 0.2 BTC, fee 0.0002 BTC"]
    );
    // 2 ETH were worth 4,000: a thousandth of the bitcoin is the fee.
    let (_, _, told) = look(old)?;
    let all: Vec<_> = told.iter().map(|one| one.entry).collect();
    let book = Book::new(&all, Method::Fifo)?;
    assert_eq!(book.fees().to_string(), "4");
    Ok(())
}

#[test]
fn a_file_of_coinbase_with_lines_above_its_head() -> Outcomes {
    let text = "\u{feff}\n\nTransactions\nUser,Ann,8f2b\n\
        ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,Total (inclusive of fees and/or spread),Fees and/or Spread,Notes\n\
        c,2024-02-03 12:00:00 UTC,Convert,ETH,-0.1,USD,$2300,$230,$233,$3,Converted 0.1 ETH to 0.005 BTC\n\
        b,2024-02-02 12:00:00 UTC,Send,ETH,-0.2,USD,$2300,,,,Sent\n\
        a,2024-01-31 12:00:00 UTC,Buy,ETH,0.5,USD,\"$2,000.00\",\"$1,000.00\",$1010.00,$10.00,Bought\n\
        a,2024-01-31 12:00:00 UTC,Buy,ETH,0.5,USD,\"$2,000.00\",\"$1,000.00\",$1010.00,$10.00,Bought\n\
        d,2024-01-30 12:00:00 UTC,Staking Income,ETH,0.01,EUR,€2000,€20,€20,€0,\n";
    let (format, rows) = said(text)?;
    assert_eq!(format, Format::Coinbase);
    assert_eq!(
        rows,
        [
            "6 New Buy 0.005 BTC for 0.1 ETH",
            "7 New Move 0.2 ETH to own wallet",
            "8 New Buy 0.5 ETH for 1,000 USD, fee 10 USD",
            "9 Known Buy 0.5 ETH for 1,000 USD, fee 10 USD",
            "10 Bad why: nobody here knows what EUR cost in US dollars on that day: say so under rates, such as EUR 1.08, or give the file a column usd_rate",
        ]
    );
    // The newest are first: the rank tells what came before what within a second.
    let (_, _, told) = look(text)?;
    assert!(told.is_sorted_by_key(|one| std::cmp::Reverse(one.entry.rank)));
    Ok(())
}

#[test]
fn files_of_kraken() -> Outcomes {
    let trades = "\"txid\",\"ordertxid\",\"pair\",\"time\",\"type\",\"ordertype\",\"price\",\"cost\",\"fee\",\"vol\",\"margin\",\"misc\",\"ledgers\"\n\
        \"T1\",\"O1\",\"XXBTZUSD\",\"2024-01-31 12:00:00.1234\",\"buy\",\"limit\",43000,21500,55.9,0.5,0,\"\",\"\"\n\
        \"T2\",\"O2\",\"ETH/USDT\",\"2024-01-31 12:00:01\",\"sell\",\"limit\",2300,2300,6,1,0,\"\",\"\"\n\
        \"T3\",\"O3\",\"XDGUSD\",\"2024-01-31 12:00:02\",\"buy\",\"limit\",0.08,8,0.02,100,0,\"\",\"\"\n\
        \"T4\",\"O4\",\"XXBTZEUR\",\"2024-01-31 12:00:03\",\"buy\",\"limit\",0.08,8,0.02,100,0,\"\",\"\"\n";
    let (format, rows) = said(trades)?;
    assert_eq!(format, Format::Kraken);
    assert_eq!(
        rows,
        [
            "2 New Buy 0.5 BTC for 21,500 USD, fee 55.9 USD",
            "3 New Sell 1 ETH for 2,300 USDT, fee 6 USDT",
            "4 New Buy 100 DOGE for 8 USD, fee 0.02 USD",
            "5 Bad why: nobody here knows what EUR cost in US dollars on that day: say so under rates, such as EUR 1.08, or give the file a column usd_rate",
        ]
    );
    let ledgers = "\"txid\",\"refid\",\"time\",\"type\",\"subtype\",\"aclass\",\"asset\",\"amount\",\"fee\",\"balance\"\n\
        \"L1\",\"F1\",\"2024-01-31 12:00:00\",\"deposit\",\"\",\"currency\",\"ZUSD\",1000,0,1000\n\
        \"L2\",\"F2\",\"2024-01-31 12:00:01\",\"trade\",\"\",\"currency\",\"ZUSD\",-500,1,499\n\
        \"L3\",\"F3\",\"2024-01-31 12:00:02\",\"withdrawal\",\"\",\"currency\",\"XETH\",-0.5,0.002,0\n";
    assert_eq!(
        said(ledgers)?.1,
        [
            "2 New Deposit 1,000 USD",
            "3 Skipped why: moves nothing between you and others, or is in the file of trades",
            "4 New Spend 0.002 ETH; Move 0.5 ETH to own wallet",
        ]
    );
    Ok(())
}

#[test]
fn the_same_row_twice_is_two_trades_and_the_same_file_twice_is_one_file() -> Outcomes {
    let text = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n\
        2024-01-31 12:00:00,BTCUSDT,BUY,43000,0.5BTC,21500USDT,0USDT\n\
        2024-01-31 12:00:00,BTCUSDT,BUY,43000,0.5BTC,21500USDT,0USDT\n";
    let keys = |told: Vec<Recorded>| told.into_iter().map(|one| one.key).collect::<Vec<_>>();
    let first = keys(look(text)?.2);
    assert_eq!(first.iter().collect::<HashSet<_>>().len(), 2);
    // Known again in another encoding, with other line ends, and with a row more.
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(
            text.replace('\n', "\r\n")
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        )
        .collect();
    assert_eq!(keys(look(wide)?.2), first);
    let longer = format!("{text}2024-02-01 12:00:00,ETHUSDT,BUY,2300,1ETH,2300USDT,0USDT\n");
    assert_eq!(keys(look(longer)?.2).get(..2), Some(first.as_slice()));
    Ok(())
}

#[test]
fn what_is_no_table_is_refused_as_a_whole() {
    let head = "date,type,asset,quantity,total\n";
    let many = format!(
        "{head}{}",
        "2024-01-31,buy,BTC,1,5\n".repeat(super::MOST_ROWS + 1)
    );
    for (bytes, expected) in [
        (b"".to_vec(), Unreadable::Empty),
        (b" \r\n\t".to_vec(), Unreadable::Empty),
        (b"PK\x03\x04\0\0\0\0".to_vec(), Unreadable::NoText),
        (vec![0xff, 0xfe, 0x00, 0xd8], Unreadable::NoText),
        (
            "Prix\u{e9}".chars().map(|c| c as u8).collect(),
            Unreadable::NoText,
        ),
        (
            b"date,type,quantity\n2024-01-31,buy,1\n".to_vec(),
            Unreadable::UnknownHead,
        ),
        (
            b"date,type,asset,quantity,Total, total \n2024-01-31,buy,BTC,1,5,6\n".to_vec(),
            Unreadable::Twice("total".to_owned()),
        ),
        (b"[{\"date\": 1}]".to_vec(), Unreadable::UnknownHead),
        (vec![b'a'; super::MOST_BYTES + 1], Unreadable::TooLarge),
        (many.into_bytes(), Unreadable::TooManyRows),
    ] {
        assert_eq!(Table::read(&bytes, None).err(), Some(expected));
    }
    let other = Table::read(head.as_bytes(), Some(Format::Kraken));
    assert_eq!(
        other.err(),
        Some(Unreadable::OtherFile("Kraken: Trades or Ledgers")),
        "of another exchange"
    );
}

#[test]
fn formulas_and_very_long_cells_are_bad_rows_and_nothing_else() -> Outcomes {
    let long = "9".repeat(100_000);
    let text = format!(
        "date,type,asset,quantity,total\n\
         2024-01-31,buy,BTC,=1+1,5\n\
         2024-01-31,buy,\"=HYPERLINK(\"\"http://evil\"\")\",1,5\n\
         2024-01-31,buy,BTC,{long},5\n\
         2024-01-31,buy,{long},1,5\n\
         2024-01-31,buy,BTC\n\
         2024-01-31,buy,BTC,\"1\n"
    );
    let (_, rows, told) = look(text)?;
    assert!(told.is_empty());
    assert!(rows.iter().all(|row| row.fate == Fate::Bad));
    let longest = rows
        .iter()
        .filter_map(|row| row.reason.as_ref())
        .map(String::len)
        .max();
    assert!(
        longest < Some(200),
        "a reason does not repeat what is wrong: {longest:?}"
    );
    Ok(())
}

proptest! {
    #[test]
    fn nothing_that_is_sent_panics(
        head in prop_oneof![
            Just("date,type,asset,quantity,total"),
            Just("Date(UTC),Pair,Side,Price,Executed,Amount,Fee"),
            Just("Date(UTC),Market,Type,Price,Amount,Total,Fee,Fee Coin"),
            Just("ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Subtotal,Notes"),
            Just("txid,pair,time,type,cost,fee,vol"),
            Just("txid,time,type,asset,amount,fee"),
        ],
        rows in proptest::collection::vec(proptest::collection::vec(
            prop_oneof![
                "[-+$0-9.,eE]{0,12}", "[A-Z0-9]{0,8}", "2024-0[1-9]-[0-3][0-9] [0-2][0-9]:[0-6][0-9]:[0-9.]{0,6}",
                Just("buy".to_owned()), Just("BTC".to_owned()), Just("BTCUSDT".to_owned()), "\\PC{0,10}",
            ], 0..9), 0..6),
    ) {
        let rows: Vec<String> = rows.iter().map(|cells| cells.join(",")).collect();
        let _outcome = look(format!("{head}\n{}", rows.join("\n")));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _outcome = look(bytes);
    }
}
