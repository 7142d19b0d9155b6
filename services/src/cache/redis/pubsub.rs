//! One connection per subscription, kept alive by itself.

use super::{RedisTimeouts, link::within};
use crate::cache::{Subscription, mailbox::Mailbox};
use bytes::Bytes;
use futures_util::StreamExt;
use redis::{
    Client, Msg, RedisResult,
    aio::{PubSubSink, PubSubStream},
};
use std::time::Duration;
use tokio::time::{interval, sleep};

/// First pause between attempts to reconnect; doubles up to [`LAST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(2);

struct Line {
    sink: PubSubSink,
    stream: PubSubStream,
}

/// Subscribes and starts the task that forwards messages until the reader is gone.
pub(super) async fn subscribe(
    client: Client,
    timeouts: RedisTimeouts,
    channel: String,
) -> RedisResult<Subscription> {
    let line = connect(&client, timeouts, &channel).await?;
    let (mailbox, subscription) = Mailbox::new();
    tokio::spawn(keep(client, timeouts, channel, line, mailbox));
    Ok(subscription)
}

async fn connect(client: &Client, timeouts: RedisTimeouts, channel: &str) -> RedisResult<Line> {
    within(timeouts.total(), async {
        let pubsub = within(timeouts.connect, client.get_async_pubsub()).await?;
        let (mut sink, stream) = pubsub.split();
        sink.subscribe(channel).await?;
        Ok(Line { sink, stream })
    })
    .await
}

async fn keep(
    client: Client,
    timeouts: RedisTimeouts,
    channel: String,
    mut line: Line,
    mut mailbox: Mailbox,
) {
    while forward(&mut line, timeouts, &mut mailbox).await == Ended::ConnectionLost {
        tracing::warn!(channel, "the cache subscription was lost; reconnecting");
        tokio::select! {
            () = mailbox.closed() => return,
            again = reconnect(&client, timeouts, &channel) => line = again,
        }
        tracing::info!(channel, "the cache subscription is back");
        mailbox.note_missed();
    }
}

#[derive(PartialEq, Eq)]
enum Ended {
    ReaderGone,
    ConnectionLost,
}

async fn forward(line: &mut Line, timeouts: RedisTimeouts, mailbox: &mut Mailbox) -> Ended {
    let mut checks = interval(timeouts.check);
    loop {
        tokio::select! {
            () = mailbox.closed() => return Ended::ReaderGone,
            message = line.stream.next() => match message {
                Some(message) => mailbox.deliver(payload(&message)),
                None => return Ended::ConnectionLost,
            },
            _ = checks.tick() => {
                let answer: RedisResult<redis::Value> =
                    within(timeouts.response, line.sink.ping()).await;
                if answer.is_err() {
                    return Ended::ConnectionLost;
                }
            }
        }
    }
}

async fn reconnect(client: &Client, timeouts: RedisTimeouts, channel: &str) -> Line {
    let mut pause = FIRST_PAUSE;
    loop {
        match connect(client, timeouts, channel).await {
            Ok(line) => return line,
            Err(_down) => {
                metrics::counter!("cryptovault_cache_errors_total", "operation" => "resubscribe")
                    .increment(1);
                sleep(pause).await;
                pause = (pause * 2).min(LAST_PAUSE);
            }
        }
    }
}

fn payload(message: &Msg) -> Bytes {
    Bytes::copy_from_slice(message.get_payload_bytes())
}
