//! What becomes of the prices while Redis is away, hangs or refuses.

use super::{
    LIMIT, Outcome, cache, cache_at, copied,
    desk::{Desk, TIMINGS, Venue, roles},
    one_leads, pair, price_moves,
};
use crate::{
    proxy::{Fault, Proxy},
    redis_server::RedisServer,
    wait::until,
};
use domain::CoinId;
use services::{
    cache::{RedisCache, RedisTimeouts},
    market::relay::Role,
};
use std::sync::Arc;

#[tokio::test]
async fn without_redis_each_helps_itself_and_afterwards_one_leads_again() -> Outcome {
    let mut server = RedisServer::start().await?;
    let venue = Venue::new()?;
    let (leader, follower) = pair(&server, &venue, TIMINGS).await?;
    server.kill()?;
    until("both run their own upstream", LIMIT, || async {
        roles(&[&leader, &follower]) == [Role::Alone, Role::Alone]
    })
    .await?;
    price_moves(&leader).await?;
    price_moves(&follower).await?;
    assert_eq!(venue.open(), 2);
    assert_eq!(venue.opened(), 2, "the leader kept its connection");
    // As when they are on different venues.
    learn(&leader, "solana")?;
    learn(&follower, "tron")?;

    server.restart().await?;
    one_leads(&leader, &follower).await?;
    until("one connection is left", LIMIT, || async {
        venue.open() == 1
    })
    .await?;
    price_moves(&leader).await?;
    price_moves(&follower).await?;
    assert_eq!(venue.opened(), 2, "the new leader kept its connection");
    venue.be_quiet();
    until("both show the same prices", LIMIT, || async {
        leader.prices().len() == 3 && leader.prices() == follower.prices()
    })
    .await
}

/// It has a price of another coin.
fn learn(desk: &Desk, coin: &str) -> Outcome {
    let mut tick = desk.prices().into_iter().next().ok_or("no price")?;
    tick.coin_id = CoinId::new(coin)?;
    desk.table.apply(vec![tick]);
    Ok(())
}

#[tokio::test]
async fn a_stalled_redis_stops_no_price() -> Outcome {
    let server = RedisServer::start().await?;
    let venue = Venue::new()?;
    let (leader, follower) = pair(&server, &venue, TIMINGS).await?;
    server.stall()?;
    until("both run their own upstream", LIMIT, || async {
        roles(&[&leader, &follower]) == [Role::Alone, Role::Alone]
    })
    .await?;
    price_moves(&leader).await?;
    price_moves(&follower).await?;
    server.resume()?;
    one_leads(&leader, &follower).await?;
    until("one connection is left", LIMIT, || async {
        venue.open() == 1
    })
    .await
}

#[tokio::test]
async fn without_redis_from_the_start_prices_come_at_once() -> Outcome {
    let mut server = RedisServer::start().await?;
    server.kill()?;
    let venue = Venue::new()?;
    let desk = Desk::start(cache(&server)?, &venue, TIMINGS);
    price_moves(&desk).await?;
    assert_eq!(desk.role(), Role::Alone);
    server.restart().await?;
    until("it leads", LIMIT, || async { desk.role() == Role::Leader }).await?;
    assert_eq!(venue.opened(), 1);
    Ok(())
}

#[tokio::test]
async fn a_leader_cut_off_from_redis_is_replaced_and_follows_when_it_is_back() -> Outcome {
    let server = RedisServer::start().await?;
    let proxy = Proxy::start(([127, 0, 0, 1], server.port()).into()).await?;
    let venue = Venue::new()?;
    let url = format!("redis://{}", proxy.address());
    let leader = Desk::start(cache_at(&url)?, &venue, TIMINGS);
    until("it leads", LIMIT, || async {
        leader.role() == Role::Leader
    })
    .await?;
    let follower = Desk::start(cache(&server)?, &venue, TIMINGS);
    price_moves(&follower).await?;

    proxy.set(Fault::Stall);
    until("the follower leads", LIMIT, || async {
        (leader.role(), follower.role()) == (Role::Alone, Role::Leader)
    })
    .await?;
    price_moves(&leader).await?;
    price_moves(&follower).await?;
    // Meanwhile a third process hears the new leader only.
    let third = Desk::start(cache(&server)?, &venue, TIMINGS);
    price_moves(&third).await?;
    assert_eq!(venue.open(), 2);

    proxy.set(Fault::None);
    until("the old leader follows", LIMIT, || async {
        leader.role() == Role::Follower && venue.open() == 1
    })
    .await?;
    assert_eq!(follower.role(), Role::Leader);
    venue.be_quiet();
    until("all show the same prices", LIMIT, || async {
        leader.prices() == follower.prices() && third.prices() == follower.prices()
    })
    .await
}

#[tokio::test]
async fn a_redis_that_never_says_anything_keeps_no_price_back() -> Outcome {
    let server = RedisServer::start().await?;
    let proxy = Proxy::start(([127, 0, 0, 1], server.port()).into()).await?;
    proxy.set(Fault::Stall);
    let patient = RedisTimeouts {
        connect: 4 * LIMIT,
        response: 4 * LIMIT,
        check: 4 * LIMIT,
    };
    let url = format!("redis://{}", proxy.address());
    let venue = Venue::new()?;
    let desk = Desk::start(Arc::new(RedisCache::new(&url, patient)?), &venue, TIMINGS);
    price_moves(&desk).await?;
    assert_eq!(desk.role(), Role::Alone);
    Ok(())
}

#[tokio::test]
async fn where_publishing_is_refused_the_copies_are_stored_all_the_same() -> Outcome {
    let server = RedisServer::start().await?;
    server
        .tell("ACL SETUSER desk on >secret ~* +@all resetchannels")
        .await?;
    let venue = Venue::new()?;
    let url = format!("redis://desk:secret@127.0.0.1:{}", server.port());
    let leader = Desk::start(cache_at(&url)?, &venue, TIMINGS);
    price_moves(&leader).await?;
    venue.be_quiet();
    copied(&*cache(&server)?, &leader).await?;
    assert_eq!(leader.role(), Role::Leader);
    Ok(())
}
