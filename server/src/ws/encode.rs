//! Server frames: unmasked, unfragmented, header and payload in one buffer, so that one prepared
//! frame can be written to any number of sockets.

use super::frame::{CLOSE, MAX_CONTROL, PING, PONG, TEXT};
use bytes::Bytes;
use serde::Serialize;

/// Room for the longest header of an unmasked frame.
const MAX_HEADER: usize = 10;

/// A text frame with a value as JSON.
///
/// # Errors
/// When the value cannot be written as JSON.
pub(super) fn json(value: &impl Serialize) -> serde_json::Result<Bytes> {
    let mut buffer = vec![0; MAX_HEADER];
    serde_json::to_writer(&mut buffer, value)?;
    Ok(with_header(TEXT, buffer))
}

/// A ping without payload.
pub(super) fn ping() -> Bytes {
    control(PING, &[])
}

/// The answer to a ping.
pub(super) fn pong(payload: &[u8]) -> Bytes {
    control(PONG, payload)
}

/// A close frame; without a code it is empty (§5.5.1), and then the reason is left out.
pub(super) fn close(code: Option<u16>, reason: &str) -> Bytes {
    let mut payload = Vec::with_capacity(2 + reason.len());
    if let Some(code) = code {
        payload.extend_from_slice(&code.to_be_bytes());
        payload.extend_from_slice(reason.as_bytes());
    }
    control(CLOSE, &payload)
}

fn control(opcode: u8, payload: &[u8]) -> Bytes {
    let mut buffer = vec![0; MAX_HEADER];
    buffer.extend_from_slice(payload.get(..MAX_CONTROL).unwrap_or(payload));
    with_header(opcode, buffer)
}

/// Writes the header into the space kept free at the front, right before the payload.
fn with_header(opcode: u8, mut buffer: Vec<u8>) -> Bytes {
    let length = buffer.len().saturating_sub(MAX_HEADER);
    let mut header = Vec::with_capacity(MAX_HEADER);
    header.push(0x80 | opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short <= 125 => header.push(short),
        (_, Ok(medium)) => {
            header.push(126);
            header.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            header.push(127);
            header.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    let start = MAX_HEADER - header.len();
    buffer.splice(start..MAX_HEADER, header);
    Bytes::from(buffer).slice(start..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;
    use tokio_tungstenite::tungstenite::{Message, WebSocket, protocol::Role};

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn read(frame: &Bytes) -> Result<Message, Box<dyn std::error::Error>> {
        let stream = Cursor::new(frame.to_vec());
        Ok(WebSocket::from_raw_socket(stream, Role::Client, None).read()?)
    }

    #[test]
    fn another_implementation_reads_every_length() -> Outcome {
        for length in [
            0, 1, 123, 124, 125, 126, 65_533, 65_534, 65_535, 65_536, 200_000,
        ] {
            let text = "a".repeat(length);
            let message = read(&json(&text)?)?;
            assert_eq!(message.to_text()?, format!("\"{text}\""), "{length}");
        }
        Ok(())
    }

    #[test]
    fn another_implementation_reads_control_frames() -> Outcome {
        assert_eq!(read(&ping())?, Message::Ping(Bytes::new()));
        assert_eq!(
            read(&pong(b"abc"))?,
            Message::Pong(Bytes::from_static(b"abc"))
        );
        let Message::Close(Some(frame)) = read(&close(Some(4400), "no"))? else {
            return Err("no close frame".into());
        };
        assert_eq!((u16::from(frame.code), frame.reason.as_str()), (4400, "no"));
        assert_eq!(read(&close(None, "left out"))?, Message::Close(None));
        Ok(())
    }
}
