//! Looks at the prices and tells whose alert has come.

use super::{
    known::Known,
    readings::{AllMoves, staleness},
    settle::{Kept, Settled, Unsettled, owner},
    worth::Worths,
};
use crate::{
    cache::Cache,
    clock::Clock,
    market::Market,
    notifications::Teller,
    portfolio::Portfolios,
    store::{AlertRecord, Store, StoreError},
};
use domain::{
    AlertId, CoinId, Tick, UserId,
    alert::{Gauge, Turn, Watch, Window},
    exchange::Timestamp,
};
use rust_decimal::Decimal;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use time::OffsetDateTime;
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
/// Alerts that are read at a time.
const PAGE: u32 = 5_000;
/// Clocks of several servers may differ by so much: what was changed in this time is read again.
const OVERLAP: time::Duration = time::Duration::seconds(30);

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

type Writing = JoinHandle<Result<Kept, StoreError>>;

/// Of the alerts; thrown away when another process looks.
#[derive(Default)]
struct State {
    known: Known,
    watch: Watch,
    moves: AllMoves,
    worths: Worths,
    unsettled: Unsettled,
    /// When all changes were read last: what was made long before is not read again.
    read_at: Option<OffsetDateTime>,
}

impl State {
    fn keep(&mut self, record: AlertRecord) {
        let known = self.known.get(record.alert.id);
        if known.is_some_and(|known| known.revision > record.revision) {
            return;
        }
        match record.alert.standing.is_watched() {
            true => self.known.insert(record),
            false => self.known.remove(record.alert.id),
        }
    }
}

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
                        Ok(kept) => self.learn(kept).await,
                        // Tried again at the next look.
                        Err(error) => {
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
        let turns = self.state.watch.read(gauge, value, now);
        self.note(turns, value);
    }

    fn note(&mut self, turns: Vec<Turn>, reading: Decimal) {
        if !turns.is_empty() {
            self.state.unsettled.add(turns, reading, self.clock.now());
        }
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
        if let Err(error) = self.catch_up().await {
            tracing::warn!(%error, "changes of alerts can't be read");
        }
        let now = Timestamp::from(self.clock.now());
        let turns = self.state.watch.wake(now);
        self.note(turns, Decimal::ZERO);
        self.read(&Gauge::Stale, staleness(&self.market), now);
        let (users, windows) = self.wanted();
        for (coin, window) in windows {
            self.state.moves.follow(&self.market, &coin, window).await;
        }
        let readings = self.state.worths.read(&self.portfolios, &users).await;
        for (gauge, worth) in readings {
            self.read(&gauge, worth, now);
        }
    }

    /// Whose portfolios, and which moves, somebody waits for.
    fn wanted(&self) -> (Vec<UserId>, BTreeSet<(CoinId, Window)>) {
        let (mut users, mut windows) = (BTreeSet::new(), BTreeSet::new());
        for gauge in self.state.watch.gauges() {
            users.extend(owner(gauge));
            if let Gauge::Move(coin, window, _) = gauge {
                windows.insert((coin.clone(), *window));
            }
        }
        (users.into_iter().collect(), windows)
    }

    /// Reads the alerts that were changed since the last time; at first all.
    async fn catch_up(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut since = match self.state.read_at {
            Some(last) => last - OVERLAP,
            None => OffsetDateTime::UNIX_EPOCH,
        };
        let mut after = None;
        loop {
            let page = self.store.alerts.changed_since(since, after, PAGE).await?;
            let Some(last) = page.last() else {
                self.state.read_at = Some(now);
                return self.forget_deleted().await;
            };
            (since, after) = (last.updated_at, Some(last.alert.id));
            for record in page {
                self.take_in(record);
            }
        }
    }

    async fn forget_deleted(&mut self) -> Result<(), StoreError> {
        while let Some(user) = self.state.known.crowded() {
            let there_are = self.store.alerts.of_user(user).await?;
            let there_are = there_are.into_iter().map(|record| record.alert.id);
            for id in self.state.known.gone(user, &there_are.collect()) {
                self.state.watch.remove(id);
                self.state.known.remove(id);
            }
        }
        Ok(())
    }

    fn take_in(&mut self, record: AlertRecord) {
        let known = self.state.known.get(record.alert.id);
        if known.is_some_and(|known| known.revision >= record.revision) {
            return;
        }
        let turn = self.state.watch.put(&record.alert, record.user);
        self.note(turn.into_iter().collect(), Decimal::ZERO);
        self.state.keep(record);
    }

    /// Has the next group of what has happened written, unless one is.
    fn write(&mut self) {
        if self.writing.is_some() {
            return;
        }
        let State {
            known, unsettled, ..
        } = &self.state;
        if let Some(group) = unsettled.group(known, &self.market, &self.clock) {
            let writing = group.write(self.store.clone(), self.teller.clone());
            self.writing = Some(tokio::spawn(writing));
        }
    }

    async fn learn(&mut self, kept: Kept) {
        self.state.unsettled.forget(&kept);
        for settled in kept.settled {
            match settled {
                Settled::Written(record) => self.state.keep(record),
                Settled::Overtaken(user, id) => self.read_anew(user, id).await,
            }
        }
    }

    async fn read_anew(&mut self, user: UserId, id: AlertId) {
        self.state.watch.remove(id);
        self.state.known.remove(id);
        match self.store.alerts.get(user, id).await {
            Ok(Some(record)) => self.take_in(record),
            Ok(None) => {}
            // It is read with the changes: whoever has changed it did so just now.
            Err(error) => tracing::warn!(%error, "an alert can't be read"),
        }
    }
}

/// What has come of a group; never, while none is written.
async fn written(writing: &mut Option<Writing>) -> Result<Kept, StoreError> {
    match writing {
        None => std::future::pending().await,
        Some(writing) => writing
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string()))),
    }
}
