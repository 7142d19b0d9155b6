//! Several processes on one Redis: one upstream connection, the same prices everywhere, and what
//! happens when the leader or Redis (`relay/faults.rs`) fails.

#[path = "../support/desk.rs"]
mod desk;
mod faults;

use crate::redis_server::RedisServer;
use crate::wait::until;
use desk::{Desk, TIMINGS, Venue, roles};
use domain::{Source, StreamState, Tick};
use services::{
    cache::{Cache, Delivery, MemoryCache, RedisCache, RedisTimeouts},
    market::relay::{CHANNEL, LEASE, RelayTimings, Role},
};
use std::{error::Error, sync::Arc, time::Duration};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

const LIMIT: Duration = Duration::from_secs(15);

/// As each process has its own.
fn cache(server: &RedisServer) -> Result<Arc<dyn Cache>, Box<dyn Error + Send + Sync>> {
    cache_at(&server.url())
}

fn cache_at(url: &str) -> Result<Arc<dyn Cache>, Box<dyn Error + Send + Sync>> {
    let timeouts = RedisTimeouts {
        // A busy machine is no outage.
        connect: Duration::from_secs(1),
        response: Duration::from_secs(1),
        check: Duration::from_millis(500),
    };
    Ok(Arc::new(RedisCache::new(url, timeouts)?))
}

async fn one_leads(one: &Desk, two: &Desk) -> Outcome {
    until("one leads and one follows", LIMIT, || async {
        roles(&[one, two]) == [Role::Follower, Role::Leader]
    })
    .await
}

async fn price_moves(desk: &Desk) -> Outcome {
    let before = desk.bitcoin();
    until("the price moves", LIMIT, || async {
        desk.bitcoin() > before
    })
    .await
}

/// Two processes, of which the first leads and the second has received prices.
async fn pair(
    server: &RedisServer,
    venue: &Arc<Venue>,
    timings: RelayTimings,
) -> Result<(Desk, Desk), Box<dyn Error + Send + Sync>> {
    let leader = Desk::start(cache(server)?, venue, timings);
    until("the first leads", LIMIT, || async {
        leader.role() == Role::Leader
    })
    .await?;
    let follower = Desk::start(cache(server)?, venue, timings);
    price_moves(&follower).await?;
    Ok((leader, follower))
}

/// Waits until the copies in the cache are the leader's prices.
async fn copied(cache: &dyn Cache, leader: &Desk) -> Outcome {
    until("the copies are the leader's prices", LIMIT, || async {
        let single = cache.get("crypto:price:bitcoin").await;
        let all = cache.get("prices:all").await;
        let (Ok(Some(single)), Ok(Some(all))) = (single, all) else {
            return false;
        };
        let single: Option<Tick> = serde_json::from_slice(&single).ok();
        let mut all: Vec<Tick> = serde_json::from_slice(&all).unwrap_or_default();
        all.sort_by(|one, other| one.coin_id.cmp(&other.coin_id));
        single == leader.prices().first().cloned() && all == leader.prices()
    })
    .await
}

#[tokio::test]
async fn two_processes_show_the_same_prices_over_one_connection() -> Outcome {
    let server = RedisServer::start().await?;
    let venue = Venue::new()?;
    let one = Desk::start(cache(&server)?, &venue, TIMINGS);
    let two = Desk::start(cache(&server)?, &venue, TIMINGS);
    one_leads(&one, &two).await?;
    price_moves(&one).await?;
    price_moves(&two).await?;
    venue.be_quiet();
    until("both show the same prices", LIMIT, || async {
        one.prices().len() == 2 && one.prices() == two.prices()
    })
    .await?;
    assert_eq!((venue.open(), venue.opened()), (1, 1));
    until("both say the same of the stream", LIMIT, || async {
        let is_live = |desk: &Desk| {
            let health = desk.health();
            (health.state, health.source) == (StreamState::Live, Some(Source::Kraken))
        };
        is_live(&one) && is_live(&two)
    })
    .await
}

#[tokio::test]
async fn a_late_process_gets_prices_that_change_no_more() -> Outcome {
    let server = RedisServer::start().await?;
    let venue = Venue::new()?;
    let leader = Desk::start(cache(&server)?, &venue, TIMINGS);
    price_moves(&leader).await?;
    venue.be_quiet();
    let late = Desk::start(cache(&server)?, &venue, TIMINGS);
    until("the late one has all prices", LIMIT, || async {
        late.prices().len() == 2 && late.prices() == leader.prices()
    })
    .await?;
    assert_eq!(venue.opened(), 1);
    Ok(())
}

#[tokio::test]
async fn prices_lie_in_redis_for_thirty_seconds() -> Outcome {
    let server = RedisServer::start().await?;
    let venue = Venue::new()?;
    let leader = Desk::start(cache(&server)?, &venue, TIMINGS);
    price_moves(&leader).await?;
    venue.be_quiet();
    copied(&*cache(&server)?, &leader).await?;
    let client = redis::Client::open(server.url())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    for key in ["crypto:price:bitcoin", "prices:all", "cache:feed:health"] {
        let mut ask = redis::cmd("PTTL");
        let left: i64 = ask.arg(key).query_async(&mut connection).await?;
        assert!((20_000..=30_000).contains(&left), "{key}: {left} ms");
    }
    Ok(())
}

