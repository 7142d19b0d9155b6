//! What is answered to a client's message.

use super::{
    client::Client,
    disconnect::Disconnect,
    encode,
    frame::Incoming,
    hub::Shared,
    message::{self, quoted},
};
use bytes::Bytes;
use domain::{
    CoinId,
    stream::{ClientMessage, ServerMessage},
};
use std::{collections::BTreeSet, sync::Arc};
use time::OffsetDateTime;

/// What to do about a message.
#[derive(Debug)]
pub(super) enum Answer {
    Nothing,
    Reply(Bytes),
    /// The end, after last words.
    Close(Disconnect, Option<Bytes>),
}

pub(super) fn answer(shared: &Arc<Shared>, client: &Arc<Client>, incoming: Incoming) -> Answer {
    match incoming {
        Incoming::Text(text) => match message::parse(&text) {
            Ok(ClientMessage::Ping {}) => pong(),
            Ok(ClientMessage::Subscribe { symbols }) => subscribe(shared, client, &symbols),
            Err(reason) => refuse("bad_message", reason),
        },
        Incoming::Binary => refuse(
            "bad_message",
            "Messages must be JSON text, not binary.".to_owned(),
        ),
        Incoming::Ping(payload) => Answer::Reply(encode::pong(&payload)),
        Incoming::Pong => {
            client.update(shared, |out| out.unanswered = 0);
            Answer::Nothing
        }
        Incoming::Close(code) => Answer::Close(Disconnect::ByClient(code), None),
    }
}

fn pong() -> Answer {
    let timestamp = OffsetDateTime::now_utc();
    match encode::json(&ServerMessage::Pong { timestamp }) {
        Ok(frame) => Answer::Reply(frame),
        Err(error) => {
            tracing::error!(%error, "cannot encode a pong");
            Answer::Nothing
        }
    }
}

fn subscribe(shared: &Arc<Shared>, client: &Arc<Client>, symbols: &[String]) -> Answer {
    if symbols.is_empty() {
        let message = "symbols: name at least one coin, by id or ticker.";
        return refuse("bad_message", message.to_owned());
    }
    let mut coins = BTreeSet::<CoinId>::new();
    for symbol in symbols {
        let Some(coin) = shared.resolve(symbol) else {
            let message = format!("symbols: there is no coin called {}.", quoted(symbol));
            return refuse("unknown_coin", message);
        };
        coins.insert(coin);
    }
    let selection = shared.selection(coins);
    client.update(shared, |out| {
        out.selection = Some(selection);
        out.full_due = true;
    });
    Answer::Nothing
}

fn refuse(code: &str, message: String) -> Answer {
    let code = code.to_owned();
    let words = encode::json(&ServerMessage::Error { code, message }).ok();
    Answer::Close(Disconnect::BadMessage, words)
}
