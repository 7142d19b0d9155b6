//! One connected client: its socket and what is to be written to it. Whoever has something to say
//! (the hub, the session, a ping) writes at once without waiting; only when the socket is full a
//! task is started that waits for it.

use super::{
    disconnect::Disconnect,
    flush,
    frame::Decoder,
    hub::Shared,
    outgoing::{End, Outgoing},
    selection::{Selection, lock},
    update::Broadcast,
};
use bytes::{Buf, Bytes};
use socket2::SockRef;
use std::{
    io,
    net::Shutdown,
    sync::{Arc, Mutex},
};
use tokio::{net::TcpStream, sync::Notify};

/// Read at a time. On the stack, so idle sockets have no buffer.
const READ_CHUNK: usize = 2048;
/// What the kernel may hold for one client, in bytes (it doubles the figure for its bookkeeping).
/// Small on purpose: what lies there is old news for a slow client.
const SEND_BUFFER: usize = 32 * 1024;

/// Lets the kernel hold little for a client: whoever takes nothing is found out soon.
pub(super) fn keep_little(stream: &TcpStream) {
    if let Err(error) = SockRef::from(stream).set_send_buffer_size(SEND_BUFFER) {
        tracing::debug!(%error, "cannot set SO_SNDBUF");
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Client {
    stream: TcpStream,
    out: Mutex<Outgoing>,
    /// Wakes the session: the reply slot is free, or the end has come.
    wake: Notify,
}

/// Where writing got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// Everything is said.
    All,
    /// The socket is full; whether it took anything before that.
    Blocked { some: bool },
}

impl Client {
    pub(super) fn new(stream: TcpStream, selection: Option<Arc<Selection>>) -> Arc<Self> {
        keep_little(&stream);
        Arc::new(Self {
            stream,
            out: Mutex::new(Outgoing::new(selection)),
            wake: Notify::new(),
        })
    }

    pub(super) const fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub(super) const fn wake(&self) -> &Notify {
        &self.wake
    }

    /// Changes what is due and writes as much as the socket takes.
    pub(super) fn update(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
        change: impl FnOnce(&mut Outgoing),
    ) {
        let mut out = lock(&self.out);
        change(&mut out);
        self.write(shared, &mut out);
    }

    /// Writes a broadcast, or notes it as due. Returns the number of bytes written of it.
    pub(super) fn deliver(self: &Arc<Self>, shared: &Arc<Shared>, broadcast: &Broadcast) -> usize {
        let mut out = lock(&self.out);
        let mut sent = 0;
        if let Some(frame) = out.take(broadcast) {
            let frame = frame.as_ref();
            // This is the hot path: one system call, no copy and no look at what the runtime knows
            // of the socket, for a client that keeps up. Whatever fails is tried again below.
            if let Ok(bytes) = SockRef::from(&self.stream).send(frame) {
                sent = bytes;
            }
            if sent == frame.len() {
                return sent;
            }
            out.rest = frame.slice(sent..);
        } else if !out.is_due() {
            return 0;
        }
        self.write(shared, &mut out);
        sent
    }

    /// Asks for a close frame, after `last_words` if there are any. The first reason stands.
    pub(super) fn close(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
        reason: Disconnect,
        last_words: Option<Bytes>,
    ) {
        self.update(shared, |out| {
            if out.end == End::Open {
                out.end = End::Asked(reason);
                out.reply = last_words.unwrap_or_default();
            }
        });
        self.wake.notify_one();
    }

    /// Gives up: whatever was to be written is not.
    pub(super) fn abandon(&self, reason: Disconnect) {
        self.fail(&mut lock(&self.out), reason);
        // Wakes a task that waits for the socket to become writable.
        let _already_closed = SockRef::from(&self.stream).shutdown(Shutdown::Both);
    }

    /// How far the end has come.
    pub(super) fn end(&self) -> End {
        lock(&self.out).end
    }

    /// Writes an answer to the client's message as soon as the one before it is on its way.
    /// `false` when the connection is ending.
    pub(super) async fn reply(self: &Arc<Self>, shared: &Arc<Shared>, frame: &Bytes) -> bool {
        loop {
            {
                let mut out = lock(&self.out);
                if out.end != End::Open {
                    return false;
                }
                if out.reply.is_empty() {
                    out.reply = frame.clone();
                    self.write(shared, &mut out);
                    return true;
                }
            }
            self.wake.notified().await;
        }
    }

    /// Moves what has arrived to the decoder. `false` at the end of the stream.
    ///
    /// # Errors
    /// As the socket's; `WouldBlock` is none.
    pub(super) fn read(&self, decoder: &mut Decoder) -> io::Result<bool> {
        let mut chunk = [0; READ_CHUNK];
        match self.stream.try_read(&mut chunk) {
            Ok(0) => Ok(false),
            Ok(length) => {
                decoder.push(chunk.get(..length).unwrap_or_default());
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Continues after the socket became writable; ends the blocked state when all is said.
    pub(super) fn resume(&self, shared: &Shared) -> Written {
        let mut out = lock(&self.out);
        let written = self.pump(shared, &mut out);
        out.blocked = written != Written::All;
        written
    }

    fn write(self: &Arc<Self>, shared: &Arc<Shared>, out: &mut Outgoing) {
        if !out.blocked && self.pump(shared, out) != Written::All {
            out.blocked = true;
            shared.spawn(flush::run(Arc::clone(shared), Arc::clone(self)));
        }
    }

    fn pump(&self, shared: &Shared, out: &mut Outgoing) -> Written {
        let mut some = false;
        loop {
            while !out.rest.is_empty() {
                match self.stream.try_write(&out.rest) {
                    Ok(length) if length > 0 => {
                        some = true;
                        out.rest.advance(length);
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        return Written::Blocked { some };
                    }
                    Ok(_) | Err(_) => self.fail(out, Disconnect::Gone),
                }
            }
            let replying = !out.reply.is_empty();
            let ending = out.end != End::Open;
            // An empty `Bytes` that was advanced still holds its buffer: always replace it.
            let Some(next) = out.next(shared) else {
                out.rest = Bytes::new();
                if ending {
                    self.wake.notify_one();
                }
                return Written::All;
            };
            out.rest = next;
            if replying {
                self.wake.notify_one();
            }
        }
    }

    fn fail(&self, out: &mut Outgoing, reason: Disconnect) {
        let reason = match out.end {
            End::Open => reason,
            End::Asked(reason) | End::Told(reason) | End::Done(reason) => reason,
        };
        out.end = End::Done(reason);
        out.rest = Bytes::new();
        out.reply = Bytes::new();
        self.wake.notify_one();
    }
}
