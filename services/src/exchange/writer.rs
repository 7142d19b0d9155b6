//! The one task that writes the journal: it takes what waits, carries it out in order, keeps it all
//! together, and only then tells anybody.

use super::{
    changes::changed_by,
    command::{Done, Job, Question, Reply},
    group::{Answers, Broken, Group},
    load::{LoadError, load},
    meter::{self, Meter},
    overview::LedgerTotals,
    refusal::{closed, refusal, unconfirmed},
    settings::Pairs,
};
use crate::{
    cache::Cache,
    clock::Clock,
    market::table::PriceTable,
    store::{Epoch, SnapshotRecord, Store, StoreError},
    watchers::Watchers,
};
use domain::{
    Tick, UserId,
    exchange::{Command, Exchange, Timestamp},
    trading::{Book, Level, Preview},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Requests that are kept together at most.
const MOST_REQUESTS: usize = 256;
/// Between two looks at what time has brought about, and two signs of life.
const UPKEEP: Duration = Duration::from_secs(1);
/// Deleted accounts that are closed at once.
const MOST_LEAVING: u32 = 100;
/// Entries between two snapshots.
const SNAPSHOT_EVERY: u64 = 10_000;

/// What the writer works with.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    pub(super) store: Store,
    pub(super) pairs: Arc<Pairs>,
    pub(super) prices: Arc<PriceTable>,
    pub(super) clock: Clock,
    pub(super) shutdown: CancellationToken,
    pub(super) cache: Arc<dyn Cache>,
    /// The queue, to put in what other processes forward.
    pub(super) jobs: mpsc::WeakSender<Job>,
    pub(super) watchers: Watchers,
    /// Is told whenever something is kept.
    pub(super) kept: watch::Sender<()>,
}

impl Tools {
    /// Something of these users is kept.
    fn tell(&self, changed: BTreeSet<UserId>) {
        self.watchers.tell(changed);
        self.kept.send_replace(());
    }
}

/// Whoever writes the journal.
pub(super) struct Writer {
    tools: Tools,
    epoch: Epoch,
    exchange: Exchange,
    /// Time never goes back on the exchange.
    now: Timestamp,
    /// Of the last snapshot.
    snapshot: u64,
}

/// Why somebody writes no more.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// The program ends.
    #[error("the program ends")]
    Shutdown,
    /// Somebody else has taken over, or nobody can tell.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The state can't be made anew.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// What has come.
enum Arrival {
    Jobs,
    Ticks(Vec<Tick>),
    Upkeep,
    Shutdown,
}

impl Writer {
    pub(super) async fn begin(tools: Tools, epoch: Epoch) -> Result<Self, LoadError> {
        let exchange = load(tools.store.journal.as_ref(), tools.pairs.settings.clone()).await?;
        let snapshot = exchange.sequence();
        Ok(Self {
            tools,
            epoch,
            exchange,
            now: Timestamp::default(),
            snapshot,
        })
    }

    /// Works until the end of the program, or until somebody else has taken over.
    pub(super) async fn work(&mut self, jobs: &mut mpsc::Receiver<Job>) -> Ended {
        let _writes = meter::Writes::begin();
        let mut ticks = self.tools.prices.listen();
        let mut upkeep = tokio::time::interval(UPKEEP);
        upkeep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let known = Arrival::Ticks(self.tools.prices.all());
        let mut waiting = Vec::with_capacity(MOST_REQUESTS);
        let mut arrival = known;
        loop {
            if let Err(ended) = self.handle(arrival, &mut waiting).await {
                return ended;
            }
            arrival = tokio::select! {
                () = self.tools.shutdown.cancelled() => Arrival::Shutdown,
                batch = ticks.recv() => self.ticks(batch, &mut ticks),
                count = jobs.recv_many(&mut waiting, MOST_REQUESTS) => match count {
                    0 => Arrival::Shutdown,
                    _ => Arrival::Jobs,
                },
                _ = upkeep.tick() => Arrival::Upkeep,
            };
        }
    }

    /// All ticks that have come. Whoever was too slow goes on with the latest of each coin.
    fn ticks(
        &self,
        first: Result<Arc<[Tick]>, broadcast::error::RecvError>,
        more: &mut broadcast::Receiver<Arc<[Tick]>>,
    ) -> Arrival {
        let Ok(first) = first else {
            return Arrival::Ticks(self.tools.prices.all());
        };
        let mut all = first.to_vec();
        while let Ok(batch) = more.try_recv() {
            all.extend_from_slice(&batch);
        }
        Arrival::Ticks(all)
    }

