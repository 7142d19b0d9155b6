//! The servers that send prices to everybody, and how each is told them.

use super::{
    coins::{self, Coin, Prices},
    fleet,
    upstream::Upstream,
};
use crate::{
    failure::Result,
    process::{self, Server},
    settings::{place, scratch},
    subjects,
};
use clap::ValueEnum;
use std::{env, net::SocketAddr, path::Path, process::Command, sync::Arc, time::Duration};

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    #[value(name = "cryptovault")]
    Ours,
    BareLoop,
    Bun,
    NaiveAxum,
    /// The original design
    #[value(name = "fastapi")]
    FastApi,
    /// The same, encoding each message once for everybody
    #[value(name = "fastapi-once")]
    FastApiOnce,
}

/// What a server is to say.
#[derive(Debug, Clone, Copy)]
pub(super) enum Task<'a> {
    /// The text in this file, whenever it is told to.
    Message(&'a Path),
    /// All prices, whenever it is told to.
    Prices,
}

/// A running server.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) server: Server,
    coins: Arc<[Coin]>,
    /// Ours is told prices by its venue, all others by standard input.
    upstream: Option<Upstream>,
    /// Where ours tells its metrics.
    pub(super) metrics: Option<SocketAddr>,
    turns: usize,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "CryptoVault",
            Self::BareLoop => "bare loop",
            Self::Bun => "Bun",
            Self::NaiveAxum => "naive axum",
            Self::FastApi => "FastAPI",
            Self::FastApiOnce => "FastAPI, encoding once",
        }
    }
}

impl Subject {
    /// Starts our server, connected to a venue that tells it `start`. It tells changes at most
    /// every `interval`.
    pub(super) async fn ours(
        coins: &Arc<[Coin]>,
        start: Prices,
        interval: Duration,
    ) -> Result<Self> {
        let upstream = Upstream::start(Arc::clone(coins), start).await?;
        let metrics = process::free_address()?;
        let settings = [
            ("FEEDS", "coincap".to_owned()),
            ("COINCAP_API_KEY", "measurement".to_owned()),
            ("COINCAP_WS_URL", format!("ws://{}", upstream.address)),
            // Nothing is there, so that nothing is asked for outside.
            (
                "COINGECKO_URL",
                format!("http://{}", process::free_address()?),
            ),
            ("BROADCAST_INTERVAL_MS", interval.as_millis().to_string()),
            ("METRICS_ADDR", metrics.to_string()),
        ];
        let server = subjects::ours_with("cryptovault", subjects::LIST, &settings).await?;
        upstream.customer().await?;
        Ok(Self {
            server,
            coins: Arc::clone(coins),
            upstream: Some(upstream),
            metrics: Some(metrics),
            turns: 0,
        })
    }

    /// Starts a peer.
    pub(super) async fn peer(kind: Kind, coins: &Arc<[Coin]>, task: Task<'_>) -> Result<Self> {
        let log = scratch()?.join(format!("{}.log", kind.name().replace([' ', ','], "-")));
        let is_up = async |address| fleet::open(address, 0, None).await.is_ok();
        let mut program = program(kind)?;
        let command = |address: SocketAddr| {
            match kind {
                Kind::BareLoop | Kind::NaiveAxum => {
                    program.args(["--listen", &address.to_string()]);
                    if let Task::Message(file) = task {
                        program.arg("--message").arg(file);
                    }
                }
                Kind::Ours | Kind::Bun | Kind::FastApi | Kind::FastApiOnce => {
                    program.env("PORT", address.port().to_string());
                    if let Task::Message(file) = task {
                        program.env("MESSAGE_FILE", file);
                    }
                }
            }
            program
        };
        Ok(Self {
            server: Server::start(command, &log, is_up).await?,
            coins: Arc::clone(coins),
            upstream: None,
            metrics: None,
            turns: 0,
        })
    }

    /// Tells it to send the next message to everybody. Ours is told other prices for all coins.
    pub(super) async fn turn(&mut self) -> Result<()> {
        self.turns += 1;
        match &self.upstream {
            Some(upstream) => upstream.send(coins::turn(&self.coins, self.turns)).await,
            None => self.server.tell(""),
        }
    }

    /// Tells it prices; when it hands them on is its own business.
    pub(super) async fn prices(&mut self, prices: Prices) -> Result<()> {
        match &self.upstream {
            Some(upstream) => upstream.send(prices).await,
            None => {
                let line = coins::object(&self.coins, &prices, |coin| &coin.id)?;
                self.server.tell(&line)
            }
        }
    }
}

fn program(kind: Kind) -> Result<Command> {
    let own = |subcommand: &str| {
        let mut command = Command::new(env::current_exe()?);
        command.arg(subcommand);
        Result::Ok(command)
    };
    match kind {
        Kind::Ours => Err("CryptoVault is no peer".into()),
        Kind::BareLoop => own("bare-loop"),
        Kind::NaiveAxum => own("naive-axum"),
        Kind::Bun => {
            let folder = place("BENCH_BUN")?;
            let mut command = Command::new(folder.join("node_modules/.bin/bun"));
            command.arg(folder.join("server.js"));
            // It would read the `.env` of a developer where the measurement is started.
            command.current_dir(scratch()?);
            Ok(command)
        }
        Kind::FastApi | Kind::FastApiOnce => {
            let mut command = Command::new(place("BENCH_PYTHON")?);
            command.arg("bench/peers/fastapi_peer.py");
            if kind == Kind::FastApiOnce {
                command.env("ENCODE_ONCE", "1");
            }
            Ok(command)
        }
    }
}
