//! Asking the writer.

use super::{
    Exchange, ExchangeError,
    command::{Done, Job, Question, Reply, Request},
    forward::Ask,
    refusal::{broken, busy, closed, unconfirmed},
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
        Ok(self.ask(Ask::Request(request)).await?)
    }

    pub(super) async fn look(&self, question: Question) -> Result<Done, ExchangeError> {
        Ok(self.ask(Ask::Question(question)).await?)
    }

    async fn ask(&self, ask: Ask) -> Reply {
        if *self.role.borrow() == Role::Broken {
            return Err(broken());
        }
        if *self.role.borrow() == Role::Writing {
            return self.ask_here(ask).await;
        }
        // Named before it goes anywhere: whoever carries it out, it is the same request. This process may
        // still get to write.
        let ask = ask.named();
        let mut role = self.role.clone();
        let is_ours = async move {
            let opened = role.wait_for(|role| *role == Role::Writing).await;
            opened.is_ok()
        };
        tokio::select! {
            answer = self.forwarder.ask(ask.clone()) => answer,
            true = is_ours => self.ask_here(ask).await,
        }
    }

    /// Puts it into this process's own queue.
    async fn ask_here(&self, ask: Ask) -> Reply {
        let (reply, answer) = oneshot::channel();
        let job = match ask {
            Ask::Request(request) => Job::Request(request, reply),
            Ask::Question(question) => Job::Question(question, reply),
        };
        match self.jobs.try_send(job) {
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
