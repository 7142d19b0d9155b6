//! The frame decoder against RFC 6455 and against another implementation of it.

use proptest::prelude::*;
use server::ws::frame::{Decoder, Incoming, Violation};
use tokio_tungstenite::tungstenite::{
    Utf8Bytes,
    protocol::{
        CloseFrame,
        frame::{
            Frame,
            coding::{CloseCode, Data, OpCode},
        },
    },
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A client frame, as written by tungstenite.
fn written(frame: Frame) -> Vec<u8> {
    let mut frame = frame;
    frame.header_mut().mask = Some([0x12, 0x34, 0x56, 0x78]);
    let mut bytes = Vec::new();
    let outcome = frame.format(&mut bytes);
    assert!(outcome.is_ok(), "writing to memory cannot fail");
    bytes
}

fn data(kind: Data, fin: bool, payload: &[u8]) -> Vec<u8> {
    written(Frame::message(payload.to_vec(), OpCode::Data(kind), fin))
}

/// A close frame with any payload, masked with zeros. tungstenite would not write the wrong ones.
fn close(payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap_or(0x7F);
    [&[0x88, 0x80 | length, 0, 0, 0, 0], payload].concat()
}

fn decode(bytes: &[u8]) -> Result<Vec<Incoming>, Violation> {
    decode_in_pieces(bytes, bytes.len().max(1))
}

fn decode_in_pieces(bytes: &[u8], size: usize) -> Result<Vec<Incoming>, Violation> {
    let mut decoder = Decoder::default();
    let mut messages = Vec::new();
    for piece in bytes.chunks(size) {
        decoder.push(piece);
        while let Some(message) = decoder.message()? {
            messages.push(message);
        }
    }
    Ok(messages)
}

fn is_protocol_error(outcome: &Result<Vec<Incoming>, Violation>) -> bool {
    matches!(outcome, Err(Violation::Protocol(_)))
}

#[test]
fn messages_and_controls_are_read() {
    let close = CloseFrame {
        code: CloseCode::Away,
        reason: Utf8Bytes::from_static("bye"),
    };
    let bytes = [
        data(Data::Text, true, "{\"type\":\"ping\"} ☕".as_bytes()),
        data(Data::Binary, true, &[0xFF; 300]),
        written(Frame::ping("hello")),
        written(Frame::pong("")),
        written(Frame::close(Some(close))),
    ]
    .concat();
    let expected = vec![
        Incoming::Text("{\"type\":\"ping\"} ☕".to_owned()),
        Incoming::Binary,
        Incoming::Ping(b"hello".to_vec()),
        Incoming::Pong,
        Incoming::Close(Some(1001)),
    ];
    for size in 1..=bytes.len() {
        assert_eq!(
            decode_in_pieces(&bytes, size),
            Ok(expected.clone()),
            "{size}"
        );
    }
}

#[test]
fn fragments_are_put_together_around_a_ping() {
    let euro = "€".as_bytes();
    let (first, second) = euro.split_at(1);
    let bytes = [
        data(Data::Text, false, first),
        written(Frame::ping("now")),
        data(Data::Continue, false, b""),
        data(Data::Continue, true, second),
    ]
    .concat();
    let expected = vec![
        Incoming::Ping(b"now".to_vec()),
        Incoming::Text("€".to_owned()),
    ];
    assert_eq!(decode(&bytes), Ok(expected));
}

#[test]
fn an_unmasked_frame_is_refused() {
    let outcome = decode(&[0x81, 0x02, b'h', b'i']);
    assert!(is_protocol_error(&outcome), "{outcome:?}");
}

#[test]
fn reserved_bits_and_opcodes_are_refused() {
    for bit in [0x40, 0x20, 0x10] {
        let outcome = decode(&[0x81 | bit, 0x80, 0, 0, 0, 0]);
        assert!(is_protocol_error(&outcome), "{bit:x}: {outcome:?}");
    }
    for opcode in [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        let outcome = decode(&[0x80 | opcode, 0x80, 0, 0, 0, 0]);
        assert!(is_protocol_error(&outcome), "{opcode:x}: {outcome:?}");
    }
}

#[test]
fn fragments_in_the_wrong_order_are_refused() {
    for bytes in [
        data(Data::Continue, true, b"of nothing"),
        [
            data(Data::Text, false, b"one"),
            data(Data::Text, true, b"two"),
        ]
        .concat(),
    ] {
        let outcome = decode(&bytes);
        assert!(is_protocol_error(&outcome), "{outcome:?}");
    }
}

#[test]
fn control_frames_must_be_whole_and_short() {
    let fragment = [0x09, 0x80, 0, 0, 0, 0];
    let long_ping = [&[0x89, 0xFE, 0, 126, 0, 0, 0, 0], [0; 126].as_slice()].concat();
    let long_close = [0x88, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0];
    for bytes in [fragment.as_slice(), &long_ping, &long_close] {
        let outcome = decode(bytes);
        assert!(is_protocol_error(&outcome), "{bytes:x?}: {outcome:?}");
    }
}

#[test]
fn lengths_must_use_the_fewest_bytes() {
    let medium = [0x81, 0xFE, 0, 125, 0, 0, 0, 0];
    let long = [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0];
    let negative = [0x81, 0xFF, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for bytes in [medium.as_slice(), &long, &negative] {
        let outcome = decode(bytes);
        assert!(is_protocol_error(&outcome), "{bytes:?}: {outcome:?}");
    }
}

#[test]
fn a_message_may_have_4_kib_and_no_more() {
    let most = data(Data::Text, true, &[b'a'; 4096]);
    assert_eq!(decode(&most), Ok(vec![Incoming::Text("a".repeat(4096))]));
    let more = data(Data::Text, true, &[b'a'; 4097]);
    assert_eq!(decode(&more), Err(Violation::TooBig));
    let in_pieces = [
        data(Data::Text, false, &[b'a'; 4000]),
        data(Data::Continue, true, &[b'a'; 97]),
    ]
    .concat();
    assert_eq!(decode(&in_pieces), Err(Violation::TooBig));
}

#[test]
fn an_announced_giant_is_refused_before_it_arrives() {
    let header = [0x81, 0xFF, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    assert_eq!(decode(&header), Err(Violation::TooBig));
}

#[test]
fn text_and_close_reasons_must_be_utf8() {
    let text = data(Data::Text, true, &[0xC3, 0x28]);
    assert_eq!(decode(&text), Err(Violation::InvalidUtf8));
    let reason = close(&[0x03, 0xE8, 0xFF]);
    assert_eq!(decode(&reason), Err(Violation::InvalidUtf8));
}

#[test]
fn close_codes_are_judged() {
    assert_eq!(decode(&close(&[])), Ok(vec![Incoming::Close(None)]));
    assert!(
        is_protocol_error(&decode(&close(&[3]))),
        "one byte is no code"
    );
    for code in [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999_u16] {
        let outcome = decode(&close(&code.to_be_bytes()));
        assert_eq!(outcome, Ok(vec![Incoming::Close(Some(code))]));
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, u16::MAX] {
        let outcome = decode(&close(&code.to_be_bytes()));
        assert!(is_protocol_error(&outcome), "{code}");
    }
}

#[derive(Debug, Clone)]
enum Said {
    Text(Vec<String>),
    Ping(Vec<u8>),
    Binary(Vec<u8>),
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        prop::collection::vec(".{0,40}", 1..4).prop_map(Said::Text),
        prop::collection::vec(any::<u8>(), 0..126).prop_map(Said::Ping),
        prop::collection::vec(any::<u8>(), 0..400).prop_map(Said::Binary),
    ]
}

impl Said {
    fn frames(&self) -> Vec<u8> {
        match self {
            Self::Text(parts) => {
                let last = parts.len() - 1;
                let frames = parts.iter().enumerate().map(|(index, part)| {
                    let kind = if index == 0 {
                        Data::Text
                    } else {
                        Data::Continue
                    };
                    data(kind, index == last, part.as_bytes())
                });
                frames.flatten().collect()
            }
            Self::Ping(payload) => written(Frame::ping(payload.clone())),
            Self::Binary(payload) => data(Data::Binary, true, payload),
        }
    }

    fn expected(&self) -> Incoming {
        match self {
            Self::Text(parts) => Incoming::Text(parts.concat()),
            Self::Ping(payload) => Incoming::Ping(payload.clone()),
            Self::Binary(_) => Incoming::Binary,
        }
    }
}

proptest! {
    #[test]
    fn what_tungstenite_writes_is_read_whatever_the_cuts(
        said in prop::collection::vec(said(), 0..6),
        size in 1_usize..64,
    ) {
        let bytes: Vec<u8> = said.iter().flat_map(Said::frames).collect();
        let expected: Vec<Incoming> = said.iter().map(Said::expected).collect();
        prop_assert_eq!(decode_in_pieces(&bytes, size), Ok(expected));
    }

    #[test]
    fn no_bytes_panic_and_cuts_change_nothing(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        size in 1_usize..32,
    ) {
        prop_assert_eq!(decode_in_pieces(&bytes, size), decode(&bytes));
    }

    #[test]
    fn plausible_headers_never_panic(
        first in prop::sample::select(vec![0x00, 0x01, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A_u8]),
        length in 0x80_u8..,
        rest in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let bytes = [vec![first, length], rest].concat();
        prop_assert_eq!(decode_in_pieces(&bytes, 1), decode(&bytes));
    }
}

#[test]
fn nothing_is_kept_between_messages() -> Outcome {
    let mut decoder = Decoder::default();
    decoder.push(&data(Data::Text, true, &[b'a'; 1000]));
    let message = decoder
        .message()
        .map_err(|violation| format!("{violation:?}"))?;
    assert!(message.is_some());
    assert_eq!(decoder.message(), Ok(None));
    assert_eq!(decoder.held(), 0);
    Ok(())
}
