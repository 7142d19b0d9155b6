//! A closed loop of HTTP requests: every connection asks again as soon as it has its answer.

use super::{
    answer::{Answer, Reader},
    latency::Latencies,
};
use crate::failure::Result;
use std::{
    io,
    net::SocketAddr,
    ops::RangeInclusive,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::AsyncWriteExt,
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
    time::timeout,
};

/// For any server to answer one request under any load of a measurement.
const PATIENCE: Duration = Duration::from_secs(10);

/// One request, and the answers that count.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    address: SocketAddr,
    request: Arc<str>,
    lengths: RangeInclusive<usize>,
    patience: Duration,
}

/// What a load met with.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) latencies: Latencies,
    /// Other statuses than 2xx and bodies of other lengths: not counted as answers.
    pub(crate) wrong: usize,
}

impl Target {
    /// GET of `path`, answered with 2xx and a body within `lengths`.
    pub(crate) fn get(
        address: SocketAddr,
        path: &str,
        accept: &str,
        lengths: RangeInclusive<usize>,
    ) -> Self {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: {accept}\r\n\r\n");
        Self {
            address,
            request: request.into(),
            lengths,
            patience: PATIENCE,
        }
    }

    /// POST of a JSON body to `path`, answered with 2xx and any body.
    pub(crate) fn post(address: SocketAddr, path: &str, headers: &str, body: &str) -> Self {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Self {
            address,
            request: request.into(),
            lengths: 0..=usize::MAX,
            patience: PATIENCE,
        }
    }

    /// The same with a header line more.
    pub(crate) fn with(&self, line: &str) -> Self {
        let request = self.request.trim_end();
        Self {
            request: format!("{request}\r\n{line}\r\n\r\n").into(),
            ..self.clone()
        }
    }

    /// Asks once; returns the body of a 2xx answer.
    pub(crate) async fn body(&self) -> Result<Vec<u8>> {
        self.in_time(self.patience, self.one()).await
    }

    async fn one(&self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        let mut connection = Connection::open(self.address).await?;
        let collect = |piece: &[u8]| body.extend_from_slice(piece);
        let answer = connection.ask(&self.request, collect).await?;
        if !self.counts(answer) {
            let (status, length) = (answer.status, answer.length);
            let request = self.line();
            let (least, most) = (self.lengths.start(), self.lengths.end());
            return Err(format!(
                "{address}: {request} is answered with {status} and {length} bytes; 2xx and \
                 {least} to {most} bytes were expected",
                address = self.address
            )
            .into());
        }
        Ok(body)
    }

    /// Keeps `connections` busy for `time`.
    pub(crate) async fn load(&self, connections: usize, time: Duration) -> Result<Outcome> {
        let alone = Turns(vec![self.clone()]);
        load(&vec![alone; connections], time).await
    }

    async fn in_time<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        timeout(limit, work).await.unwrap_or_else(|_| {
            let (address, request, patience) = (self.address, self.line(), self.patience);
            Err(format!("{address}: {request} has no whole answer after {patience:?}").into())
        })
    }

    /// The first line of the request.
    fn line(&self) -> &str {
        self.request.lines().next().unwrap_or_default()
    }

    fn counts(&self, answer: Answer) -> bool {
        (200..300).contains(&answer.status) && self.lengths.contains(&answer.length)
    }
}

/// What a connection asks for, one after the other and then from the beginning; never nothing.
#[derive(Debug, Clone)]
pub(crate) struct Turns(Vec<Target>);

impl Turns {
    /// These, of one server.
    pub(crate) fn of(first: Target, more: impl IntoIterator<Item = Target>) -> Self {
        Self([first].into_iter().chain(more).collect())
    }

    async fn client(self, deadline: Instant) -> io::Result<Outcome> {
        let mut outcome = Outcome::default();
        let Some(first) = self.0.first() else {
            return Ok(outcome);
        };
        let mut connection = Connection::open(first.address).await?;
        let mut turns = self.0.iter().cycle();
        let mut now = Instant::now();
        while now < deadline
            && let Some(target) = turns.next()
        {
            let answer = connection.ask(&target.request, |_| {}).await?;
            let done = Instant::now();
            if target.counts(answer) {
                outcome.latencies.add(done - now);
            } else {
                outcome.wrong += 1;
            }
            now = done;
        }
        Ok(outcome)
    }
}

