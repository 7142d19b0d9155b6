//! Client frames (RFC 6455 §5), strictly: whatever breaks the protocol ends the connection with the
//! close code the RFC names. No extension is negotiated, so reserved bits must be zero.

use domain::stream::{CloseCode, MAX_CLIENT_MESSAGE};

/// Opcode of a continuation frame.
const CONTINUATION: u8 = 0x0;
/// Opcode of a text frame.
pub(super) const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
/// Opcode of a close frame.
pub(super) const CLOSE: u8 = 0x8;
/// Opcode of a ping frame.
pub(super) const PING: u8 = 0x9;
/// Opcode of a pong frame.
pub(super) const PONG: u8 = 0xA;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;
/// Largest payload of a control frame (§5.5).
pub(super) const MAX_CONTROL: usize = 125;

/// One whole thing a client said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text message, its fragments put together.
    Text(String),
    /// A binary message. This server has no use for one, so only the fact is kept.
    Binary,
    /// A ping, to be answered with its payload.
    Ping(Vec<u8>),
    /// A pong; its payload does not matter.
    Pong,
    /// A close frame, with its code if it carries one.
    Close(Option<u16>),
}

/// How a client broke the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// Anything §5 forbids.
    Protocol(&'static str),
    /// Text or a close reason that is not UTF-8.
    InvalidUtf8,
    /// A message over [`MAX_CLIENT_MESSAGE`].
    TooBig,
}

impl Violation {
    /// The close code that answers it.
    #[must_use]
    pub const fn close_code(self) -> u16 {
        match self {
            Self::Protocol(_) => CloseCode::PROTOCOL_ERROR,
            Self::InvalidUtf8 => CloseCode::INVALID_UTF8,
            Self::TooBig => CloseCode::TOO_BIG,
        }
    }

    /// What is said in the close frame.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Protocol(what) => what,
            Self::InvalidUtf8 => "text is not UTF-8",
            Self::TooBig => "message too long",
        }
    }
}

/// Turns a stream of bytes, cut anywhere, into messages.
///
/// Holds at most one unfinished message and what was pushed last; nothing at all between messages.
#[derive(Debug, Default)]
pub struct Decoder {
    input: Vec<u8>,
    /// Bytes of `input` that are done with.
    used: usize,
    unfinished: Option<Unfinished>,
}

#[derive(Debug)]
struct Unfinished {
    text: bool,
    payload: Vec<u8>,
}

struct Header {
    fin: bool,
    opcode: u8,
    mask: [u8; 4],
    /// Where the payload begins and ends in the input.
    payload: std::ops::Range<usize>,
}

impl Decoder {
    /// Takes bytes as they came from the socket.
    pub fn push(&mut self, bytes: &[u8]) {
        self.input.drain(..self.used);
        self.used = 0;
        self.input.extend_from_slice(bytes);
    }

    /// The next message, or `None` until more bytes are pushed.
    ///
    /// # Errors
    /// The first [`Violation`]; nothing after it means anything.
    pub fn message(&mut self) -> Result<Option<Incoming>, Violation> {
        loop {
            let Some(header) = self.header()? else {
                if self.used == self.input.len() {
                    // Idle sockets are the many: they keep no buffer.
                    self.input = Vec::new();
                    self.used = 0;
                }
                return Ok(None);
            };
            let Some(masked) = self.input.get(header.payload.clone()) else {
                return Ok(None);
            };
            let payload = unmask(masked, header.mask);
            self.used = header.payload.end;
            if let Some(message) = self.frame(header.fin, header.opcode, payload)? {
                return Ok(Some(message));
            }
        }
    }

    /// Memory held for unfinished messages, in bytes.
    #[must_use]
    pub fn held(&self) -> usize {
        let message = self.unfinished.as_ref().map_or(0, |u| u.payload.capacity());
        self.input.capacity() + message
    }

