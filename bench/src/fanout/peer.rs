//! The two peers that are written in Rust: the loop that does nothing but write, and axum with a
//! broadcast channel, the way one writes it first. Every line on standard input sends the message;
//! at its end the program ends.

use crate::failure::Result;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
    serve::ListenerExt,
};
use clap::Args;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::{
    fs,
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};
use tokio::sync::broadcast;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};

/// Bytes read at a time, instead of the default of 128 KiB per socket.
const READ_BUFFER: usize = 4096;
/// Messages a client of the channel may be behind.
const CHANNEL: usize = 64;
const MAX_HANDSHAKE: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(crate) struct Peer {
    /// Address to listen on
    #[arg(long)]
    listen: SocketAddr,
    /// File with the text message
    #[arg(long)]
    message: PathBuf,
}

impl Peer {
    /// Writes one prepared frame to every socket in turn: what the kernel asks for, and no more.
    pub(crate) fn bare_loop(&self) -> Result<()> {
        static SOCKETS: Mutex<Vec<TcpStream>> = Mutex::new(Vec::new());
        let frame = frame(&fs::read(&self.message)?)?;
        let listener = TcpListener::bind(self.listen)?;
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever does not shake hands gets nothing.
                if let Ok(stream) = shake_hands(stream) {
                    let mut sockets = SOCKETS.lock().unwrap_or_else(PoisonError::into_inner);
                    sockets.push(stream);
                }
            }
        });
        for line in io::stdin().lines() {
            line?;
            let mut sockets = SOCKETS.lock().unwrap_or_else(PoisonError::into_inner);
            sockets.retain_mut(|socket| socket.write_all(&frame).is_ok());
        }
        Ok(())
    }

    /// A task for each socket, which waits for the channel and for the client.
    pub(crate) async fn naive_axum(self) -> Result<()> {
        let message = fs::read_to_string(&self.message)?;
        let (sender, _) = broadcast::channel::<String>(CHANNEL);
        let messages = sender.clone();
        thread::spawn(move || {
            for _ in io::stdin().lines().map_while(io::Result::ok) {
                // Nobody may be connected yet.
                let _listeners = messages.send(message.clone());
            }
            std::process::exit(0);
        });
        let router = Router::new()
            .route("/ws/prices", get(upgrade))
            .with_state(sender);
        let listener = tokio::net::TcpListener::bind(self.listen).await?;
        let listener = listener.tap_io(|stream| {
            // It only delays answers when it fails.
            let _set = stream.set_nodelay(true);
        });
        Ok(axum::serve(listener, router).await?)
    }
}

fn shake_hands(mut stream: TcpStream) -> Result<TcpStream> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(MAX_HANDSHAKE))?;
    let (mut request, mut chunk) = (Vec::new(), [0; 1024]);
    while !request.ends_with(b"\r\n\r\n") {
        let length = stream.read(&mut chunk)?;
        request.extend_from_slice(chunk.get(..length).unwrap_or_default());
        if length == 0 {
            return Err("cut handshake".into());
        }
    }
    let request = String::from_utf8(request)?;
    let key = request
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    let accept = derive_accept_key(key.ok_or("no key")?.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes())?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

/// A text frame of 126 to 65535 bytes.
fn frame(text: &[u8]) -> Result<Vec<u8>> {
    let length = u16::try_from(text.len()).map_err(|_| "the message is too long")?;
    if length < 126 {
        return Err("the message is too short".into());
    }
    let mut frame = vec![0x81, 126];
    frame.extend(length.to_be_bytes());
    frame.extend_from_slice(text);
    Ok(frame)
}

/// What axum's own WebSocket does, without its feature: that would be compiled into our server too.
async fn upgrade(
    State(sender): State<broadcast::Sender<String>>,
    mut request: Request,
) -> Response {
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY);
    let accept = key.map(|key| derive_accept_key(key.as_bytes()));
    let accept = accept.and_then(|accept| HeaderValue::from_str(&accept).ok());
    let (Some(accept), Some(upgrade)) = (accept, request.extensions_mut().remove::<OnUpgrade>())
    else {
        return StatusCode::UPGRADE_REQUIRED.into_response();
    };
    let messages = sender.subscribe();
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            let small = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
            let io = TokioIo::new(upgraded);
            let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(small));
            converse(socket.await, messages).await;
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

async fn converse(
    mut socket: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>,
    mut messages: broadcast::Receiver<String>,
) {
    loop {
        tokio::select! {
            message = messages.recv() => {
                let Ok(text) = message else { return };
                if socket.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
            incoming = socket.next() => {
                let Some(Ok(_)) = incoming else { return };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fanout::frames::{Frame, Frames};

    #[test]
    fn the_prepared_frame_is_one_text() -> Result<()> {
        for length in [126, 2700, 65_535] {
            let (mut frames, mut heard) = (Frames::default(), Vec::new());
            frames.push(&frame(&vec![b'x'; length])?, |frame| heard.push(frame))?;
            assert_eq!(heard, [Frame::Text(length)]);
        }
        assert!(frame(b"short").is_err() && frame(&[0; 65_536]).is_err());
        Ok(())
    }
}
