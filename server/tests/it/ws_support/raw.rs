//! A client that writes bytes of its own.

use super::{Outcome, PATIENCE, Rig};
use domain::stream::ServerMessage;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    received: Vec<u8>,
}

/// A server frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    pub(crate) fn close_code(&self) -> Option<u16> {
        let code = self.payload.first_chunk::<2>()?;
        (self.opcode == 8).then(|| u16::from_be_bytes(*code))
    }

    pub(crate) fn message(&self) -> Outcome<ServerMessage> {
        Ok(serde_json::from_slice(&self.payload)?)
    }
}

/// A masked client frame.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0xA1, 0xB2, 0xC3, 0xD4];
    let mut bytes = vec![first];
    match u16::try_from(payload.len()) {
        Ok(length) if length < 126 => bytes.push(0x80 | payload.len() as u8),
        Ok(length) => {
            bytes.push(0xFE);
            bytes.extend(length.to_be_bytes());
        }
        Err(_) => {
            bytes.push(0xFF);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
    bytes
}

impl Raw {
    pub(crate) async fn open(address: SocketAddr, receive_buffer: Option<u32>) -> Outcome<Self> {
        let socket = TcpSocket::new_v4()?;
        if let Some(size) = receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        Ok(Self {
            stream: socket.connect(address).await?,
            received: Vec::new(),
        })
    }

    /// Connects, shakes hands and sends `early` in the same packet as the request.
    pub(crate) async fn connect(rig: &Rig, early: &[u8], buffer: Option<u32>) -> Outcome<Self> {
        let mut raw = Self::open(rig.address, buffer).await?;
        let request = format!(
            "GET /ws/prices HTTP/1.1\r\nHost: {}\r\nConnection: keep-alive, Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n",
            rig.address
        );
        raw.send(&[request.as_bytes(), early].concat()).await?;
        let head = raw.head().await?;
        if !head.starts_with("HTTP/1.1 101 ") {
            return Err(head.into());
        }
        Ok(raw)
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> Outcome {
        Ok(self.stream.write_all(bytes).await?)
    }

    /// The answer's status line and headers.
    pub(crate) async fn head(&mut self) -> Outcome<String> {
        loop {
            let end = self
                .received
                .windows(4)
                .position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let rest = self.received.split_off(end + 4);
                let head = std::mem::replace(&mut self.received, rest);
                return Ok(String::from_utf8(head)?);
            }
            if !self.fill().await? {
                return Err("the connection ended inside the answer".into());
            }
        }
    }

    /// The next frame that is no ping, `None` at the end of the connection.
    pub(crate) async fn frame(&mut self) -> Outcome<Option<Frame>> {
        loop {
            match self.any_frame().await? {
                Some(frame) if frame.opcode == 9 => {}
                other => return Ok(other),
            }
        }
    }

    /// The next frame, pings included.
    pub(crate) async fn any_frame(&mut self) -> Outcome<Option<Frame>> {
        loop {
            if let Some((frame, length)) = parse(&self.received)? {
                self.received.drain(..length);
                return Ok(Some(frame));
            }
            if !self.fill().await? {
                return match self.received.is_empty() {
                    true => Ok(None),
                    false => Err("the connection ended inside a frame".into()),
                };
            }
        }
    }

    /// Reads some bytes, at most `size`, and forgets them.
    pub(crate) async fn skip(&mut self, size: usize) -> Outcome<usize> {
        let mut chunk = vec![0; size];
        Ok(timeout(PATIENCE, self.stream.read(&mut chunk)).await??)
    }

    /// Skips to the close frame; its code, and that the server then ends the connection.
    pub(crate) async fn closed(&mut self) -> Outcome<u16> {
        let mut code = None;
        while let Some(frame) = self.frame().await? {
            if code.is_some() {
                return Err(format!("a frame after the close frame: {frame:?}").into());
            }
            code = frame.close_code();
        }
        Ok(code.ok_or("ended without a close frame")?)
    }

    async fn fill(&mut self) -> Outcome<bool> {
        let mut chunk = [0; 4 * 1024];
        let length = timeout(PATIENCE, self.stream.read(&mut chunk)).await??;
        self.received
            .extend(chunk.get(..length).unwrap_or_default());
        Ok(length > 0)
    }
}

fn parse(bytes: &[u8]) -> Outcome<Option<(Frame, usize)>> {
    let (Some(first), Some(&short)) = (bytes.first(), bytes.get(1)) else {
        return Ok(None);
    };
    if short & 0x80 != 0 || first & 0xF0 != 0x80 {
        return Err("a server frame must be whole, plain and unmasked".into());
    }
    let extended = bytes.get(2..).unwrap_or_default();
    let (length, start) = match short {
        126 => match extended.first_chunk::<2>() {
            Some(length) => (usize::from(u16::from_be_bytes(*length)), 4),
            None => return Ok(None),
        },
        127 => return Err("a server frame of more than 64 KiB".into()),
        short => (usize::from(short), 2),
    };
    let Some(payload) = bytes.get(start..start + length) else {
        return Ok(None);
    };
    let frame = Frame {
        opcode: first & 0x0F,
        payload: payload.to_vec(),
    };
    Ok(Some((frame, start + length)))
}
