use super::*;
use crate::hooks::use_price_stream::DisplayState;
use domain::{Source, market::PriceSnapshot};
use time::OffsetDateTime;

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn page() -> Result<PageData, Box<dyn std::error::Error>> {
    let page = PageData::default();
    Ok(PageData {
        prices: PriceSnapshot {
            prices: BTreeMap::from([
                (CoinId::new("bitcoin")?, Price::parse("84000")?),
                (CoinId::new("ethereum")?, Price::parse("3000")?),
            ]),
            source: Some(Source::Binance),
            stale: vec![CoinId::new("ethereum")?],
            ..page.prices
        },
        state: StreamState::Live,
        age_ms: Some(4_000),
        ..page
    })
}

fn update(
    id: &str,
    price: &str,
    stale: Vec<CoinId>,
) -> Result<ServerMessage, Box<dyn std::error::Error>> {
    Ok(ServerMessage::PriceUpdate {
        prices: BTreeMap::from([(CoinId::new(id)?, Price::parse(price)?)]),
        timestamp: OffsetDateTime::UNIX_EPOCH,
        source: Some(Source::Kraken),
        full: false,
        stale,
        age_ms: None,
    })
}

/// Everything there is: one coin, whose price came `age_ms` ago.
fn snapshot(
    id: &str,
    price: &str,
    stale: Vec<CoinId>,
    age_ms: u64,
) -> Result<ServerMessage, Box<dyn std::error::Error>> {
    Ok(ServerMessage::PriceUpdate {
        prices: BTreeMap::from([(CoinId::new(id)?, Price::parse(price)?)]),
        timestamp: OffsetDateTime::UNIX_EPOCH,
        source: Some(Source::Kraken),
        full: true,
        stale,
        age_ms: Some(age_ms),
    })
}

fn status(state: StreamState) -> ServerMessage {
    ServerMessage::Status {
        state,
        source: Some(Source::Kraken),
        since: OffsetDateTime::UNIX_EPOCH,
    }
}

fn show(stream: PriceStream, id: &str) -> Result<LivePrice, Box<dyn std::error::Error>> {
    let price = stream.price(&CoinId::new(id)?).get_untracked();
    price.ok_or_else(|| format!("no price of {id}").into())
}

#[test]
fn the_page_s_prices_come_first_and_updates_follow() -> TestResult {
    let owner = Owner::new();
    owner.set();
    let stream = PriceStream::new(&page()?);
    let first = show(stream, "bitcoin")?;
    assert_eq!(
        (first.price, first.changes, first.stale),
        (Price::parse("84000")?, 0, false)
    );
    assert!(show(stream, "ethereum")?.stale);

    stream.apply(update("bitcoin", "84010", Vec::new())?, 1.0);
    let second = show(stream, "bitcoin")?;
    assert_eq!((second.direction, second.changes), (Direction::Up, 1));
    stream.apply(update("bitcoin", "84009.5", Vec::new())?, 2.0);
    assert_eq!(show(stream, "bitcoin")?.direction, Direction::Down);
    stream.apply(update("bitcoin", "84009.5", Vec::new())?, 3.0);
    assert_eq!(show(stream, "bitcoin")?.changes, 2);
    assert_eq!(stream.status().get_untracked().source, Some(Source::Kraken));
    Ok(())
}

#[test]
fn a_coin_asked_for_before_its_first_price_hears_of_it() -> TestResult {
    let owner = Owner::new();
    owner.set();
    let stream = PriceStream::new(&page()?);
    let asked = stream.price(&CoinId::new("dogecoin")?);
    assert_eq!(asked.get_untracked(), None);
    stream.apply(update("dogecoin", "0.17", Vec::new())?, 1.0);
    assert_eq!(
        asked.get_untracked().map(|live| live.price),
        Some(Price::parse("0.17")?)
    );
    Ok(())
}

#[test]
fn prices_are_marked_stale_one_by_one_or_all_together_and_recover() -> TestResult {
    let owner = Owner::new();
    owner.set();
    let stream = PriceStream::new(&page()?);
    stream.apply(
        update("ethereum", "3001", vec![CoinId::new("bitcoin")?])?,
        1.0,
    );
    assert!(show(stream, "bitcoin")?.stale);
    assert!(!show(stream, "ethereum")?.stale);

    stream.apply(status(StreamState::Stale), 2.0);
    assert!(show(stream, "ethereum")?.stale);
    let bitcoin = vec![CoinId::new("bitcoin")?];
    stream.apply(update("ethereum", "3001", bitcoin)?, 3.0);
    assert!(!show(stream, "ethereum")?.stale);
    assert!(show(stream, "bitcoin")?.stale);
    // Fresh at the same price: the server no longer names it.
    stream.apply(update("ethereum", "3002", Vec::new())?, 4.0);
    assert!(!show(stream, "bitcoin")?.stale);
    Ok(())
}

