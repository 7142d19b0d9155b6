//! Looks at the prices and tells whose alert has come.

use super::{
    catch_up::catch_up,
    moves::past,
    readings::staleness,
    settle::{Group, Settled},
    state::State,
};
use crate::{
    cache::Cache,
    clock::Clock,
    market::Market,
    notifications::Teller,
    portfolio::Portfolios,
    store::{Store, StoreError},
};
use domain::{
    Tick,
    alert::{Gauge, Turn},
    exchange::Timestamp,
};
use rust_decimal::Decimal;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, broadcast::error::RecvError},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Who has it looks at the prices.
const LEASE: &str = "lease:alerts";
const LEASE_TTL: Duration = Duration::from_secs(5);
/// Between two looks at what is no tick: the lease, changes, silences, portfolios, the feed.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What the task knows.
pub(super) struct Watcher {
    store: Store,
    teller: Teller,
    market: Market,
    portfolios: Portfolios,
    clock: Clock,
    /// What it is known by in the lease.
    name: String,
    state: State,
    /// A group that is on its way to the database. Prices are looked at meanwhile.
    writing: Option<Writing>,
}

type Writing = JoinHandle<Result<Vec<Settled>, StoreError>>;

impl Watcher {
    pub(super) fn new(
        store: Store,
        teller: Teller,
        market: Market,
        portfolios: Portfolios,
        clock: Clock,
    ) -> Self {
        Self {
            store,
            teller,
            market,
            portfolios,
            clock,
            name: Uuid::now_v7().to_string(),
            state: State::default(),
            writing: None,
        }
    }

    pub(super) async fn run(
        mut self,
        cache: Arc<dyn Cache>,
        changed: Arc<Notify>,
        shutdown: CancellationToken,
    ) {
        let mut ticks = self.market.table().listen();
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut is_looking = false;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                batch = ticks.recv() => match batch {
                    Ok(batch) if is_looking => self.see(&batch),
                    // What was missed is in the table.
                    Err(RecvError::Lagged(_)) if is_looking => self.see(&self.market.table().all()),
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => break,
                },
                written = written(&mut self.writing) => {
                    self.writing = None;
                    match written {
                        Ok(settled) => self.learn(settled).await,
                        // Tried again at the next look.
                        Err(error) => {
                            self.state.unsettled.put_back();
                            tracing::warn!(%error, "what has become of alerts can't be written");
                            continue;
                        }
                    }
                }
                () = changed.notified() => self.look(is_looking).await,
                _ = looks.tick() => {
                    let leads = self.leads(&*cache).await;
                    if leads && !is_looking {
                        self.state = State::default();
                        // What may still be written is read with all the rest, or found written.
                        self.writing = None;
                    }
                    is_looking = leads;
                    self.look(is_looking).await;
                }
            }
            if is_looking {
                self.write();
            }
        }
        if let Some(writing) = self.writing {
            let _ended = writing.await;
        }
    }

    /// Whether this process looks at the prices. While nobody can tell, everybody does.
    async fn leads(&self, cache: &dyn Cache) -> bool {
        let lease = cache.acquire_lease(LEASE, &self.name, LEASE_TTL).await;
        lease.unwrap_or(true)
    }

    /// Takes in prices.
    fn see(&mut self, ticks: &[Tick]) {
        let now = Timestamp::from(self.clock.now());
        for tick in ticks {
            let price = tick.price.get();
            let coin = &tick.coin_id;
            self.read(&Gauge::Price(coin.clone()), price, now);
            self.read(&Gauge::PriceDown(coin.clone()), -price, now);
            for (gauge, percent) in self.state.moves.add(tick, now) {
                self.read(&gauge, percent, now);
            }
        }
    }

    fn read(&mut self, gauge: &Gauge, value: Decimal, now: Timestamp) {
        let turns = self.state.read(gauge, value, now).collect();
        self.note(turns);
    }

    /// Has written what came of one crossing.
    fn note(&mut self, turns: Vec<(Turn, Decimal)>) {
        self.state.unsettled.add(turns, self.clock.now());
    }

    /// How many alerts this process looks after; 0 where another one does.
    fn watched(&self, is_looking: bool) -> f64 {
        let known = u32::try_from(self.state.known.len()).unwrap_or(u32::MAX);
        if is_looking { f64::from(known) } else { 0.0 }
    }

    /// Everything that is no tick.
    async fn look(&mut self, is_looking: bool) {
        metrics::gauge!("cryptovault_alerts_watched").set(self.watched(is_looking));
        if !is_looking {
            return;
        }
        let (turns, read) = catch_up(&mut self.state, &*self.store.alerts, self.clock.now()).await;
        self.note(turns);
        if let Err(error) = read {
            tracing::warn!(%error, "changes of alerts can't be read");
        }
        let now = Timestamp::from(self.clock.now());
        let awake = self.state.watch.wake(now).into_iter();
        self.note(awake.map(|turn| (turn, Decimal::ZERO)).collect());
        self.read(&Gauge::Stale, staleness(&self.market), now);
        let (users, windows) = self.state.wanted();
        for wanted in windows {
            let market = self.market.clone();
            let ask = |coin, window| past(market, coin, window);
            self.state.moves.follow(&wanted, now, ask);
        }
        self.state.moves.learn();
        let readings = self.state.worths.read(&self.portfolios, &users).await;
        let mut turns = Vec::new();
        for (gauge, worth) in readings {
            turns.extend(self.state.read(&gauge, worth, now));
        }
        self.note(turns);
    }

    /// Has the next group of what has happened written, unless one is.
    fn write(&mut self) {
        if self.writing.is_some() {
            return;
        }
        let happened = self.state.unsettled.take();
        if happened.is_empty() {
            return;
        }
        let group = Group::new(&happened, &self.state.known, &self.market, &self.clock);
        for happened in &happened {
            let id = happened.turn.alert();
            if self.state.known.get(id).is_none() {
                self.state.unsettled.forget(id);
            }
        }
        let writing = group.write(self.store.clone(), self.teller.clone());
        self.writing = Some(tokio::spawn(writing));
    }

    async fn learn(&mut self, settled: Vec<Settled>) {
        let (mut turns, overtaken) = self.state.learn(settled);
        for (user, id) in overtaken {
            let record = self.store.alerts.get(user, id).await;
            if let Err(error) = &record {
                // It is read with the changes: whoever has changed it did so just now.
                tracing::warn!(%error, "an alert can't be read");
            }
            turns.extend(self.state.read_anew(id, record.ok().flatten()));
        }
        self.note(turns);
    }
}

/// What has come of a group; never, while none is written.
async fn written(writing: &mut Option<Writing>) -> Result<Vec<Settled>, StoreError> {
    match writing {
        None => std::future::pending().await,
        Some(writing) => writing
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string()))),
    }
}
