//! Thousands of WebSocket clients in one process, cheap enough that the server is the one at work.

use super::{
    frames::{Frame, Frames, pong},
    tally::{Heard, Place, Tally, lock},
};
use crate::failure::Result;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

/// Connections that are opened at the same time; the queues of some peers are short.
const AT_ONCE: usize = 64;
const ATTEMPTS: usize = 20;
const RETRY_AFTER: Duration = Duration::from_millis(100);
const MAX_HANDSHAKE: Duration = Duration::from_secs(10);
/// Source addresses, each with ports of its own.
const ADDRESSES: usize = 16;
const POLL_EVERY: Duration = Duration::from_millis(2);
/// RFC 6455's own example; there are no proxies here that a random one would protect from.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// Clients that listen. Dropping it disconnects them.
#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) size: usize,
    tally: Arc<Mutex<Tally>>,
    _clients: JoinSet<()>,
}

impl Fleet {
    /// Connects `size` clients.
    pub(super) async fn connect(address: SocketAddr, size: usize) -> Result<Self> {
        let tally = Arc::new(Tally::new());
        let opened = stream::iter(0..size).map(|number| open(address, number, None));
        let mut opened = opened.buffer_unordered(AT_ONCE);
        let mut clients = JoinSet::new();
        while let Some((stream, early)) = opened.try_next().await? {
            clients.spawn(listen(stream, early, Arc::clone(&tally)));
        }
        Ok(Self {
            size,
            tally,
            _clients: clients,
        })
    }

    /// Forgets what was heard; from now on texts of `least` bytes or more count as messages.
    pub(super) fn begin(&self, least: usize) {
        lock(&self.tally).begin(least);
    }

    /// To be called right before a message is told.
    pub(super) fn tell(&self) {
        lock(&self.tally).tell();
    }

    /// Waits until everybody has all of `messages`.
    pub(super) async fn have(&self, messages: usize, patience: Duration) -> Result<()> {
        let started = Instant::now();
        loop {
            let last = {
                let tally = lock(&self.tally);
                if let Some((count, reason)) = tally.ended() {
                    return Err(format!("{count} clients are disconnected: {reason}").into());
                }
                tally.arrived(messages - 1)
            };
            if last == self.size {
                return self.same(messages);
            }
            if started.elapsed() > patience {
                let size = self.size;
                let what = format!("message {messages} of {messages} reached {last} of {size}");
                return Err(format!("{what} clients within {patience:?}").into());
            }
            sleep(POLL_EVERY).await;
        }
    }

    /// How many messages everybody heard since [`Self::begin`].
    pub(super) fn messages(&self) -> Result<usize> {
        let messages = lock(&self.tally).messages();
        self.same(messages)?;
        Ok(messages)
    }

    /// The figures since [`Self::begin`].
    pub(super) fn heard(&self) -> Heard {
        lock(&self.tally).heard()
    }

    fn same(&self, messages: usize) -> Result<()> {
        let tally = lock(&self.tally);
        let heard = tally.messages();
        if heard != messages {
            return Err(format!("{messages} messages were sent, but {heard} heard").into());
        }
        for number in 0..messages {
            let (arrived, size) = (tally.arrived(number), self.size);
            if arrived != size {
                let number = number + 1;
                return Err(format!("message {number} reached {arrived} of {size} clients").into());
            }
        }
        Ok(())
    }
}

/// Connects one client and shakes hands; what came right behind the answer is returned too.
/// `window` limits what the kernel takes in while the client does not read.
pub(super) async fn open(
    address: SocketAddr,
    number: usize,
    window: Option<u32>,
) -> Result<(TcpStream, Vec<u8>)> {
    let mut attempt = 1;
    loop {
        let opened = timeout(MAX_HANDSHAKE, handshake(address, number, window)).await;
        let error = match opened {
            Ok(Ok(opened)) => return Ok(opened),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer to the handshake within {MAX_HANDSHAKE:?}"),
        };
        if attempt == ATTEMPTS {
            return Err(format!("client {number} can't connect: {error}").into());
        }
        attempt += 1;
        sleep(RETRY_AFTER).await;
    }
}

async fn handshake(
    address: SocketAddr,
    number: usize,
    window: Option<u32>,
) -> Result<(TcpStream, Vec<u8>)> {
    let socket = TcpSocket::new_v4()?;
    if let Some(window) = window {
        socket.set_recv_buffer_size(window)?;
    }
    let last = u8::try_from(2 + number % ADDRESSES)?;
    socket.bind((IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0).into())?;
    let mut stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET /ws/prices HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(4096);
    loop {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        if let Some(end) = end {
            if !answer.starts_with(b"HTTP/1.1 101") {
                let line = answer.split(|byte| *byte == b'\r').next();
                let line = String::from_utf8_lossy(line.unwrap_or_default());
                return Err(format!("the handshake is answered with {line}").into());
            }
            return Ok((stream, answer.split_off(end + 4)));
        }
    }
}

/// Counts what comes until the connection ends.
async fn listen(stream: TcpStream, early: Vec<u8>, tally: Arc<Mutex<Tally>>) {
    let (mut frames, mut place) = (Frames::default(), Place::default());
    let mut outcome = take(&stream, &mut frames, &mut place, &mut lock(&tally), &early);
    drop(early);
    while let Ok(()) = outcome {
        outcome = match stream.readable().await {
            Ok(()) => drain(&stream, &mut frames, &mut place, &mut lock(&tally)),
            Err(error) => Err(error.to_string()),
        };
    }
    if let Err(reason) = outcome {
        lock(&tally).end(reason);
    }
}

fn drain(
    stream: &TcpStream,
    frames: &mut Frames,
    place: &mut Place,
    tally: &mut Tally,
) -> std::result::Result<(), String> {
    let mut scratch = std::mem::take(&mut tally.scratch);
    let outcome = match stream.try_read(&mut scratch) {
        Ok(0) => Err("the server hung up".to_owned()),
        Ok(length) => {
            let bytes = scratch.get(..length).unwrap_or_default();
            take(stream, frames, place, tally, bytes)
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error.to_string()),
    };
    tally.scratch = scratch;
    outcome
}

fn take(
    stream: &TcpStream,
    frames: &mut Frames,
    place: &mut Place,
    tally: &mut Tally,
    bytes: &[u8],
) -> std::result::Result<(), String> {
    tally.read(bytes.len());
    let mut end = Ok(());
    frames.push(bytes, |frame| {
        match &frame {
            Frame::Ping(payload) => {
                // A pong has room in any socket that is read.
                let _written = stream.try_write(&pong(payload));
            }
            Frame::Close(code) => end = Err(format!("the server closed with {code:?}")),
            Frame::Text(_) | Frame::Pong => {}
        }
        tally.hear(place, &frame);
    })?;
    end
}
