//! The shared connection for commands: made on first use, replaced when it breaks or falls
//! silent, every step with a deadline.

use super::{RedisTimeouts, error::spoils_connection};
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, Pipeline, RedisError, RedisResult,
    aio::MultiplexedConnection,
};
use std::{future::Future, io, time::Duration};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// After a failed attempt to connect, commands fail at once for this long, so that a dead server
/// is asked a few times a second and not once per request.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(200);

pub(super) struct Link {
    client: Client,
    timeouts: RedisTimeouts,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    connection: Option<MultiplexedConnection>,
    /// Counts connections, so that a late failure can't discard a newer one.
    generation: u64,
    failure: Option<(Instant, RedisError)>,
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
            slot: Mutex::default(),
        }
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    pub(super) const fn timeouts(&self) -> RedisTimeouts {
        self.timeouts
    }

    /// The answer to `request`, or an error within [`RedisTimeouts::total`].
    pub(super) async fn query<T: FromRedisValue + Send>(&self, request: Request) -> RedisResult<T> {
        within(self.timeouts.total(), self.attempt(&request)).await
    }

    async fn attempt<T: FromRedisValue + Send>(&self, request: &Request) -> RedisResult<T> {
        let outcome = self.attempt_once(request).await;
        match &outcome {
            // An idle connection is often found broken only now, after a restart of the server.
            Err(error) if request.is_repeatable() && error.is_connection_dropped() => {
                self.attempt_once(request).await
            }
            _ => outcome,
        }
    }

    async fn attempt_once<T: FromRedisValue + Send>(&self, request: &Request) -> RedisResult<T> {
        let (mut connection, generation) = self.connection().await?;
        let outcome = request.send(&mut connection).await;
        if outcome.as_ref().err().is_some_and(spoils_connection) {
            self.discard(generation).await;
        }
        outcome
    }

    async fn connection(&self) -> RedisResult<(MultiplexedConnection, u64)> {
        let mut slot = self.slot.lock().await;
        if let Some(connection) = &slot.connection {
            return Ok((connection.clone(), slot.generation));
        }
        if let Some((at, error)) = &slot.failure
            && at.elapsed() < PAUSE_AFTER_FAILURE
        {
            return Err(error.clone());
        }
        match self.connect().await {
            Ok(connection) => {
                slot.generation += 1;
                slot.failure = None;
                slot.connection = Some(connection.clone());
                Ok((connection, slot.generation))
            }
            Err(error) => {
                slot.failure = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeouts.connect))
            .set_response_timeout(Some(self.timeouts.response));
        // The limit inside covers the socket; this one also the greeting (AUTH, SELECT).
        let connecting = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        within(self.timeouts.connect, connecting).await
    }

    async fn discard(&self, generation: u64) {
        let mut slot = self.slot.lock().await;
        if slot.generation == generation {
            slot.connection = None;
        }
    }
}

/// The outcome of `work`, or a timeout of the same type after `limit`.
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = RedisResult<T>>,
) -> RedisResult<T> {
    timeout(limit, work).await.unwrap_or_else(|_elapsed| {
        let error = io::Error::new(io::ErrorKind::TimedOut, "no answer in time");
        Err(RedisError::from(error))
    })
}
