//! One client's conversation, from the first update to the last byte.

use super::{
    client::Client,
    conversation::{self, Answer},
    disconnect::Disconnect,
    frame::Decoder,
    hub::Shared,
    outgoing::End,
    pace::Pace,
    selection::Selection,
    upgrade::Socket,
};
use bytes::Bytes;
use metrics::counter;
use socket2::SockRef;
use std::{io, net::Shutdown, sync::Arc};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};

/// Read and thrown away after the close frame, so that the kernel does not answer bytes nobody
/// reads with a reset, which could overtake the close frame. A client that sends more is cut off.
const DISCARD_LIMIT: usize = 64 * 1024;

/// Everything a session starts from.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) socket: Socket,
    pub(super) selection: Option<Arc<Selection>>,
}

/// Serves a client until either side ends it.
pub(super) async fn run(shared: Arc<Shared>, opening: Opening) {
    let Socket {
        stream,
        early,
        permit: _permit,
    } = opening.socket;
    let client = Client::new(stream, opening.selection);
    let _seat = shared.seat(&client);
    // Says what is due at the start: all prices, then the status.
    client.update(&shared, |_| {});
    let reason = listen(&shared, &client, early).await;
    counter!("cryptovault_websocket_disconnects_total", "reason" => reason.label()).increment(1);
    tracing::debug!(reason = reason.label(), "socket ended");
    finish(&shared, &client, reason).await;
}

async fn listen(shared: &Arc<Shared>, client: &Arc<Client>, early: Bytes) -> Disconnect {
    let limits = shared.limits();
    let mut pace = Pace::new(limits.message_burst, limits.message_every, Instant::now());
    let mut resume = None;
    let mut decoder = Decoder::default();
    decoder.push(&early);
    // It is a part of the 8 KiB that HTTP was read into, and keeps all of them, even when empty.
    drop(early);
    loop {
        while resume.is_none() {
            let incoming = match decoder.message() {
                Ok(Some(incoming)) => incoming,
                Ok(None) => break,
                Err(violation) => return Disconnect::Violation(violation),
            };
            let now = Instant::now();
            resume = Some(pace.next(now)).filter(|resume| *resume > now);
            match conversation::answer(shared, client, incoming) {
                Answer::Nothing => {}
                Answer::Reply(frame) => {
                    if !client.reply(shared, &frame).await {
                        break;
                    }
                }
                Answer::Close(reason, last_words) => {
                    client.close(shared, reason, last_words);
                    return reason;
                }
            }
        }
        match client.end() {
            End::Open => {}
            End::Asked(reason) | End::Told(reason) | End::Done(reason) => return reason,
        }
        tokio::select! {
            () = sleep_until(resume.unwrap_or_else(Instant::now)), if resume.is_some() => resume = None,
            ready = client.stream().readable(), if resume.is_none() => {
                if !ready.and_then(|()| client.read(&mut decoder)).unwrap_or(false) {
                    return Disconnect::Gone;
                }
            }
            () = client.wake().notified() => {}
        }
    }
}

/// Sends the close frame, gives the client time to take it and to close its side.
async fn finish(shared: &Arc<Shared>, client: &Arc<Client>, reason: Disconnect) {
    let patience = shared.limits().close_timeout;
    if reason != Disconnect::Gone {
        client.close(shared, reason, None);
        if timeout(patience, told(client)).await.is_ok() {
            let socket = SockRef::from(client.stream());
            if socket.shutdown(Shutdown::Write).is_ok() {
                let _in_time = timeout(patience, discard(client.stream())).await;
            }
        }
    }
    client.abandon(reason);
}

async fn told(client: &Client) {
    while !matches!(client.end(), End::Done(_)) {
        client.wake().notified().await;
    }
}

pub(super) async fn discard(stream: &TcpStream) {
    let mut left = DISCARD_LIMIT;
    while left > 0 && stream.readable().await.is_ok() {
        let mut chunk = [0; 4096];
        match stream.try_read(&mut chunk) {
            Ok(0) => return,
            Ok(length) => left = left.saturating_sub(length),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An idle socket is a task and a client; with the runtime's own bookkeeping, below 5 KiB.
    #[test]
    fn an_idle_session_is_small() {
        fn size<F>(_: fn(Arc<Shared>, Opening) -> F) -> usize {
            size_of::<F>()
        }
        assert!(size(run) <= 1024, "task: {} bytes", size(run));
        assert!(
            size_of::<Client>() <= 512,
            "client: {}",
            size_of::<Client>()
        );
    }
}
