//! Two servers on one Redis: the same prices over one upstream connection, and either can go.

use crate::proxy::{Fault, Proxy};
use crate::redis_server::RedisServer;
use crate::support::{DEADLINE, TestServer, program::Running, unlimited};
use crate::upstream::{Upstream, Venue};
use domain::{Price, Source, feed::FeedStatus, market::PriceSnapshot, stream::ServerMessage};
use futures_util::StreamExt;
use services::config::{CacheUrl, Config};
use std::{
    collections::BTreeMap,
    error::Error,
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio_tungstenite::{connect_async, tungstenite::Message};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;
type Prices = BTreeMap<String, String>;

/// Everything two servers share.
struct Site {
    redis: RedisServer,
    kraken: Upstream,
    coinbase: Upstream,
}

impl Site {
    async fn open() -> Outcome<Self> {
        let kraken = Upstream::start(
            Venue::Kraken,
            &[("BTC/USD", "84211.3"), ("ETH/USD", "2950.5")],
        );
        let coinbase = Upstream::start(
            Venue::Coinbase,
            &[("BTC-USD", "84212.4"), ("ETH-USD", "2951.6")],
        );
        Ok(Self {
            redis: RedisServer::start().await?,
            kraken: kraken.await?,
            coinbase: coinbase.await?,
        })
    }

    /// With the waiting times people have: on a busy machine a pause of a second or two makes no
    /// server reach for another source or for the lease, and connections can be counted.
    fn config(&self) -> Outcome<Config> {
        let mut config = unlimited();
        config.cache.url = CacheUrl::parse(&self.redis.url())?;
        config.market.feeds = vec![Source::Kraken, Source::Coinbase];
        config.market.kraken_ws_url = self.kraken.url();
        config.market.coinbase_ws_url = self.coinbase.url();
        config.market.broadcast_interval = Duration::from_millis(50);
        config.market.timings.backoff_initial = Duration::from_millis(50);
        Ok(config)
    }

    /// For those that wait for a lease to lapse.
    fn hasty_config(&self) -> Outcome<Config> {
        let mut config = self.config()?;
        config.market.timings.lease_ttl = Duration::from_millis(1_500);
        config.market.timings.lease_renew = Duration::from_millis(400);
        Ok(config)
    }

    async fn server(&self) -> Outcome<TestServer> {
        started(self.config()?).await
    }

    async fn hasty_server(&self) -> Outcome<TestServer> {
        started(self.hasty_config()?).await
    }
}

async fn started(config: Config) -> Outcome<TestServer> {
    let server = TestServer::start_with(config).await;
    server.map_err(|error| error.to_string().into())
}

async fn get<T: serde::de::DeserializeOwned>(request: reqwest::RequestBuilder) -> Outcome<T> {
    Ok(request.send().await?.error_for_status()?.json().await?)
}

async fn prices(server: &TestServer) -> Outcome<Prices> {
    snapshot(server.get("/api/prices")).await
}

async fn snapshot(request: reqwest::RequestBuilder) -> Outcome<Prices> {
    let snapshot: PriceSnapshot = get(request).await?;
    let text = |(coin, price): (domain::CoinId, Price)| (coin.to_string(), price.to_string());
    Ok(snapshot.prices.into_iter().map(text).collect())
}

async fn status(server: &TestServer) -> Outcome<FeedStatus> {
    get(server.get("/api/prices/status")).await
}

/// The prices of the first message on a new socket.
async fn streamed(server: &TestServer) -> Outcome<Prices> {
    let (mut socket, _answer) = connect_async(server.ws_url("/ws/prices")).await?;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else {
            continue;
        };
        if let ServerMessage::PriceUpdate { prices, full, .. } = serde_json::from_str(&text)? {
            assert!(full, "the first update is full: {text}");
            let text =
                |(coin, price): (domain::CoinId, Price)| (coin.to_string(), price.to_string());
            return Ok(prices.into_iter().map(text).collect());
        }
    }
    Err("the socket ended before the first prices".into())
}

