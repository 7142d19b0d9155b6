//! What files mean by what they say: numbers, ids, quotes, moves between own accounts.

use super::*;

/// Commas tell, not what separates: a point alone is a decimal point wherever it stands.
#[test]
fn numbers_mean_what_they_say_whatever_separates_them() -> Outcomes {
    let head = "date;type;asset;quantity;total\n";
    for (row, what) in [
        (
            "2024-01-31;buy;BTC;0.5;20000.50",
            "Buy 0.5 BTC for 20,000.5 USD",
        ),
        (
            "2024-01-31;buy;BTC;0,5;20.000,50",
            "Buy 0.5 BTC for 20,000.5 USD",
        ),
        ("2024-01-31;buy;BTC;0,5;20000", "Buy 0.5 BTC for 20,000 USD"),
    ] {
        let (_, rows) = said(format!("{head}{row}\n"))?;
        assert_eq!(rows, [format!("2 New {what}")]);
    }
    for (quantity, total) in [
        ("\"0,500\"", "1"),
        ("1", "\"1,00\""),
        ("1", "\"0,001\""),
        ("1", "1.5.5"),
    ] {
        let (_, rows) = said(format!(
            "date,type,asset,quantity,total\n2024-01-31,buy,BTC,{quantity},{total}\n"
        ))?;
        assert!(rows[0].starts_with("2 Bad"), "{rows:?}");
    }
    let (_, rows) = said(format!("{head}2024-01-31;buy;BTC;0,5;1.23\n"))?;
    assert_eq!(
        rows,
        ["2 Bad why: total: must be a number such as 1.234,50"]
    );
    Ok(())
}

/// Places as exports write them; what is in the portfolio by itself is not taken in beside it.
#[test]
fn places_are_read_as_exports_write_them() -> Outcomes {
    let head = "date,type,asset,quantity,total,place\n";
    for place in domain::portfolio::Place::ALL {
        let (_, rows) = said(format!("{head}2024-01-31,buy,BTC,1,100,{}\n", place.name()))?;
        let expected = match place {
            domain::portfolio::Place::Exchange => {
                "2 Bad why: place: what happened on this desk is in your portfolio already"
            }
            _ => "2 New Buy 1 BTC for 100 USD",
        };
        assert_eq!(rows, [expected]);
    }
    Ok(())
}

#[test]
fn nothing_vanishes_without_a_word() -> Outcomes {
    let text = "date,type,asset,quantity,total,id\n\
        2024-01-31,buy,BTC,1,100,X1\n\
        2024-02-01,sell,BTC,1,200,X1\n\
        2024-01-31,buy,BTC,1,100,X1\n\
        2026-11-28 14:31:01,buy,BTC,1,100,X2\n\
        2024-02-01,buy,\"BTC,1,100,X3\n\
        2024-02-02,buy,BTC,1,100,X4\n";
    let (_, rows) = said(text)?;
    assert_eq!(
        rows,
        [
            "2 New Buy 1 BTC for 100 USD",
            "3 Bad why: has the id of line 2, which says something else",
            "4 Known Buy 1 BTC for 100 USD",
            "5 Bad why: must not be in the future",
            "6 Bad why: a quote is not closed: the lines behind it have become part of this row",
        ]
    );
    Ok(())
}

#[test]
fn what_moves_between_ones_own_accounts_is_no_income() -> Outcomes {
    let kraken = "txid,refid,time,type,subtype,aclass,asset,amount,fee,balance\n\
        L1,F1,2024-01-31 12:00:00,deposit,,currency,XXBT,0.5,0,0.5\n\
        L2,F2,2024-02-01 12:00:00,earn,autoallocation,currency,XXBT,-0.5,0,0\n\
        L3,F2,2024-02-01 12:00:00,earn,autoallocation,currency,XXBT,0.5,0,0.5\n\
        L4,F3,2024-02-02 12:00:00,earn,reward,currency,XETH,0.001,0,0.001\n\
        ,F4,2024-02-03 12:00:00,deposit,,currency,XETH,1,0,\n\
        L5,F5,2024-02-04 12:00:00,spend,,currency,ZUSD,-100,0,0\n\
        L6,F6,2024-02-05 12:00:00,transfer,spottostaking,currency,XETH,-1,0,0\n";
    let (_, _, told) = look(kraken)?;
    assert_eq!(
        told.len(),
        1,
        "an ether's reward; of a bitcoin no price is known"
    );
    let (_, rows) = said(kraken)?;
    let fates: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.split(' ').nth(1))
        .collect();
    assert_eq!(
        fates,
        ["Bad", "Skipped", "Skipped", "New", "Bad", "Bad", "Skipped"]
    );
    assert!(
        rows[4].contains("has not finished this one yet"),
        "{rows:?}"
    );
    assert!(rows[5].contains("enter it by hand"), "{rows:?}");
    let coinbase = "ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,Total,Fees\n\
        1,2024-01-31 12:00:00 UTC,Retail Staking Transfer,ETH,-1.5,USD,$2000,$3000,$3000,$0\n\
        2,2024-01-31 12:00:00 UTC,Staking Income,ETH,0.01,USD,$2000,$20,$20,$0\n";
    let (_, rows) = said(coinbase)?;
    let fates: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.split(' ').nth(1))
        .collect();
    assert_eq!(fates, ["Skipped", "New"]);
    Ok(())
}
