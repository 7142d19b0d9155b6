//! From a process that doesn't write the journal to the one that does, over the cache.
//!
//! A message may be lost, or its answer. So every request that is forwarded has a key, is sent again
//! with it until an answer comes or the time is over, and is carried out once.

use super::{
    command::{Job, Question, Reply, Request},
    refusal::{closed, unconfirmed},
};
use crate::cache::{Cache, CacheError, Delivery, Subscription};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Where requests go.
const REQUESTS: &str = "exchange:requests";
/// Between two tries.
const TRY_EVERY: Duration = Duration::from_secs(2);
/// For how long a request is tried.
const PATIENCE: Duration = Duration::from_secs(12);

fn answers_of(process: Uuid) -> String {
    format!("exchange:answers:{process}")
}

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ask {
    /// To be carried out.
    Request(Request),
    /// To be answered.
    Question(Question),
}

impl Ask {
    /// With a key, so that it can be sent again.
    pub(super) fn named(self) -> Self {
        match self {
            Self::Request(request) => Self::Request(Request {
                key: Some(
                    request
                        .key
                        .unwrap_or_else(|| format!("own:{}", Uuid::now_v7())),
                ),
                ..request
            }),
            Self::Question(question) => Self::Question(question),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    id: Uuid,
    from: Uuid,
    ask: Ask,
}

#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    id: Uuid,
    reply: Reply,
}

type Waiting = Arc<Mutex<HashMap<Uuid, oneshot::Sender<Reply>>>>;

/// Sends requests to whoever writes.
#[derive(Debug, Clone)]
pub(super) struct Forwarder {
    cache: Arc<dyn Cache>,
    process: Uuid,
    waiting: Waiting,
}

impl Forwarder {
    pub(super) fn new(cache: Arc<dyn Cache>) -> Self {
        Self {
            cache,
            process: Uuid::now_v7(),
            waiting: Waiting::default(),
        }
    }

    /// Takes answers, until the program ends.
    pub(super) async fn receive(self, shutdown: CancellationToken) {
        let channel = answers_of(self.process);
        while !shutdown.is_cancelled() {
            match subscribe(&*self.cache, &channel).await {
                Ok(answers) => self.take(answers, &shutdown).await,
                Err(error) => tracing::debug!(%error, "answers of the exchange can't be received"),
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(TRY_EVERY) => {}
            }
        }
    }

    async fn take(&self, mut answers: Subscription, shutdown: &CancellationToken) {
        loop {
            let delivery = tokio::select! {
                () = shutdown.cancelled() => return,
                delivery = answers.messages.recv() => delivery,
            };
            match delivery {
                None => return,
                // What is missing is asked for again.
                Some(Delivery::Missed) => {}
                Some(Delivery::Message(message)) => {
                    match serde_json::from_slice::<Answered>(&message) {
                        Ok(Answered { id, reply }) => {
                            let waiting = self.waiting().remove(&id);
                            if let Some(waiting) = waiting {
                                let _gone = waiting.send(reply);
                            }
                        }
                        Err(error) => {
                            tracing::warn!(%error, "an answer of the exchange can't be read");
                        }
                    }
                }
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Uuid, oneshot::Sender<Reply>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks until there is an answer. What is to be carried out has a key. Whoever waits no more is
    /// forgotten.
    pub(super) async fn ask(&self, ask: Ask) -> Reply {
        let id = Uuid::now_v7();
        let is_request = matches!(ask, Ask::Request(_));
        let asked = Asked {
            id,
            from: self.process,
            ask,
        };
        let message = Bytes::from(serde_json::to_vec(&asked).map_err(|_| closed())?);
        let (reply, mut answer) = oneshot::channel();
        self.waiting().insert(id, reply);
        let _forgotten = Forget {
            waiting: self.waiting.clone(),
            id,
        };
        let end = Instant::now() + PATIENCE;
        let mut has_been_sent = false;
        while Instant::now() < end {
            match self.cache.publish(REQUESTS, message.clone()).await {
                Ok(()) => has_been_sent = true,
                Err(error) => tracing::debug!(%error, "a request could not be forwarded"),
            }
            let until = (Instant::now() + TRY_EVERY).min(end);
            if let Ok(Ok(answer)) = timeout_at(until, &mut answer).await {
                return answer;
            }
        }
        Err(if is_request && has_been_sent {
            unconfirmed()
        } else {
            closed()
        })
    }
}

/// Forgets who waits, however the waiting ends.
struct Forget {
    waiting: Waiting,
    id: Uuid,
}

impl Drop for Forget {
    fn drop(&mut self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.remove(&self.id);
    }
}

/// Subscribes once the cache answers at all: what is wrong with it as a whole is told once, and not
/// again for each subscription.
async fn subscribe(cache: &dyn Cache, channel: &str) -> Result<Subscription, CacheError> {
    cache.ping().await?;
    cache.subscribe(channel).await
}

/// Takes what other processes forward, as long as this one writes.
pub(super) async fn serve(cache: Arc<dyn Cache>, jobs: mpsc::WeakSender<Job>) {
    loop {
        match take_requests(&cache, &jobs).await {
            Ok(()) => return,
            Err(error) => tracing::debug!(%error, "forwarded requests can't be received"),
        }
        tokio::time::sleep(TRY_EVERY).await;
    }
}

async fn take_requests(
    cache: &Arc<dyn Cache>,
    jobs: &mpsc::WeakSender<Job>,
) -> Result<(), CacheError> {
    let mut requests = subscribe(&**cache, REQUESTS).await?;
    while let Some(delivery) = requests.messages.recv().await {
        let Delivery::Message(message) = delivery else {
            // Whoever waits asks again.
            continue;
        };
        let Some(jobs) = jobs.upgrade() else {
            return Ok(());
        };
        match serde_json::from_slice::<Asked>(&message) {
            Ok(asked) => {
                tokio::spawn(answer(cache.clone(), jobs, asked));
            }
            Err(error) => tracing::warn!(%error, "a forwarded request can't be read"),
        }
    }
    Ok(())
}

async fn answer(cache: Arc<dyn Cache>, jobs: mpsc::Sender<Job>, asked: Asked) {
    let (reply, answer) = oneshot::channel();
    let job = match asked.ask {
        Ask::Request(request) => Job::Request(request, reply),
        Ask::Question(question) => Job::Question(question, reply),
    };
    // When the queue is full, or nobody knows what has come of it, no answer is the answer: it is asked
    // again, with the same key.
    if jobs.try_send(job).is_err() {
        return;
    }
    drop(jobs);
    let Ok(reply) = answer.await else { return };
    let answered = Answered {
        id: asked.id,
        reply,
    };
    if let Ok(message) = serde_json::to_vec(&answered)
        && let Err(error) = cache.publish(&answers_of(asked.from), message.into()).await
    {
        tracing::debug!(%error, "an answer could not be sent");
    }
}