    async fn handle(&mut self, arrival: Arrival, waiting: &mut Vec<Job>) -> Result<(), Ended> {
        let now = self.tools.clock.now();
        self.now = self.now.max(now.into());
        let mut group = Group::default();
        let carried_out = match arrival {
            Arrival::Shutdown => {
                self.keep_snapshot().await;
                return Err(Ended::Shutdown);
            }
            Arrival::Ticks(ticks) => self.tick(&mut group, &ticks, now),
            Arrival::Upkeep => {
                let journal = &self.tools.store.journal;
                journal.beat(self.epoch).await?;
                let leaving = journal.leaving(MOST_LEAVING).await?;
                self.upkeep(&mut group, leaving)
            }
            Arrival::Jobs => {
                let jobs = std::mem::take(waiting);
                self.answer(&mut group, jobs, now).await
            }
        };
        if carried_out.is_err() {
            group.fail();
            return self.begin_anew().await;
        }
        self.keep(group).await
    }

    /// Keeps a group and tells everybody; or tells everybody that it can't be told.
    async fn keep(&mut self, mut group: Group) -> Result<(), Ended> {
        if group.is_empty() {
            group.confirm();
            return Ok(());
        }
        let commit = group.commit(&self.exchange);
        let changed = changed_by(&commit);
        let meter = Meter::start(&commit);
        let kept = self.tools.store.journal.commit(self.epoch, commit).await;
        meter.stop(kept.is_ok());
        match kept {
            Ok(()) => {
                group.confirm();
                self.tools.tell(changed);
                if self.exchange.sequence() >= self.snapshot + SNAPSHOT_EVERY {
                    self.keep_snapshot().await;
                }
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the exchange's journal could not be written");
                group.fail();
                match error {
                    StoreError::Changed | StoreError::Taken(_) => Err(error.into()),
                    _ => self.begin_anew().await,
                }
            }
        }
    }

    /// Makes the state anew from what is kept. A sign of life first: it comes after whatever may still
    /// be under way, or shows that somebody else writes now.
    async fn begin_anew(&mut self) -> Result<(), Ended> {
        let journal = self.tools.store.journal.clone();
        journal.beat(self.epoch).await?;
        self.exchange = load(journal.as_ref(), self.tools.pairs.settings.clone()).await?;
        // What nobody could confirm may have been kept after all.
        self.tools.watchers.tell_all();
        self.tools.kept.send_replace(());
        let mut group = Group::default();
        let (ticks, now) = (self.tools.prices.all(), self.tools.clock.now());
        // Without prices nothing is triggered wrongly; with them nobody waits for the next tick.
        match self.tick(&mut group, &ticks, now) {
            Ok(()) if group.is_empty() => Ok(()),
            Ok(()) => {
                let commit = group.commit(&self.exchange);
                let changed = changed_by(&commit);
                journal.commit(self.epoch, commit).await?;
                self.tools.tell(changed);
                Ok(())
            }
            Err(Broken) => Err(Ended::Store(StoreError::Corrupt(
                "the exchange's state fits no price".to_owned(),
            ))),
        }
    }

    fn tick(
        &mut self,
        group: &mut Group,
        ticks: &[Tick],
        now: OffsetDateTime,
    ) -> Result<(), Broken> {
        let stale = self.tools.prices.stale(now);
        for tick in ticks {
            let Some(pair) = self.tools.pairs.of_coin(&tick.coin_id) else {
                continue;
            };
            if tick.is_stale(now) || stale.contains(&tick.coin_id) {
                continue;
            }
            let price = tick.price.get();
            group.carry_out(&mut self.exchange, Command::Tick { pair, price }, self.now)?;
        }
        Ok(())
    }

    /// What time brings about: orders end, accounts that were deleted are closed, withdrawals are sent.
    fn upkeep(&mut self, group: &mut Group, leaving: Vec<UserId>) -> Result<(), Broken> {
        for user in leaving {
            let command = Command::CloseAccount { user };
            group.carry_out(&mut self.exchange, command, self.now)?;
        }
        group.carry_out(&mut self.exchange, Command::Expire, self.now)?;
        let approved = self.exchange.withdrawals().filter(|w| w.approved);
        let approved: Vec<_> = approved.map(|withdrawal| withdrawal.id).collect();
        for withdrawal in approved {
            // There is no rail behind it: the reference says so.
            let reference = format!("simulated-{}", Uuid::now_v7().simple());
            let command = Command::Send {
                withdrawal,
                reference,
            };
            group.carry_out(&mut self.exchange, command, self.now)?;
        }
        Ok(())
    }