    /// Reads and judges the header as far as it has arrived.
    fn header(&self) -> Result<Option<Header>, Violation> {
        let bytes = self.input.get(self.used..).unwrap_or_default();
        let Some(&first) = bytes.first() else {
            return Ok(None);
        };
        let (fin, opcode) = (first & FIN != 0, first & 0x0F);
        self.check_first(first, fin, opcode)?;
        let Some(&second) = bytes.get(1) else {
            return Ok(None);
        };
        if second & MASKED == 0 {
            return Err(Violation::Protocol("client frames must be masked"));
        }
        let Some((length, at)) = payload_length(bytes, second & !MASKED)? else {
            return Ok(None);
        };
        if opcode & 0x8 != 0 && length > MAX_CONTROL {
            return Err(Violation::Protocol("control frame over 125 bytes"));
        }
        let before = self.unfinished.as_ref().map_or(0, |u| u.payload.len());
        if opcode & 0x8 == 0 && length.saturating_add(before) > MAX_CLIENT_MESSAGE {
            return Err(Violation::TooBig);
        }
        let Some(&mask) = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()) else {
            return Ok(None);
        };
        let start = self.used + at + mask.len();
        Ok(Some(Header {
            fin,
            opcode,
            mask,
            payload: start..start + length,
        }))
    }

    fn check_first(&self, first: u8, fin: bool, opcode: u8) -> Result<(), Violation> {
        let wrong = if first & RESERVED != 0 {
            "reserved bit set without an extension"
        } else {
            match (opcode, self.unfinished.is_some()) {
                (CONTINUATION, false) => "continuation of nothing",
                (TEXT | BINARY, true) => "new message inside a fragmented one",
                (CLOSE | PING | PONG, _) if !fin => "fragmented control frame",
                (CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG, _) => return Ok(()),
                _ => "unknown opcode",
            }
        };
        Err(Violation::Protocol(wrong))
    }

    /// Handles one whole frame; `None` when it does not complete a message.
    fn frame(
        &mut self,
        fin: bool,
        opcode: u8,
        payload: Vec<u8>,
    ) -> Result<Option<Incoming>, Violation> {
        match opcode {
            PING => return Ok(Some(Incoming::Ping(payload))),
            PONG => return Ok(Some(Incoming::Pong)),
            CLOSE => return close(&payload).map(Some),
            _ => {}
        }
        let mut message = self.unfinished.take().unwrap_or_else(|| Unfinished {
            text: opcode == TEXT,
            payload: Vec::new(),
        });
        if message.payload.is_empty() {
            message.payload = payload;
        } else {
            message.payload.extend_from_slice(&payload);
        }
        if !fin {
            self.unfinished = Some(message);
            return Ok(None);
        }
        if !message.text {
            return Ok(Some(Incoming::Binary));
        }
        let text = String::from_utf8(message.payload).map_err(|_| Violation::InvalidUtf8)?;
        Ok(Some(Incoming::Text(text)))
    }
}

/// The payload's length and where the masking key begins. Lengths must use the fewest bytes (§5.2).
fn payload_length(bytes: &[u8], short: u8) -> Result<Option<(usize, usize)>, Violation> {
    let extended = bytes.get(2..).unwrap_or_default();
    let (length, at, least) = match short {
        126 => match extended.first_chunk::<2>() {
            Some(&length) => (u64::from(u16::from_be_bytes(length)), 4, 126),
            None => return Ok(None),
        },
        127 => match extended.first_chunk::<8>() {
            Some(&length) => (u64::from_be_bytes(length), 10, 1 << 16),
            None => return Ok(None),
        },
        short => (u64::from(short), 2, 0),
    };
    if length < least || length >> 63 != 0 {
        return Err(Violation::Protocol("malformed length"));
    }
    Ok(Some((usize::try_from(length).unwrap_or(usize::MAX), at)))
}

fn unmask(masked: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let key = mask.iter().cycle();
    masked
        .iter()
        .zip(key)
        .map(|(byte, key)| byte ^ key)
        .collect()
}

/// §5.5.1 and §7.4: nothing, or a code that may be sent and a reason in UTF-8.
fn close(payload: &[u8]) -> Result<Incoming, Violation> {
    let Some((&code, reason)) = payload.split_first_chunk::<2>() else {
        return match payload {
            [] => Ok(Incoming::Close(None)),
            _ => Err(Violation::Protocol("close code cut short")),
        };
    };
    let code = u16::from_be_bytes(code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Violation::Protocol("close code that must not be sent"));
    }
    std::str::from_utf8(reason).map_err(|_| Violation::InvalidUtf8)?;
    Ok(Incoming::Close(Some(code)))
}
