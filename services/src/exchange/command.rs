//! What is asked of the writer, and what it answers.

use super::overview::LedgerTotals;
use domain::{
    UserId,
    api::ApiError,
    exchange::{Command, Pair, order::NewOrder},
    trading::{Book, Order, Preview, Transaction, Withdrawal},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

/// Something to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Request {
    /// For whom.
    pub(super) user: UserId,
    /// What they call it, if it may come again.
    pub(super) key: Option<String>,
    /// What.
    pub(super) command: Command,
}

/// Something to be looked up.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Question {
    /// What a pair has to offer.
    Book {
        /// Which.
        pair: Pair,
        /// Prices on each side.
        levels: usize,
    },
    /// What an order would do.
    Preview {
        /// Whose.
        user: UserId,
        /// Which.
        order: NewOrder,
    },
    /// What there is of everybody together.
    Totals,
}

/// What has come of a request or a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Done {
    /// Orders were placed, or ended.
    Orders(Vec<Order>),
    /// Money came.
    Transaction(Transaction),
    /// A withdrawal was asked for, or goes on, or not.
    Withdrawal(Withdrawal),
    /// What a pair has to offer.
    Book(Book),
    /// What an order would do.
    Preview(Preview),
    /// What there is of everybody together.
    Totals(LedgerTotals),
}

/// An answer.
pub(super) type Reply = Result<Done, ApiError>;

/// What stands in the writer's queue. Whoever asks may have gone when the answer comes.
#[derive(Debug)]
pub(super) enum Job {
    /// To be carried out.
    Request(Request, oneshot::Sender<Reply>),
    /// To be answered.
    Question(Question, oneshot::Sender<Reply>),
}

impl Job {
    /// Answers without having done anything.
    pub(super) fn refuse(self, error: ApiError) {
        let (Self::Request(_, reply) | Self::Question(_, reply)) = self;
        let _gone = reply.send(Err(error));
    }
}

impl Request {
    /// Tells whether another request with the same key asks for the same.
    ///
    /// # Errors
    /// When the command can't be written as JSON.
    pub(super) fn digest(&self) -> Result<[u8; 32], serde_json::Error> {
        Ok(Sha256::digest(serde_json::to_vec(&self.command)?).into())
    }
}
