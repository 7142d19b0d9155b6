//! Asking the writer.

use super::{
    Exchange, ExchangeError,
    command::{Done, Job, Question, Reply, Request},
    refusal::{busy, closed, unconfirmed},
    tenure::Role,
};
use crate::auth::Identity;
use domain::{account::Scope, exchange::Command};
use std::time::Duration;
use tokio::{
    sync::{mpsc::error::TrySendError, oneshot},
    time::timeout,
};

/// How long an answer may take. Longer than the store's own limits, so that who gives up knows that the
/// store did not answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long the exchange may take to open.
const OPENING: Duration = Duration::from_secs(3);
/// Longest name of a request.
const LONGEST_KEY: usize = 200;

/// What a client calls its request, so that it can send it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey(String);

impl RequestKey {
    /// From the header `Idempotency-Key`: 1 to 200 visible characters of ASCII.
    ///
    /// # Errors
    /// [`ExchangeError::Invalid`].
    pub fn parse(text: &str) -> Result<Self, ExchangeError> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.is_empty() || text.len() > LONGEST_KEY || !visible {
            let message = "must have 1 to 200 visible characters of ASCII";
            return Err(ExchangeError::field("Idempotency-Key", message));
        }
        Ok(Self(format!("key:{text}")))
    }

    /// From an order's own name.
    pub(super) fn of_order(name: impl std::fmt::Display) -> Self {
        Self(format!("order:{name}"))
    }
}

impl Exchange {
    /// Has a command carried out, once for each key.
    pub(super) async fn carry_out(
        &self,
        identity: &Identity,
        key: Option<RequestKey>,
        command: Command,
    ) -> Result<Done, ExchangeError> {
        let request = Request {
            user: identity.id(),
            key: key.map(|key| key.0),
            command,
        };
        Ok(self.ask(|reply| Job::Request(request, reply)).await?)
    }

    pub(super) async fn look(&self, question: Question) -> Result<Done, ExchangeError> {
        Ok(self.ask(|reply| Job::Question(question, reply)).await?)
    }

    async fn ask(&self, job: impl FnOnce(oneshot::Sender<Reply>) -> Job) -> Reply {
        let mut role = self.role.clone();
        let opened = role.wait_for(|role| *role == Role::Writing);
        if !matches!(timeout(OPENING, opened).await, Ok(Ok(_))) {
            return Err(closed());
        }
        let (reply, answer) = oneshot::channel();
        match self.jobs.try_send(job(reply)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(busy()),
            Err(TrySendError::Closed(_)) => return Err(closed()),
        }
        match timeout(PATIENCE, answer).await {
            Ok(Ok(answer)) => answer,
            _ => Err(unconfirmed()),
        }
    }
}

/// Refuses keys without the scope.
pub(super) fn require(identity: &Identity, scope: Scope) -> Result<(), ExchangeError> {
    if identity.may(scope) {
        return Ok(());
    }
    Err(ExchangeError::Forbidden(match scope {
        Scope::Read => "This API key lacks the scope read.",
        Scope::Trade => "This API key lacks the scope trade.",
        Scope::Withdraw => "This API key lacks the scope withdraw.",
    }))
}

/// The writer has answered something else: a mistake of ours.
pub(super) fn unexpected(done: &Done) -> ExchangeError {
    tracing::error!(?done, "the exchange has answered something else");
    ExchangeError::Refused(unconfirmed())
}