    async fn answer(
        &mut self,
        group: &mut Group,
        jobs: Vec<Job>,
        now: OffsetDateTime,
    ) -> Result<(), Broken> {
        let mut known = match self.known(&jobs, now).await {
            Ok(known) => known,
            Err(error) => {
                tracing::error!(%error, "first answers could not be looked up");
                for job in jobs {
                    job.refuse(closed());
                }
                return Ok(());
            }
        };
        let mut jobs = jobs.into_iter();
        while let Some(job) = jobs.next() {
            let done = match job {
                Job::Question(question, reply) => {
                    group.reply(reply, self.look(question));
                    Ok(())
                }
                Job::Request(request, reply) => {
                    let at = self.now;
                    group.answer(&mut self.exchange, request, reply, &mut known, now, at)
                }
            };
            if done.is_err() {
                jobs.for_each(|job| job.refuse(unconfirmed()));
                return Err(Broken);
            }
        }
        Ok(())
    }

    /// First answers to those requests that were answered before.
    async fn known(&self, jobs: &[Job], now: OffsetDateTime) -> Result<Answers, StoreError> {
        let names = jobs.iter().filter_map(|job| match job {
            Job::Request(request, _) => Some((request.user, request.key.clone()?)),
            Job::Question(..) => None,
        });
        let names: Vec<(UserId, String)> = names.collect();
        if names.is_empty() {
            return Ok(Answers::new());
        }
        let answers = self.tools.store.journal.answers(&names, now).await?;
        let named = answers.into_iter().map(|answer| {
            let name = (answer.user, answer.key.clone());
            (name, answer)
        });
        Ok(named.collect())
    }

    fn look(&self, question: Question) -> Reply {
        let answer = match question {
            Question::Book { pair, levels } => self.book(pair, levels),
            Question::Totals => Ok(Done::Totals(LedgerTotals::of(&self.exchange))),
            Question::Preview { user, order } => {
                let rules = self.tools.pairs.rules(order.pair);
                let preview = self.exchange.preview(user, order, self.now);
                preview.map(|preview| {
                    let rules = rules.unwrap_or_else(|| domain::exchange::rules::Rules::new(0));
                    Done::Preview(Preview::new(&preview, &order, rules))
                })
            }
        };
        answer.map_err(|rejection| refusal(&self.exchange, &rejection))
    }

    fn book(
        &self,
        pair: domain::exchange::Pair,
        levels: usize,
    ) -> Result<Done, domain::exchange::Rejection> {
        let (bids, asks) = self.exchange.depth(pair, levels, self.now)?;
        let rules = self.tools.pairs.rules(pair);
        let rules = rules.ok_or(domain::exchange::Rejection::UnknownPair(pair))?;
        let shown = |levels: domain::exchange::depth::Levels| {
            let level = |(price, quantity): (
                domain::exchange::money::Price,
                domain::exchange::money::Quantity,
            )| {
                Level([
                    price.to_decimal(rules.tick_scale()).into(),
                    quantity.to_decimal(rules.lot_scale()).into(),
                ])
            };
            levels.into_iter().map(level).collect()
        };
        Ok(Done::Book(Book {
            bids: shown(bids),
            asks: shown(asks),
            sequence: self.exchange.sequence(),
        }))
    }

    async fn keep_snapshot(&mut self) {
        let sequence = self.exchange.sequence();
        if sequence == self.snapshot {
            return;
        }
        let state = match serde_json::to_string(&self.exchange.snapshot()) {
            Ok(state) => state,
            Err(error) => return tracing::error!(%error, "the exchange's state can't be written"),
        };
        let record = SnapshotRecord { sequence, state };
        match self.tools.store.journal.keep_snapshot(record).await {
            Ok(()) => self.snapshot = sequence,
            // The journal has everything: only the next start takes longer.
            Err(error) => tracing::warn!(%error, "the exchange's state could not be kept"),
        }
    }
}
