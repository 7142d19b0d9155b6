//! The venue our server is connected to: CoinCap's socket, played on this machine.

use super::coins::{self, Coin, Prices};
use crate::failure::Result;
use futures_util::SinkExt;
use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Mutex,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval_at, sleep},
};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

/// All prices are said again this often: as they are then nothing new, nobody is told, but none
/// turns stale and the server does not look for another venue.
const REPEAT: Duration = Duration::from_secs(5);
const MAX_WAIT: Duration = Duration::from_secs(20);
const POLL_EVERY: Duration = Duration::from_millis(5);

/// Dropping it closes the address and all connections.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    said: Arc<Mutex<Said>>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Said {
    coins: Arc<[Coin]>,
    prices: BTreeMap<usize, String>,
    connections: Vec<WebSocketStream<TcpStream>>,
}

impl Upstream {
    /// Tells whoever connects `start`, and then what is sent.
    pub(crate) async fn start(coins: Arc<[Coin]>, start: Prices) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let said = Arc::new(Mutex::new(Said {
            coins,
            prices: start.into_iter().collect(),
            connections: Vec::new(),
        }));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&said)));
        tasks.spawn(repeat(Arc::clone(&said)));
        Ok(Self {
            address,
            said,
            _tasks: tasks,
        })
    }

    /// Waits until a server is connected.
    pub(crate) async fn customer(&self) -> Result<()> {
        let started = Instant::now();
        while self.said.lock().await.connections.is_empty() {
            if started.elapsed() > MAX_WAIT {
                return Err("the server does not connect to its venue, see cryptovault.log".into());
            }
            sleep(POLL_EVERY).await;
        }
        Ok(())
    }

    /// Sends new prices.
    pub(crate) async fn send(&self, prices: Prices) -> Result<()> {
        let mut said = self.said.lock().await;
        let frame = coins::object(&said.coins, &prices, |coin| &coin.slug)?;
        said.prices.extend(prices);
        said.write(frame).await;
        if said.connections.is_empty() {
            return Err("the server is not connected to its venue, see cryptovault.log".into());
        }
        Ok(())
    }
}

impl Said {
    /// Connections that are over are forgotten.
    async fn write(&mut self, frame: String) {
        let frame = Message::text(frame);
        for mut connection in std::mem::take(&mut self.connections) {
            if connection.send(frame.clone()).await.is_ok() {
                self.connections.push(connection);
            }
        }
    }

    fn everything(&self) -> Result<String> {
        let prices = self.prices.clone().into_iter().collect();
        coins::object(&self.coins, &prices, |coin| &coin.slug)
    }
}

async fn accept(listener: TcpListener, said: Arc<Mutex<Said>>) {
    while let Ok((stream, _)) = listener.accept().await {
        // Whoever does not shake hands is no customer.
        let Ok(mut connection) = handshake(stream).await else {
            continue;
        };
        let mut said = said.lock().await;
        if let Ok(frame) = said.everything()
            && connection.send(Message::text(frame)).await.is_ok()
        {
            said.connections.push(connection);
        }
    }
}

async fn handshake(stream: TcpStream) -> io::Result<WebSocketStream<TcpStream>> {
    stream.set_nodelay(true)?;
    tokio_tungstenite::accept_async(stream)
        .await
        .map_err(io::Error::other)
}

async fn repeat(said: Arc<Mutex<Said>>) {
    // Whoever connects is told everything anyway, so the first repetition is not due at once.
    let mut ticks = interval_at(Instant::now() + REPEAT, REPEAT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let mut said = said.lock().await;
        if let Ok(frame) = said.everything() {
            said.write(frame).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    type Connection = WebSocketStream<TcpStream>;

    async fn connect(upstream: &Upstream) -> Result<Connection> {
        let stream = TcpStream::connect(upstream.address).await?;
        let url = format!("ws://{}/prices?assets=ALL&apiKey=key", upstream.address);
        Ok(tokio_tungstenite::client_async(url, stream).await?.0)
    }

    async fn next(connection: &mut Connection) -> Result<BTreeMap<String, String>> {
        let message = connection.next().await.ok_or("the venue hung up")??;
        Ok(serde_json::from_str(message.to_text()?)?)
    }

    fn bitcoin(price: &str) -> Prices {
        vec![(0, price.to_owned())]
    }

    #[tokio::test]
    async fn a_server_is_told_the_latest_prices_and_then_what_changes() -> Result<()> {
        let coins: Arc<[Coin]> = coins::all()?.into();
        let upstream = Upstream::start(Arc::clone(&coins), coins::turn(&coins, 0)).await?;
        let mut first = connect(&upstream).await?;
        assert_eq!(next(&mut first).await?.len(), coins.len());
        upstream.send(bitcoin("87501")).await?;
        let change = next(&mut first).await?;
        assert_eq!(change, [("bitcoin".to_owned(), "87501".to_owned())].into());

        let mut second = connect(&upstream).await?;
        let everything = next(&mut second).await?;
        assert_eq!(everything.get("bitcoin"), Some(&"87501".to_owned()));
        Ok(())
    }

    #[tokio::test]
    async fn prices_for_nobody_are_an_error() -> Result<()> {
        let coins: Arc<[Coin]> = coins::all()?.into();
        let upstream = Upstream::start(coins, Prices::new()).await?;
        assert!(upstream.send(bitcoin("1")).await.is_err());
        Ok(())
    }
}
