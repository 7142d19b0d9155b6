use super::*;
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
    })
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

    let status = ServerMessage::Status {
        state: StreamState::Stale,
        source: Some(Source::Kraken),
        since: OffsetDateTime::UNIX_EPOCH,
    };
    stream.apply(status, 2.0);
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

    stream.set_link(Link::Waiting { attempt: 3 });
    stream.set_now(30_000.0);
    assert!(
        !show(stream, "bitcoin")?.stale,
        "30 seconds are not over yet"
    );
    stream.set_now(30_001.0);
    assert!(show(stream, "bitcoin")?.stale);
    Ok(())
}