/// Keeps a connection busy for each of `all`, for `time`.
pub(crate) async fn load(all: &[Turns], time: Duration) -> Result<Outcome> {
    let Some(first) = all.first().and_then(|turns| turns.0.first()) else {
        return Ok(Outcome::default());
    };
    // One clock for all: a timer for every request would cost what is to be measured.
    let limit = time + first.patience;
    first.in_time(limit, busy(all, time)).await
}

async fn busy(all: &[Turns], time: Duration) -> Result<Outcome> {
    let deadline = Instant::now() + time;
    let mut clients = JoinSet::new();
    for turns in all {
        clients.spawn(turns.clone().client(deadline));
    }
    let mut total = Outcome::default();
    while let Some(outcome) = clients.join_next().await {
        let outcome = outcome??;
        total.latencies.append(outcome.latencies);
        total.wrong += outcome.wrong;
    }
    Ok(total)
}

pub(super) struct Connection {
    reader: Reader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        Ok(Self {
            reader: Reader::new(reader),
            writer,
        })
    }

    pub(super) async fn ask(
        &mut self,
        request: &str,
        sink: impl FnMut(&[u8]),
    ) -> io::Result<Answer> {
        self.writer.write_all(request.as_bytes()).await?;
        self.reader.answer(sink).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{io::AsyncReadExt, net::TcpListener};

    /// Answers every read with the same bytes, to one connection after the other.
    async fn server(answer: &'static [u8]) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 1024];
                while stream.read(&mut request).await.is_ok_and(|count| count > 0) {
                    if stream.write_all(answer).await.is_err() {
                        break;
                    }
                }
            }
        });
        Ok(address)
    }

    async fn load(answer: &'static [u8], lengths: RangeInclusive<usize>) -> Result<Outcome> {
        let target = Target::get(server(answer).await?, "/", "*/*", lengths);
        target.load(1, Duration::from_millis(20)).await
    }

    #[tokio::test]
    async fn good_answers_are_counted() -> Result<()> {
        let outcome = load(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 2..=2).await?;
        assert!(outcome.latencies.count() > 0);
        assert_eq!(outcome.wrong, 0);
        Ok(())
    }

    #[tokio::test]
    async fn what_a_connection_asks_for_takes_turns() -> Result<()> {
        let address = server(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").await?;
        let missing = Target::get(address, "/", "*/*", 1..=1);
        let turns = Turns::of(Target::post(address, "/", "", "{}"), [missing]);
        let outcome = super::load(&[turns], Duration::from_millis(20)).await?;
        let difference = outcome.latencies.count().abs_diff(outcome.wrong);
        assert!(outcome.wrong > 0 && difference <= 1, "{outcome:?}");
        Ok(())
    }

    #[tokio::test]
    async fn refusals_and_other_lengths_are_not() -> Result<()> {
        let refused = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\nhi";
        let outcome = load(refused, 2..=2).await?;
        assert!(outcome.latencies.count() == 0 && outcome.wrong > 0);
        let short = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
        let outcome = load(short, 3..=9).await?;
        assert!(outcome.latencies.count() == 0 && outcome.wrong > 0);
        Ok(())
    }

    #[tokio::test]
    async fn a_server_that_hangs_is_an_error_with_its_address() -> Result<()> {
        let half = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh";
        let address = server(half).await?;
        let target = Target {
            patience: Duration::from_millis(50),
            ..Target::get(address, "/slow", "*/*", 2..=2)
        };
        let one = target.body().await.err().map(|error| error.to_string());
        let load = target.load(1, Duration::from_millis(10)).await;
        for error in [one, load.err().map(|error| error.to_string())] {
            let error = error.unwrap_or_default();
            assert!(error.contains(&address.to_string()), "{error}");
            assert!(error.contains("GET /slow"), "{error}");
        }
        Ok(())
    }
}
