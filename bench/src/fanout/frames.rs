//! Reads server frames (RFC 6455 §5) as cheaply as can be: texts are counted, not kept.

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
/// The longest header of an unmasked frame.
const MAX_HEADER: usize = 10;

/// One whole frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Frame {
    /// A text of so many bytes.
    Text(usize),
    /// To be answered with its payload.
    Ping(Vec<u8>),
    Pong,
    /// The end, with its code if there is one.
    Close(Option<u16>),
}

/// Turns a stream of bytes, cut anywhere, into frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    header: [u8; MAX_HEADER],
    /// Bytes of the header that are there; all of them while a payload is read.
    have: usize,
    length: usize,
    /// Bytes of the payload to come; `None` while the header is read.
    left: Option<usize>,
    /// The payload of a control frame.
    control: Vec<u8>,
}

impl Frames {
    /// Takes bytes as they came from the socket and tells of the frames that end in them.
    ///
    /// # Errors
    /// What a server of this measurement must not send.
    pub(super) fn push(
        &mut self,
        mut bytes: &[u8],
        mut hear: impl FnMut(Frame),
    ) -> Result<(), String> {
        while !bytes.is_empty() {
            let left = match self.left {
                Some(left) => left,
                None => match self.read_header(&mut bytes)? {
                    Some(length) => length,
                    None => return Ok(()),
                },
            };
            let (payload, rest) = bytes.split_at(left.min(bytes.len()));
            if self.opcode() & 0x8 != 0 {
                self.control.extend_from_slice(payload);
            }
            bytes = rest;
            if payload.len() == left {
                hear(self.frame()?);
                (self.have, self.left) = (0, None);
            } else {
                self.left = Some(left - payload.len());
            }
        }
        Ok(())
    }

    /// The length of the payload, once the header is complete.
    fn read_header(&mut self, bytes: &mut &[u8]) -> Result<Option<usize>, String> {
        while self.have < self.header_length() {
            let Some((&first, rest)) = bytes.split_first() else {
                return Ok(None);
            };
            *bytes = rest;
            if let Some(place) = self.header.get_mut(self.have) {
                *place = first;
            }
            self.have += 1;
        }
        let [first, second, extended @ ..] = &self.header;
        if first & FIN == 0 || second & MASKED != 0 {
            return Err("a fragment or a masked frame came from the server".to_owned());
        }
        let bytes = self.header_length() - 2;
        let extended = extended.iter().take(bytes);
        self.length = match second & !MASKED {
            126 | 127 => extended.fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
            short => short.into(),
        };
        Ok(Some(self.length))
    }

    fn header_length(&self) -> usize {
        match self.header.get(1).map(|second| second & !MASKED) {
            _ if self.have < 2 => 2,
            Some(126) => 4,
            Some(127) => MAX_HEADER,
            _ => 2,
        }
    }

    fn opcode(&self) -> u8 {
        self.header.first().copied().unwrap_or_default() & 0x0F
    }

    fn frame(&mut self) -> Result<Frame, String> {
        let control = std::mem::take(&mut self.control);
        Ok(match self.opcode() {
            TEXT => Frame::Text(self.length),
            PING => Frame::Ping(control),
            PONG => Frame::Pong,
            CLOSE => Frame::Close(control.first_chunk().map(|code| u16::from_be_bytes(*code))),
            other => return Err(format!("a frame with opcode {other} came from the server")),
        })
    }
}

/// The answer to a ping. A mask of zeros leaves the payload as it is.
pub(super) fn pong(payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap_or(125).min(125);
    let mut frame = vec![FIN | PONG, MASKED | length, 0, 0, 0, 0];
    frame.extend(payload.iter().take(length.into()));
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(length: usize) -> Vec<u8> {
        let mut frame = vec![FIN | TEXT];
        match u16::try_from(length) {
            Ok(short) if short < 126 => frame.push(short as u8),
            Ok(medium) => {
                frame.push(126);
                frame.extend(medium.to_be_bytes());
            }
            Err(_) => {
                frame.push(127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.resize(frame.len() + length, b'x');
        frame
    }

    #[test]
    fn frames_are_found_wherever_the_stream_is_cut() -> Result<(), String> {
        let lengths = [0, 1, 125, 126, 2700, 65_535, 65_536];
        let mut stream: Vec<u8> = lengths.iter().flat_map(|length| text(*length)).collect();
        stream.extend([FIN | PING, 2, b'h', b'i', FIN | PONG, 0]);
        stream.extend([FIN | CLOSE, 2, 0x0F, 0xA8]);
        let mut expected: Vec<Frame> = lengths.map(Frame::Text).to_vec();
        expected.extend([Frame::Ping(b"hi".to_vec()), Frame::Pong]);
        expected.push(Frame::Close(Some(4008)));
        for piece in [1, 3, 1000, stream.len()] {
            let (mut frames, mut heard) = (Frames::default(), Vec::new());
            for bytes in stream.chunks(piece) {
                frames.push(bytes, |frame| heard.push(frame))?;
            }
            assert_eq!(heard, expected, "in pieces of {piece}");
        }
        Ok(())
    }

    #[test]
    fn what_no_server_may_send_is_an_error() {
        for bytes in [[TEXT, 0], [FIN | TEXT, MASKED], [FIN | 0x2, 0]] {
            assert!(Frames::default().push(&bytes, |_| {}).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_pong_carries_the_payload_of_its_ping() {
        assert_eq!(pong(b"hi"), [0x8A, 0x82, 0, 0, 0, 0, b'h', b'i']);
    }
}
