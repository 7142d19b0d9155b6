//! Reads HTTP/1.1 answers from a kept-alive connection, as cheaply as can be: the load generator
//! has one core for what the fastest server does with one.

use std::io;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Room for most answers in one read.
const BUFFER: usize = 256 * 1024;

/// What counts of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Length of the body in bytes.
    pub(super) length: usize,
}

/// Where the body of an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
}

/// The reading half of a connection.
#[derive(Debug)]
pub(super) struct Reader<R> {
    source: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            start: 0,
            end: 0,
        }
    }

    /// Reads one answer to its end. The body is not kept, but given to `sink` piece by piece.
    pub(super) async fn answer(&mut self, mut sink: impl FnMut(&[u8])) -> io::Result<Answer> {
        let (status, framing) = self.head().await?;
        let length = match framing {
            Framing::Length(length) => {
                self.skip(length, &mut sink).await?;
                length
            }
            Framing::Chunked => self.chunks(&mut sink).await?,
        };
        Ok(Answer { status, length })
    }

    async fn head(&mut self) -> io::Result<(u16, Framing)> {
        let line = self.line().await?;
        let status = status(line).ok_or_else(|| invalid("no status line"))?;
        let mut framing = None;
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                break;
            }
            framing = framing.or(framing_of(line));
        }
        Ok((status, framing.unwrap_or(Framing::Length(0))))
    }

    async fn chunks(&mut self, sink: &mut impl FnMut(&[u8])) -> io::Result<usize> {
        let mut total = 0;
        loop {
            let line = self.line().await?;
            let size = std::str::from_utf8(line).unwrap_or_default();
            let size = usize::from_str_radix(size, 16).map_err(|_| invalid("no chunk size"))?;
            self.skip(size, sink).await?;
            if !self.line().await?.is_empty() {
                return Err(invalid("a chunk or the list of chunks does not end"));
            }
            if size == 0 {
                return Ok(total);
            }
            total += size;
        }
    }

    /// The next line without its end.
    async fn line(&mut self) -> io::Result<&[u8]> {
        let mut searched = 0;
        loop {
            let unread = self.buffer.get(self.start..self.end).unwrap_or_default();
            let rest = unread.get(searched..).unwrap_or_default();
            if let Some(found) = rest.iter().position(|byte| *byte == b'\n') {
                let from = self.start;
                let to = from + searched + found;
                self.start = to + 1;
                let line = self.buffer.get(from..to).unwrap_or_default();
                return Ok(line.strip_suffix(b"\r").unwrap_or(line));
            }
            searched = unread.len();
            self.fill().await?;
        }
    }

    async fn skip(&mut self, count: usize, sink: &mut impl FnMut(&[u8])) -> io::Result<()> {
        let mut left = count;
        while left > 0 {
            if self.start == self.end {
                self.fill().await?;
            }
            let taken = left.min(self.end - self.start);
            let piece = self.buffer.get(self.start..self.start + taken);
            sink(piece.unwrap_or_default());
            self.start += taken;
            left -= taken;
        }
        Ok(())
    }

    async fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        if room.is_empty() {
            return Err(invalid("a line is too long"));
        }
        let count = self.source.read(room).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.end += count;
        Ok(())
    }
}

fn status(line: &[u8]) -> Option<u16> {
    let code = line.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    std::str::from_utf8(code).ok()?.parse().ok()
}

fn framing_of(line: &[u8]) -> Option<Framing> {
    let value = |name: &[u8]| {
        let (head, tail) = line.split_at_checked(name.len())?;
        head.eq_ignore_ascii_case(name)
            .then(|| std::str::from_utf8(tail).unwrap_or_default().trim())
    };
    if let Some(length) = value(b"content-length:") {
        return length.parse().ok().map(Framing::Length);
    }
    value(b"transfer-encoding:")
        .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
        .then_some(Framing::Chunked)
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> io::Result<(Answer, Vec<u8>)> {
        let mut body = Vec::new();
        let answer = Reader::new(bytes)
            .answer(|piece| body.extend(piece))
            .await?;
        Ok((answer, body))
    }

    #[tokio::test]
    async fn answers_follow_each_other_on_a_connection() -> io::Result<()> {
        let bytes: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\
            HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
        let mut reader = Reader::new(bytes);
        let first = reader.answer(|_| {}).await?;
        let second = reader.answer(|_| {}).await?;
        let outcome = [(first.status, first.length), (second.status, second.length)];
        assert_eq!(outcome, [(200, 5), (404, 0)]);
        Ok(())
    }

    #[tokio::test]
    async fn chunks_are_put_together() -> io::Result<()> {
        let bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
            5\r\nhello\r\nA\r\n, worlds!!\r\n0\r\n\r\n";
        let (answer, body) = read(bytes).await?;
        assert_eq!((answer.status, answer.length), (200, 15));
        assert_eq!(body, b"hello, worlds!!");
        Ok(())
    }

    #[tokio::test]
    async fn a_cut_answer_is_an_error() {
        let cut = read(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel").await;
        let kind = cut.map_err(|error| error.kind()).err();
        assert_eq!(kind, Some(io::ErrorKind::UnexpectedEof));
    }
}
