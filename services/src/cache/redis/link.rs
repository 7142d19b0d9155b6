//! The shared connection for commands: made on first use, replaced when it breaks or falls
//! silent, every step with a deadline.

use super::{
    RedisTimeouts,
    error::{Failure, Spoiled, no_answer, spoiled},
    slot::{Numbered, Slot, Step},
};
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, Pipeline, RedisError, RedisResult,
    aio::MultiplexedConnection,
};
use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

/// How long the caller that looks for a server in trouble waits. One that is back answers by then;
/// later, the connection is there for the next caller.
const MOMENT: Duration = Duration::from_millis(100);

/// Whoever gives up after having waited this long has found the server silent. Callers such as the
/// rate limiter wait for less than [`RedisTimeouts`] allow, and a silence that nobody noted would
/// hold up every single one of them.
const SILENCE: Duration = Duration::from_millis(250);

type Shared = Mutex<Slot<MultiplexedConnection>>;

pub(super) struct Link {
    client: Client,
    timeouts: RedisTimeouts,
    slot: Arc<Shared>,
}

/// What may be sent. What may run twice without harm is sent again over a new connection when the
/// old one turns out to be broken.
pub(super) enum Request {
    /// May run twice.
    Repeatable(Cmd),
    /// May run once at most.
    Once(Cmd),
    /// Several commands that may all run twice.
    RepeatableMany(Pipeline),
}

impl Request {
    async fn send<T: FromRedisValue>(
        &self,
        connection: &mut MultiplexedConnection,
    ) -> RedisResult<T> {
        match self {
            Self::Repeatable(command) | Self::Once(command) => {
                command.query_async(connection).await
            }
            Self::RepeatableMany(pipeline) => pipeline.query_async(connection).await,
        }
    }

    const fn is_repeatable(&self) -> bool {
        !matches!(self, Self::Once(_))
    }
}

impl Link {
    pub(super) fn new(client: Client, timeouts: RedisTimeouts) -> Self {
        Self {
            client,
            timeouts,
            slot: Arc::default(),
        }
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    pub(super) const fn timeouts(&self) -> RedisTimeouts {
        self.timeouts
    }

    /// The answer to `request`, or an error within [`RedisTimeouts::total`].
    pub(super) async fn query<T: FromRedisValue + Send>(
        &self,
        request: Request,
    ) -> Result<T, Failure> {
        within(self.timeouts.total(), self.attempt(&request)).await
    }

    async fn attempt<T: FromRedisValue + Send>(&self, request: &Request) -> Result<T, Failure> {
        let outcome = self.attempt_once(request).await;
        match &outcome {
            // An idle connection is often found broken only now, after a restart of the server.
            Err(Failure::Asking(error))
                if request.is_repeatable() && error.is_connection_dropped() =>
            {
                self.attempt_once(request).await
            }
            _ => outcome,
        }
    }

    async fn attempt_once<T: FromRedisValue + Send>(
        &self,
        request: &Request,
    ) -> Result<T, Failure> {
        let connection = self.connection().await;
        let (mut connection, generation) = connection.map_err(Failure::Connecting)?;
        let outcome = Waiting::new(&self.slot, generation)
            .until(request.send(&mut connection))
            .await;
        if let Some(spoiled) = outcome.as_ref().err().and_then(spoiled) {
            self.discard(generation, spoiled);
        }
        Ok(outcome?)
    }

    async fn connection(&self) -> RedisResult<Numbered<MultiplexedConnection>> {
        let (mut attempt, generation, limit) = {
            let mut slot = lock(&self.slot);
            let attempt = match slot.step(Instant::now()) {
                Step::Use(connection) => return Ok(connection),
                Step::Fail(error) => return Err(error),
                Step::Wait(attempt) => attempt,
                Step::Begin(ended, attempt) => {
                    self.begin(ended);
                    attempt
                }
            };
            let limit = if slot.is_troubled() {
                MOMENT
            } else {
                self.timeouts.total()
            };
            (attempt, slot.generation(), limit)
        };
        let _ended = Waiting::new(&self.slot, generation)
            .until(timeout(limit, attempt.changed()))
            .await;
        lock(&self.slot).outcome()
    }

    /// Connects in a task of its own: a caller that gives up leaves its finding to the others.
    fn begin(&self, ended: watch::Sender<()>) {
        let (client, timeouts) = (self.client.clone(), self.timeouts);
        let slot = Arc::clone(&self.slot);
        tokio::spawn(async move {
            let outcome = connect(&client, timeouts).await;
            lock(&slot).conclude(outcome, Instant::now());
            drop(ended);
        });
    }

    fn discard(&self, generation: u64, spoiled: Spoiled) {
        let mut slot = lock(&self.slot);
        match spoiled {
            Spoiled::Lost => slot.lost(generation),
            Spoiled::Silent => slot.silent(generation),
            Spoiled::ReadOnly => slot.read_only(generation, Instant::now()),
        }
    }
}

async fn connect(client: &Client, timeouts: RedisTimeouts) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(timeouts.connect))
        .set_response_timeout(Some(timeouts.response));
    // The limit inside covers the socket; this one also the greeting (AUTH, SELECT).
    let connecting = client.get_multiplexed_async_connection_with_config(&config);
    within(timeouts.connect, connecting).await
}

/// A caller that waits for the server. When it gives up after [`SILENCE`], the others are spared
/// the same wait.
struct Waiting<'a> {
    slot: &'a Shared,
    generation: u64,
    since: Instant,
    is_over: bool,
}

impl<'a> Waiting<'a> {
    fn new(slot: &'a Shared, generation: u64) -> Self {
        Self {
            slot,
            generation,
            since: Instant::now(),
            is_over: false,
        }
    }

    async fn until<T>(mut self, work: impl Future<Output = T>) -> T {
        let outcome = work.await;
        self.is_over = true;
        outcome
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.is_over && self.since.elapsed() >= SILENCE {
            lock(self.slot).silent(self.generation);
        }
    }
}

fn lock(slot: &Shared) -> MutexGuard<'_, Slot<MultiplexedConnection>> {
    // No code under this lock can leave the slot half changed.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The outcome of `work`, or a timeout of the same type after `limit`.
pub(super) async fn within<T, E: From<RedisError>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    timeout(limit, work)
        .await
        .unwrap_or_else(|_elapsed| Err(no_answer().into()))
}
