//! What is known, and what came since.

use super::*;
use crate::portfolio::{
    entry::in_order,
    known::{Known, Seen},
};

fn entries(days: std::ops::Range<i64>) -> Result<Vec<Entry>, Box<dyn Error>> {
    let mut diary = Diary::default();
    for day in days {
        diary.buy(day, "1 BTC", "100", "0")?;
    }
    Ok(diary.entries)
}

fn renamed(mut entries: Vec<Entry>, first: u128) -> Vec<Entry> {
    for (entry, id) in entries.iter_mut().zip(first..) {
        entry.id = Uuid::from_u128(id);
    }
    entries
}

#[test]
fn whoever_is_told_what_came_since_knows_all() -> Outcomes {
    let (old, new) = (entries(5..9)?, renamed(entries(9..12)?, 100));
    let (told, more) = (renamed(entries(0..7)?, 200), renamed(entries(0..10)?, 200));
    let first = Known::default().after(old, Some(told), 1);
    let browser = Known::default().with(first.since(Seen::default()));
    assert_eq!(browser.all(), first.all());
    assert_eq!(browser.all().len(), 11);
    assert!(browser.all().is_sorted_by(|a, b| in_order(a, b).is_lt()));
    let second = first.after(new, None, 1);
    let news = second.since(browser.seen());
    assert_eq!(
        (news.from, news.exchange.len(), news.told.is_none()),
        (4, 3, true)
    );
    let browser = browser.with(news);
    assert_eq!(browser.all(), second.all());
    let third = second.after(Vec::new(), Some(more), 2);
    let news = third.since(browser.seen());
    assert_eq!(
        (news.from, news.exchange.len(), news.told.is_some()),
        (7, 0, true)
    );
    assert_eq!(browser.with(news).all(), third.all());
    let nothing = third.since(third.seen());
    assert_eq!((nothing.exchange.len(), nothing.told), (0, None));
    Ok(())
}

#[test]
fn of_somebody_elses_portfolio_nothing_counts() -> Outcomes {
    let ann = "01890a5d-ac96-774b-8000-000000000001".parse()?;
    let bob = "01890a5d-ac96-774b-8000-000000000002".parse()?;
    let of_ann = Known::nothing_of(ann).after(Vec::new(), Some(entries(0..2)?), 1);
    let of_bob = Known::nothing_of(bob).after(Vec::new(), Some(entries(0..4)?), 1);
    let browser = Known::default().with(of_ann.since(Seen::default()));
    let browser = browser.with(of_bob.since(browser.seen()));
    assert_eq!(browser.all(), of_bob.all());
    assert_eq!(browser.seen(), of_bob.seen());
    Ok(())
}

#[test]
fn of_another_history_nothing_counts() -> Outcomes {
    let browser = Known::default().after(entries(0..4)?, Some(entries(0..2)?), 3);
    let other = Known::default().after(renamed(entries(0..6)?, 50), Some(Vec::new()), 3);
    let news = other.since(browser.seen());
    assert_eq!(news.from, 0);
    assert_eq!(browser.with(news).all(), other.all());
    let shorter = Known::default().after(entries(0..3)?, Some(Vec::new()), 3);
    assert_eq!(
        browser.with(shorter.since(browser.seen())).all(),
        shorter.all()
    );
    Ok(())
}
