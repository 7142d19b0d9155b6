//! A group of requests: carried out one after the other, kept all together.

use super::{
    command::{Done, Reply, Request},
    refusal::{refusal, unconfirmed},
    views::Views,
};
use crate::store::{AnswerRecord, Commit, JournalRecord};
use domain::{
    UserId,
    api::{ApiError, ErrorCode},
    exchange::{Command, Entry, Exchange, Rejection, Timestamp},
};
use std::collections::HashMap;
use time::{Duration, OffsetDateTime};
use tokio::sync::oneshot;

/// How long a first answer is given again.
const ANSWER_TTL: Duration = Duration::hours(24);

/// First answers, by who asked and what they call it.
pub(super) type Answers = HashMap<(UserId, String), AnswerRecord>;

/// What has been done and is to be kept.
#[derive(Debug, Default)]
pub(super) struct Group {
    views: Views,
    entries: Vec<JournalRecord>,
    answers: Vec<AnswerRecord>,
    replies: Vec<(oneshot::Sender<Reply>, Reply)>,
}

/// The exchange's state fits no longer what is kept: it must be made anew.
#[derive(Debug)]
pub(super) struct Broken;

impl Group {
    /// Carries out a command that nobody waits for.
    pub(super) fn carry_out(
        &mut self,
        exchange: &mut Exchange,
        command: Command,
        now: Timestamp,
    ) -> Result<(), Broken> {
        match exchange.execute(command, now) {
            Ok(entries) => self.enter(exchange, &entries),
            Err(Rejection::Broken(corrupt)) => {
                tracing::error!(%corrupt, "the exchange has made a mistake");
                Err(Broken)
            }
            Err(_refused) => Ok(()),
        }
    }

    /// Answers a question once what it may have seen is kept.
    pub(super) fn reply(&mut self, reply: oneshot::Sender<Reply>, answer: Reply) {
        self.replies.push((reply, answer));
    }

    /// Carries out a request, or gives the first answer again. `at` is the exchange's time, which never
    /// goes back; `now` is the clock's.
    pub(super) fn answer(
        &mut self,
        exchange: &mut Exchange,
        request: Request,
        reply: oneshot::Sender<Reply>,
        known: &mut Answers,
        now: OffsetDateTime,
        at: Timestamp,
    ) -> Result<(), Broken> {
        let Ok(digest) = request.digest() else {
            let _gone = reply.send(Err(unconfirmed()));
            return Ok(());
        };
        let name = request.key.clone().map(|key| (request.user, key));
        if let Some(first) = name.as_ref().and_then(|name| known.get(name)) {
            self.replies.push((reply, again(first, &digest)));
            return Ok(());
        }
        let outcome = exchange.execute(request.command, at);
        let (answer, lasts) = match outcome {
            Ok(entries) => {
                self.enter(exchange, &entries)?;
                (Ok(self.views.done(&entries)), true)
            }
            Err(Rejection::Broken(corrupt)) => {
                tracing::error!(%corrupt, "the exchange has made a mistake");
                let _gone = reply.send(Err(unconfirmed()));
                return Err(Broken);
            }
            // What was refused for the moment may be asked for again.
            Err(rejection) => {
                let lasts = rejection != Rejection::PriceStale;
                (Err(refusal(exchange, &rejection)), lasts)
            }
        };
        if let (Some((user, key)), true) = (name, lasts)
            && let Ok(text) = serde_json::to_string(&answer)
        {
            let record = AnswerRecord {
                user,
                key: key.clone(),
                digest,
                answer: text,
                expires_at: now + ANSWER_TTL,
            };
            known.insert((user, key), record.clone());
            self.answers.push(record);
        }
        self.replies.push((reply, answer));
        Ok(())
    }

    fn enter(&mut self, exchange: &Exchange, entries: &[Entry]) -> Result<(), Broken> {
        for entry in entries {
            let event = serde_json::to_string(&entry.event).map_err(|error| {
                tracing::error!(%error, "an event can't be written");
                Broken
            })?;
            self.entries.push(JournalRecord {
                sequence: entry.sequence,
                at: entry.at.millis(),
                event,
            });
        }
        self.views.enter(exchange, entries);
        Ok(())
    }

    /// Whether there is nothing to keep.
    pub(super) const fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.answers.is_empty()
    }

    /// What is to be kept.
    pub(super) fn commit(&mut self, exchange: &Exchange) -> Commit {
        Commit {
            entries: std::mem::take(&mut self.entries),
            answers: std::mem::take(&mut self.answers),
            ..self.views.take(exchange)
        }
    }

    /// Tells everybody what has come of it.
    pub(super) fn confirm(self) {
        for (reply, answer) in self.replies {
            let _gone = reply.send(answer);
        }
    }

    /// Tells everybody that nobody knows what has come of it.
    pub(super) fn fail(self) {
        for (reply, _) in self.replies {
            let _gone = reply.send(Err(unconfirmed()));
        }
    }
}

/// The first answer, if the same was asked for.
fn again(first: &AnswerRecord, digest: &[u8; 32]) -> Reply {
    if first.digest != *digest {
        let detail = "This key was used for another request within the last 24 hours.";
        return Err(ApiError::new(ErrorCode::Conflict, detail));
    }
    serde_json::from_str::<Result<Done, ApiError>>(&first.answer).unwrap_or_else(|error| {
        tracing::error!(%error, "a kept answer can't be read");
        Err(unconfirmed())
    })
}