#[test]
fn the_age_goes_on_from_what_the_server_said() -> TestResult {
    let owner = Owner::new();
    owner.set();
    let stream = PriceStream::new(&page()?);
    assert_eq!(stream.age_seconds().get_untracked(), Some(4));
    stream.start_clock(1_000_000.0);
    assert_eq!(stream.age_seconds().get_untracked(), Some(4));
    stream.set_now(1_007_000.0);
    assert_eq!(stream.age_seconds().get_untracked(), Some(11));
    stream.apply(update("bitcoin", "1", Vec::new())?, 1_008_000.0);
    assert_eq!(stream.age_seconds().get_untracked(), Some(0));
    Ok(())
}

#[test]
fn becoming_stale_does_not_make_prices_new() -> TestResult {
    let owner = Owner::new();
    owner.set();
    let stream = PriceStream::new(&page()?);
    stream.start_clock(0.0);
    stream.set_link(Link::Open);
    stream.apply(update("bitcoin", "84001", Vec::new())?, 0.0);
    let both = || -> Result<_, domain::coin::InvalidCoinId> {
        Ok(vec![CoinId::new("bitcoin")?, CoinId::new("ethereum")?])
    };
    // What the server says then: no price, only names.
    let ServerMessage::PriceUpdate {
        timestamp, source, ..
    } = update("bitcoin", "84001", Vec::new())?
    else {
        return Err("not an update".into());
    };
    let turned = ServerMessage::PriceUpdate {
        prices: BTreeMap::new(),
        timestamp,
        source,
        full: false,
        stale: both()?,
        age_ms: None,
    };
    stream.apply(turned, 31_000.0);
    assert_eq!(stream.age_seconds().get_untracked(), Some(31));
    // A stale price that is told late is no news either.
    stream.apply(update("bitcoin", "84002", both()?)?, 32_000.0);
    assert_eq!(stream.age_seconds().get_untracked(), Some(32));
    stream.apply(update("bitcoin", "84003", Vec::new())?, 33_000.0);
    assert_eq!(stream.age_seconds().get_untracked(), Some(0));
    Ok(())
}

#[test]
fn a_snapshot_is_as_old_as_its_newest_price() -> TestResult {
    let owner = Owner::new();
    owner.set();
    let stream = PriceStream::new(&page()?);
    stream.start_clock(0.0);
    stream.set_link(Link::Open);
    let stale = vec![CoinId::new("bitcoin")?];
    stream.apply(snapshot("bitcoin", "84001", stale, 45_000)?, 100_000.0);
    assert_eq!(stream.age_seconds().get_untracked(), Some(45));
    stream.apply(snapshot("bitcoin", "84002", Vec::new(), 2_000)?, 101_000.0);
    assert_eq!(stream.age_seconds().get_untracked(), Some(2));
    Ok(())
}

#[test]
fn after_a_pause_nothing_is_live_before_the_server_says_so() -> TestResult {
    let owner = Owner::new();
    owner.set();
    let stream = PriceStream::new(&page()?);
    let shown = || stream.status().get_untracked().display();
    stream.start_clock(0.0);
    stream.set_link(Link::Open);
    stream.apply(update("bitcoin", "84001", Vec::new())?, 0.0);
    stream.set_link(Link::Paused);
    stream.set_now(3_600_000.0);
    for link in [Link::Connecting { attempt: 0 }, Link::Open] {
        stream.set_link(link);
        assert_eq!(shown(), DisplayState::Stale, "{link:?}");
        assert!(show(stream, "bitcoin")?.stale);
    }
    stream.apply(snapshot("bitcoin", "85000", Vec::new(), 500)?, 3_600_000.0);
    stream.apply(status(StreamState::Live), 3_600_000.0);
    assert_eq!(shown(), DisplayState::Live);
    assert!(!show(stream, "bitcoin")?.stale);
    Ok(())
}

#[test]
fn a_tab_that_is_cut_off_marks_old_prices_itself() -> TestResult {
    let owner = Owner::new();
    owner.set();
    let stream = PriceStream::new(&page()?);
    stream.start_clock(0.0);
    stream.set_link(Link::Open);
    stream.apply(update("bitcoin", "84001", Vec::new())?, 0.0);
    stream.set_now(31_000.0);
    assert!(
        !show(stream, "bitcoin")?.stale,
        "the server decides while it can"
    );

    stream.set_now(30_000.0);
    stream.set_link(Link::Waiting { attempt: 3 });
    assert!(
        !show(stream, "bitcoin")?.stale,
        "30 seconds are not over yet"
    );
    stream.set_now(30_001.0);
    assert!(show(stream, "bitcoin")?.stale);
    Ok(())
}
