//! What happens to somebody's orders and money, for those who watch.
//!
//! Whoever writes the journal tells every process whose things have changed, once that is kept; what has
//! changed is read from the store. So a message that is lost costs time and nothing else.

use super::{Exchange, ExchangeError, ask::require};
use crate::{
    auth::Identity,
    cache::{Cache, CacheError, Delivery},
    store::{Commit, OrderFilter, Page},
};
use domain::{
    UserId,
    account::Scope,
    exchange::order::Status,
    trading::{AccountMessage, Balance},
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Where it is told.
const CHANNEL: &str = "exchange:changed";
/// Groups that wait to be told to other processes; beyond it those look for themselves.
const QUEUE: usize = 256;
/// Between two tries to subscribe.
const TRY_EVERY: Duration = Duration::from_secs(2);
/// Changes of each kind that are read at a time.
const PAGE: u32 = 500;

/// Who watches, in this process.
#[derive(Debug, Clone)]
pub(super) struct Watchers {
    watched: Arc<Mutex<HashMap<UserId, watch::Sender<()>>>>,
    others: mpsc::Sender<Arc<[UserId]>>,
}

/// What is still to be told to other processes.
pub(super) type Untold = mpsc::Receiver<Arc<[UserId]>>;

impl Watchers {
    pub(super) fn new() -> (Self, Untold) {
        let (others, untold) = mpsc::channel(QUEUE);
        let watched = Arc::default();
        (Self { watched, others }, untold)
    }

    /// Tells all who watch one of these users, here and elsewhere.
    pub(super) fn tell(&self, users: BTreeSet<UserId>) {
        if users.is_empty() {
            return;
        }
        let users: Arc<[UserId]> = users.into_iter().collect();
        self.tell_here(&users);
        // Whoever is elsewhere looks every now and then.
        let _full = self.others.try_send(users);
    }

    fn tell_here(&self, users: &[UserId]) {
        let mut watched = self.watched();
        for user in users {
            if let Some(watching) = watched.get(user)
                && watching.send(()).is_err()
            {
                watched.remove(user);
            }
        }
    }

    /// Something may have been missed.
    pub(super) fn tell_all(&self) {
        self.watched()
            .retain(|_, watching| watching.send(()).is_ok());
    }

    fn watch(&self, user: UserId) -> watch::Receiver<()> {
        let mut watched = self.watched();
        let watching = watched.entry(user).or_insert_with(|| watch::channel(()).0);
        watching.subscribe()
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<UserId, watch::Sender<()>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells other processes, and hears from them, until the program ends.
    pub(super) async fn run(
        self,
        mut untold: Untold,
        cache: Arc<dyn Cache>,
        shutdown: CancellationToken,
    ) {
        let telling = async {
            while let Some(users) = untold.recv().await {
                if let Err(error) = publish(&*cache, &users).await {
                    tracing::debug!(%error, "other processes were not told what has changed");
                }
            }
        };
        let hearing = async {
            loop {
                if let Err(error) = self.hear(&*cache).await {
                    tracing::debug!(%error, "what changes can't be heard from other processes");
                }
                tokio::time::sleep(TRY_EVERY).await;
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = telling => {}
            () = hearing => {}
        }
    }

    async fn hear(&self, cache: &dyn Cache) -> Result<(), CacheError> {
        cache.ping().await?;
        let mut told = cache.subscribe(CHANNEL).await?;
        // Of the time before.
        self.tell_all();
        while let Some(delivery) = told.messages.recv().await {
            let users = match delivery {
                Delivery::Message(message) => serde_json::from_slice::<Vec<UserId>>(&message).ok(),
                Delivery::Missed => None,
            };
            match users {
                Some(users) => self.tell_here(&users),
                None => self.tell_all(),
            }
        }
        Ok(())
    }
}

async fn publish(cache: &dyn Cache, users: &[UserId]) -> Result<(), CacheError> {
    match serde_json::to_vec(users) {
        Ok(message) => cache.publish(CHANNEL, message.into()).await,
        Err(_) => Ok(()),
    }
}

/// Whose things a commit changes.
pub(super) fn changed_by(commit: &Commit) -> BTreeSet<UserId> {
    let orders = commit.orders.iter().map(|owned| owned.user);
    let fills = commit.fills.iter().map(|owned| owned.user);
    let balances = commit.balances.iter().map(|owned| owned.user);
    orders.chain(fills).chain(balances).collect()
}

impl Exchange {
    /// Says whenever something of the account has changed.
    ///
    /// # Errors
    /// [`ExchangeError::Forbidden`] for a key without the scope.
    pub fn watch(&self, identity: &Identity) -> Result<watch::Receiver<()>, ExchangeError> {
        require(identity, Scope::Read)?;
        Ok(self.watchers.watch(identity.id()))
    }

    /// What somebody is told first who has seen everything up to `since`: what has changed from there on,
    /// that one again, because the connection may have ended within it. Everything as it is now without a
    /// number, or when it is not known here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resume(
        &self,
        identity: &Identity,
        since: Option<u64>,
    ) -> Result<Vec<AccountMessage>, ExchangeError> {
        require(identity, Scope::Read)?;
        let behind = since.and_then(|since| since.checked_sub(1));
        let changes = match behind {
            Some(behind) => self.changes(identity, behind).await?,
            None => Vec::new(),
        };
        // What was touched by the last one is still there, or was touched again.
        if changes.is_empty() {
            return Ok(vec![self.snapshot(identity).await?]);
        }
        Ok(changes)
    }

    /// Balances are read first: whatever changes after that has a higher number than all of them.
    async fn snapshot(&self, identity: &Identity) -> Result<AccountMessage, ExchangeError> {
        let balances = self.balances(identity).await?;
        let newest = balances.iter().map(|balance| balance.sequence).max();
        let open = OrderFilter {
            statuses: Status::LIVE.to_vec(),
            ..OrderFilter::default()
        };
        let (before, limit) = (None, PAGE);
        let page = Page { before, limit };
        let orders = &self.store.trading;
        let orders = orders.orders(identity.id(), &open, page).await?;
        Ok(AccountMessage::Snapshot {
            sequence: newest.unwrap_or_default(),
            orders,
            balances,
        })
    }

    /// What has changed behind a number, in order: at most some hundreds, and the rest with the next call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changes(
        &self,
        identity: &Identity,
        behind: u64,
    ) -> Result<Vec<AccountMessage>, ExchangeError> {
        require(identity, Scope::Read)?;
        let trading = &self.store.trading;
        let last = self.store.journal.last().await?;
        if behind >= last {
            return Ok(Vec::new());
        }
        let within = behind + 1..=last;
        let changes = trading.changes(identity.id(), within, PAGE).await?;
        let orders = changes.orders.into_iter().map(|order| {
            let sequence = order.sequence;
            AccountMessage::OrderUpdate { sequence, order }
        });
        let fills = changes.fills.into_iter().map(|fill| {
            let sequence = fill.sequence;
            AccountMessage::Fill { sequence, fill }
        });
        let balances = changes.balances.into_iter().map(|balance| {
            let balance = self.valued(balance);
            let sequence = balance.sequence;
            AccountMessage::Balance { sequence, balance }
        });
        let kinds: [Vec<_>; 3] = [orders.collect(), fills.collect(), balances.collect()];
        let whole_until = kinds.iter().filter_map(|kind| whole_until(kind)).min();
        let mut all: Vec<_> = kinds.into_iter().flatten().collect();
        all.retain(|message| {
            let sequence = message.sequence().unwrap_or_default();
            whole_until.is_none_or(|end| sequence <= end)
        });
        // An order before its fill, and that before what it has moved.
        all.sort_by_key(AccountMessage::sequence);
        Ok(all)
    }

    fn valued(&self, mut balance: Balance) -> Balance {
        balance.value_usd = self.value(&balance);
        balance
    }
}

/// The number up to which a list that was cut off is whole.
fn whole_until(kind: &[AccountMessage]) -> Option<u64> {
    let is_cut = u32::try_from(kind.len()).is_ok_and(|length| length >= PAGE);
    let last = kind.last().filter(|_| is_cut)?.sequence()?;
    Some(last.saturating_sub(1))
}