/// Asks until the answer is yes; an error counts as no.
async fn until(what: &str, mut condition: impl AsyncFnMut() -> Outcome<bool>) -> Outcome {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let answer = condition().await;
        if matches!(answer, Ok(true)) {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("not within {DEADLINE:?}: {what} ({answer:?})").into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn both_show(servers: [&TestServer; 2], bitcoin: &str, source: Source) -> Outcome {
    until("both servers show the price", async || {
        for server in servers {
            let shown = prices(server).await?;
            let status = status(server).await?;
            if shown.get("bitcoin").map(String::as_str) != Some(bitcoin)
                || status.source != Some(source)
            {
                return Ok(false);
            }
        }
        Ok(true)
    })
    .await
}

/// Waits until exactly one of two leads, and says who is first: the leader.
async fn leader_first(one: TestServer, two: TestServer) -> Outcome<(TestServer, TestServer)> {
    until("exactly one leads", async || {
        Ok(status(&one).await?.leader != status(&two).await?.leader)
    })
    .await?;
    let first_leads = status(&one).await?.leader;
    Ok(if first_leads { (one, two) } else { (two, one) })
}

async fn stop(server: TestServer) -> Outcome {
    let stopped = server.stop().await;
    stopped.map_err(|error| error.to_string().into())
}

#[tokio::test]
async fn both_show_the_same_prices_over_one_upstream_connection() -> Outcome {
    let site = Site::open().await?;
    let (one, two) = tokio::try_join!(site.server(), site.server())?;
    let (leader, follower) = leader_first(one, two).await?;
    both_show([&leader, &follower], "84211.3", Source::Kraken).await?;
    site.kraken
        .set_prices(&[("BTC/USD", "84300.25"), ("ETH/USD", "2960")]);
    both_show([&leader, &follower], "84300.25", Source::Kraken).await?;
    until("REST and WebSocket of both say the same", async || {
        let expected = prices(&leader).await?;
        Ok(expected.len() == 2
            && prices(&follower).await? == expected
            && streamed(&leader).await? == expected
            && streamed(&follower).await? == expected)
    })
    .await?;
    assert_eq!((site.kraken.open(), site.kraken.accepted()), (1, 1));
    assert_eq!(site.coinbase.accepted(), 0);
    Ok(())
}

#[tokio::test]
async fn when_the_leader_stops_the_other_takes_over() -> Outcome {
    let site = Site::open().await?;
    let (one, two) = tokio::try_join!(site.server(), site.server())?;
    let (leader, survivor) = leader_first(one, two).await?;
    both_show([&leader, &survivor], "84211.3", Source::Kraken).await?;
    stop(leader).await?;
    until("the other leads", async || {
        Ok(status(&survivor).await?.leader)
    })
    .await?;
    site.kraken.set_prices(&[("BTC/USD", "84300.25")]);
    both_show([&survivor; 2], "84300.25", Source::Kraken).await?;
    until("one connection is open", async || {
        Ok(site.kraken.open() == 1)
    })
    .await?;
    assert_eq!(site.kraken.accepted(), 2);
    Ok(())
}

#[tokio::test]
async fn without_redis_both_go_on_and_share_again_when_it_is_back() -> Outcome {
    let mut site = Site::open().await?;
    let (one, two) = tokio::try_join!(site.hasty_server(), site.hasty_server())?;
    let (leader, follower) = leader_first(one, two).await?;
    both_show([&leader, &follower], "84211.3", Source::Kraken).await?;
    site.redis.kill()?;
    site.kraken.set_prices(&[("BTC/USD", "84300.25")]);
    both_show([&leader, &follower], "84300.25", Source::Kraken).await?;
    let ready = follower.get("/health/ready").send().await?;
    assert_eq!(ready.status(), 503);
    let answer: serde_json::Value = ready.json().await?;
    assert_eq!(answer["parts"]["cache"], "does not answer", "{answer}");

    site.redis.restart().await?;
    let (leader, follower) = leader_first(leader, follower).await?;
    until("one connection is left", async || {
        Ok(site.kraken.open() == 1)
    })
    .await?;
    site.kraken.set_prices(&[("BTC/USD", "84400.5")]);
    both_show([&leader, &follower], "84400.5", Source::Kraken).await
}

#[tokio::test]
async fn a_stalled_upstream_moves_both_to_the_next_source() -> Outcome {
    let site = Site::open().await?;
    let address: SocketAddr = site.kraken.url().replace("ws://", "").parse()?;
    let proxy = Proxy::start(address).await?;
    let mut config = site.config()?;
    config.market.kraken_ws_url = format!("ws://{}", proxy.address());
    config.market.timings.failover_after = Duration::from_millis(1_500);
    config.market.timings.first_tick = Duration::from_millis(1_000);
    let (one, two) = tokio::try_join!(started(config.clone()), started(config))?;
    both_show([&one, &two], "84211.3", Source::Kraken).await?;
    proxy.set(Fault::Stall);
    both_show([&one, &two], "84212.4", Source::Coinbase).await?;
    assert_eq!(site.coinbase.open(), 1);
    Ok(())
}

#[tokio::test]
async fn slow_cut_and_stalled_ways_to_redis_stop_no_price() -> Outcome {
    let site = Site::open().await?;
    let proxy = Proxy::start(([127, 0, 0, 1], site.redis.port()).into()).await?;
    let mut config = site.hasty_config()?;
    config.cache.url = CacheUrl::parse(&format!("redis://{}", proxy.address()))?;
    let (one, two) = tokio::try_join!(started(config), site.hasty_server())?;
    both_show([&one, &two], "84211.3", Source::Kraken).await?;
    let faults = [
        (Fault::Delay(Duration::from_millis(100)), "84300.1"),
        (Fault::Stall, "84301.2"),
        (Fault::Refuse, "84302.3"),
        (Fault::None, "84303.4"),
    ];
    for (fault, price) in faults {
        proxy.set(fault);
        proxy.cut();
        site.kraken.set_prices(&[("BTC/USD", price)]);
        both_show([&one, &two], price, Source::Kraken).await?;
    }
    until("one connection is left", async || {
        Ok(site.kraken.open() == 1)
    })
    .await
}

/// The program itself, as one of several on a site.
struct Process {
    running: Running,
    client: reqwest::Client,
}

impl Process {
    async fn start(site: &Site) -> Outcome<Self> {
        services::tls::install();
        let (redis, kraken) = (site.redis.url(), site.kraken.url());
        let variables = [
            ("CACHE_URL", redis.as_str()),
            ("FEEDS", "kraken"),
            ("KRAKEN_WS_URL", kraken.as_str()),
            ("COINGECKO_URL", "http://127.0.0.1:9"),
            ("RATE_LIMIT_PER_MINUTE", "1000000"),
        ];
        let running = Running::start(|_| Ok(()), &variables).await;
        Ok(Self {
            running: running.map_err(|error| error.to_string())?,
            client: reqwest::Client::builder().timeout(DEADLINE).build()?,
        })
    }

    fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(self.running.url(path))
    }

    async fn leads(&self) -> Outcome<bool> {
        let status: FeedStatus = get(self.get("/api/prices/status")).await?;
        Ok(status.leader)
    }
}

/// Waits until all of them show the same prices, this one of bitcoin among them.
async fn show(processes: &[&Process], bitcoin: &str) -> Outcome {
    until("the processes show the same prices", async || {
        let mut shown = Vec::new();
        for process in processes {
            shown.push(snapshot(process.get("/api/prices")).await?);
        }
        let same = shown.iter().all(|prices| *prices == shown[0]);
        let price = shown[0].get("bitcoin").map(String::as_str);
        Ok(same && shown[0].len() == 2 && price == Some(bitcoin))
    })
    .await
}

#[tokio::test]
async fn two_processes_share_one_connection_and_one_replaces_the_other_when_killed() -> Outcome {
    let site = Site::open().await?;
    let mut one = Process::start(&site).await?;
    until("the first leads", async || one.leads().await).await?;
    let two = Process::start(&site).await?;
    show(&[&one, &two], "84211.3").await?;
    site.kraken
        .set_prices(&[("BTC/USD", "84300.25"), ("ETH/USD", "2960")]);
    show(&[&one, &two], "84300.25").await?;
    assert_eq!((one.leads().await?, two.leads().await?), (true, false));
    assert_eq!((site.kraken.open(), site.kraken.accepted()), (1, 1));

    one.running.child.kill().await?;
    // Its lease lapses within 10 s, and the other asks for it every 3 s.
    until("the other leads", async || two.leads().await).await?;
    site.kraken
        .set_prices(&[("BTC/USD", "84400.5"), ("ETH/USD", "2970")]);
    show(&[&two], "84400.5").await?;
    until("the killed one's connection is gone", async || {
        Ok(site.kraken.open() == 1)
    })
    .await?;
    assert_eq!(site.kraken.accepted(), 2);
    Ok(())
}
