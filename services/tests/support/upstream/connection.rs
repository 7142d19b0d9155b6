//! One connection of a client to an [`super::Upstream`].

use super::{Command, Shared, Welcome, lock};
use futures_util::{SinkExt, StreamExt};
use std::sync::{Arc, atomic::Ordering};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::broadcast,
    time::interval,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        protocol::CloseFrame,
    },
};

type Socket = WebSocketStream<TcpStream>;

/// Accepts connections until it is aborted.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _peer)) = listener.accept().await {
        shared.accepted.fetch_add(1, Ordering::SeqCst);
        let commands = shared.commands.subscribe();
        tokio::spawn(welcome(stream, Arc::clone(&shared), commands));
    }
}

async fn welcome(
    mut stream: TcpStream,
    shared: Arc<Shared>,
    mut commands: broadcast::Receiver<Command>,
) {
    let welcome = lock(&shared.welcome).clone();
    match welcome {
        Welcome::Accept => upgrade(stream, shared, commands).await,
        Welcome::Answer(status, kind, body) => {
            answer(&mut stream, status, &format!("content-type: {kind}"), body).await;
        }
        Welcome::Busy(seconds) => {
            answer(&mut stream, 429, &format!("retry-after: {seconds}"), "").await;
        }
        Welcome::Hang => {
            // Holds the socket until the server is killed.
            while let Ok(command) = commands.recv().await {
                if matches!(command, Command::Abort) {
                    return;
                }
            }
        }
    }
}

async fn answer(stream: &mut TcpStream, status: u16, header: &str, body: &str) {
    // The client is read first: closing with unread data would reset the connection.
    let mut request = [0; 4096];
    let _read = stream.read(&mut request).await;
    let answer = format!(
        "HTTP/1.1 {status} Whatever\r\n{header}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _written = stream.write_all(answer.as_bytes()).await;
}

#[expect(
    clippy::result_large_err,
    reason = "the callback's type is the library's"
)]
async fn upgrade(stream: TcpStream, shared: Arc<Shared>, commands: broadcast::Receiver<Command>) {
    let note = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        lock(&shared.requests).push(request.uri().to_string());
        Ok(response)
    };
    let Ok(socket) = accept_hdr_async(stream, note).await else {
        return;
    };
    shared.open.fetch_add(1, Ordering::SeqCst);
    serve(socket, &shared, commands).await;
    shared.open.fetch_sub(1, Ordering::SeqCst);
}

async fn serve(mut socket: Socket, shared: &Shared, mut commands: broadcast::Receiver<Command>) {
    let mut subscribed = !shared.venue.needs_subscription();
    let mut beat = interval(*lock(&shared.tick_every));
    loop {
        let deaf = *shared.deaf.borrow();
        let outcome = tokio::select! {
            command = commands.recv() => match command {
                Ok(Command::Send(message)) => socket.send(message).await,
                Ok(Command::Close(code)) => {
                    let frame = CloseFrame { code: code.into(), reason: "".into() };
                    socket.close(Some(frame)).await
                }
                // A test that commands faster than this loop runs finds out by the lost connection.
                Ok(Command::Abort) | Err(_) => return reset(&socket),
            },
            message = socket.next(), if !deaf => match message {
                Some(Ok(message)) => receive(&mut socket, &message, shared, &mut subscribed).await,
                Some(Err(error)) => Err(error),
                None => return,
            },
            _ = beat.tick(), if subscribed => beat_once(&mut socket, shared).await,
        };
        if outcome.is_err() {
            return;
        }
    }
}

type Sent = Result<(), tokio_tungstenite::tungstenite::Error>;

async fn receive(
    socket: &mut Socket,
    message: &Message,
    shared: &Shared,
    subscribed: &mut bool,
) -> Sent {
    match message {
        Message::Text(text) => {
            lock(&shared.received).push(text.to_string());
            let (answers, now_subscribed) = shared.venue.answer(text, shared);
            *subscribed = now_subscribed;
            for answer in answers {
                socket.send(Message::text(answer)).await?;
            }
        }
        Message::Pong(_) => {
            shared.pongs.fetch_add(1, Ordering::SeqCst);
        }
        _ => {}
    }
    Ok(())
}

async fn beat_once(socket: &mut Socket, shared: &Shared) -> Sent {
    let frames = if *shared.ticking.borrow() {
        shared.venue.ticks(&lock(&shared.prices))
    } else {
        shared.venue.heartbeat().into_iter().collect()
    };
    for frame in frames {
        socket.feed(Message::text(frame)).await?;
    }
    socket.flush().await
}

/// The client sees a reset instead of an orderly end.
fn reset(socket: &Socket) {
    let _set = socket.get_ref().set_zero_linger();
}
