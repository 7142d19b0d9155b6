//! Who watches an account, and is told when something of it has changed.
//!
//! Whoever has kept a change tells every process whose things it is about; what has changed is read from the
//! store. So a message that is lost costs time and nothing else.

use crate::{
    cache::{Cache, CacheError, Delivery},
    market::Background,
};
use domain::UserId;
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{mpsc, watch};

/// Where it is told.
const CHANNEL: &str = "accounts:changed";
/// Groups that wait to be told to other processes; beyond it those look for themselves.
const QUEUE: usize = 256;
/// Between two tries to subscribe.
const TRY_EVERY: Duration = Duration::from_secs(2);
/// Who watches, in this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Watchers {
    watched: Arc<Mutex<HashMap<UserId, watch::Sender<()>>>>,
    others: mpsc::Sender<Arc<[UserId]>>,
}

/// What is still to be told to other processes.
type Untold = mpsc::Receiver<Arc<[UserId]>>;

impl Watchers {
    /// Those of a process that serves nobody: nobody watches, and no other process is told.
    #[must_use]
    pub fn nobody() -> Self {
        Self::new().0
    }

    /// Starts telling other processes, and hearing from them, until the program ends.
    pub(crate) fn start(cache: &Arc<dyn Cache>, background: Background<'_>) -> Self {
        let (watchers, untold) = Self::new();
        let running = watchers.clone().run(untold, Arc::clone(cache));
        let shutdown = background.shutdown.clone();
        background.tasks.spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = running => {}
            }
        });
        watchers
    }

    fn new() -> (Self, Untold) {
        let (others, untold) = mpsc::channel(QUEUE);
        let watched = Arc::default();
        (Self { watched, others }, untold)
    }

    /// Tells all who watch one of these users, here and elsewhere.
    pub(crate) fn tell(&self, users: BTreeSet<UserId>) {
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
    pub(crate) fn tell_all(&self) {
        self.watched()
            .retain(|_, watching| watching.send(()).is_ok());
    }

    /// Says whenever something of this account has changed.
    pub(crate) fn watch(&self, user: UserId) -> watch::Receiver<()> {
        let mut watched = self.watched();
        let watching = watched.entry(user).or_insert_with(|| watch::channel(()).0);
        watching.subscribe()
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<UserId, watch::Sender<()>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(self, mut untold: Untold, cache: Arc<dyn Cache>) {
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