#[tokio::test]
async fn a_killed_leader_is_replaced_when_its_lease_lapses() -> Outcome {
    let server = RedisServer::start().await?;
    let venue = Venue::new()?;
    let (leader, follower) = pair(&server, &venue, TIMINGS).await?;
    leader.kill().await;
    until("the follower leads", LIMIT, || async {
        follower.role() == Role::Leader
    })
    .await?;
    price_moves(&follower).await?;
    assert_eq!((venue.open(), venue.opened()), (1, 2));
    Ok(())
}

#[tokio::test]
async fn a_leader_that_stops_in_good_order_is_replaced_at_once() -> Outcome {
    let server = RedisServer::start().await?;
    let venue = Venue::new()?;
    // Nobody would take over before a minute has passed.
    let timings = RelayTimings {
        lease_ttl: Duration::from_secs(180),
        lease_renew: Duration::from_secs(60),
        ..TIMINGS
    };
    let (leader, follower) = pair(&server, &venue, timings).await?;
    leader.stop().await?;
    until("the follower leads", LIMIT, || async {
        follower.role() == Role::Leader
    })
    .await?;
    price_moves(&follower).await?;
    assert_eq!(venue.open(), 1);
    Ok(())
}

#[tokio::test]
async fn a_leader_whose_lease_was_taken_stops_publishing_but_not_serving() -> Outcome {
    let server = RedisServer::start().await?;
    let venue = Venue::new()?;
    // The follower waits for a lease that long before it helps itself, and says so meanwhile.
    let timings = RelayTimings {
        lease_ttl: Duration::from_secs(60),
        ..TIMINGS
    };
    let (leader, follower) = pair(&server, &venue, timings).await?;
    let thief = cache(&server)?;
    thief
        .set(LEASE, "thief".into(), Duration::from_secs(60))
        .await?;
    until("it knows", LIMIT, || async { leader.role() == Role::Alone }).await?;
    price_moves(&leader).await?;
    until("the follower says that it hears nobody", LIMIT, || async {
        follower.health().state == StreamState::Reconnecting
    })
    .await?;
    thief.release_lease(LEASE, "thief").await?;
    one_leads(&leader, &follower).await?;
    until("all is well", LIMIT, || async {
        follower.health().state == StreamState::Live && venue.open() == 1
    })
    .await
}

#[tokio::test]
async fn an_upstream_that_ends_by_itself_is_started_again() -> Outcome {
    let venue = Venue::new()?;
    let desk = Desk::start(Arc::new(MemoryCache::default()), &venue, TIMINGS);
    price_moves(&desk).await?;
    assert_eq!(desk.role(), Role::Leader);
    venue.hang_up();
    until("it is connected again", LIMIT, || async {
        (venue.open(), venue.opened()) == (1, 2)
    })
    .await?;
    price_moves(&desk).await
}

#[tokio::test]
async fn foreign_messages_are_ignored() -> Outcome {
    let server = RedisServer::start().await?;
    let venue = Venue::new()?;
    let (_leader, follower) = pair(&server, &venue, TIMINGS).await?;
    let stranger = cache(&server)?;
    for message in [
        "",
        "{}",
        "\u{0}",
        r#"{"from":"x","body":{"ticks":[{"price":"-1"}]}}"#,
    ] {
        stranger.publish(CHANNEL, message.into()).await?;
    }
    price_moves(&follower).await?;
    assert_eq!(follower.prices().len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_leader_goes_by_its_own_upstream_only() -> Outcome {
    let server = RedisServer::start().await?;
    let venue = Venue::new()?;
    let leader = Desk::start(cache(&server)?, &venue, TIMINGS);
    price_moves(&leader).await?;
    let stranger = cache(&server)?;
    let mut hearing = stranger.subscribe(CHANNEL).await?;
    let mut forged = leader.prices();
    for tick in &mut forged {
        tick.source = Source::Coincap;
        tick.received_at += Duration::from_millis(1);
    }
    let since = "2100-01-01T00:00:00Z";
    let all = serde_json::json!({ "all": forged });
    let message = serde_json::json!({ "from": "stranger", "since": since, "body": all });
    stranger
        .publish(CHANNEL, message.to_string().into())
        .await?;
    // It has heard the forged message once it answers one sent after it.
    let ask = serde_json::json!({ "from": "stranger", "since": since, "body": "resend" });
    stranger.publish(CHANNEL, ask.to_string().into()).await?;
    loop {
        let delivery = tokio::time::timeout(LIMIT, hearing.messages.recv()).await?;
        let Some(Delivery::Message(bytes)) = delivery else {
            return Err(format!("unexpected: {delivery:?}").into());
        };
        let message: serde_json::Value = serde_json::from_slice(&bytes)?;
        if message["from"] != "stranger" && message["body"]["all"].is_array() {
            break;
        }
    }
    let own = |tick: &Tick| tick.source == Source::Kraken;
    assert!(leader.prices().iter().all(own), "{:?}", leader.prices());
    assert_eq!(leader.role(), Role::Leader);
    assert_eq!((venue.open(), venue.opened()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn a_stopped_process_leaves_no_connection_and_no_lease() -> Outcome {
    let server = RedisServer::start().await?;
    let venue = Venue::new()?;
    let desk = Desk::start(cache(&server)?, &venue, TIMINGS);
    price_moves(&desk).await?;
    desk.stop().await?;
    assert_eq!(venue.open(), 0);
    assert_eq!(cache(&server)?.get(LEASE).await?, None);
    Ok(())
}
