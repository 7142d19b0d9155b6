//! Requests at a pace of their own, however slow the answers are.

use super::{answer::Answer, http::Connection, latency::Latencies};
use crate::failure::Result;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

/// Beyond the end of a measurement, for the last answers.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which connection asks, and for the how manieth time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) connection: usize,
    pub(crate) number: usize,
}

type Write = dyn Fn(Turn) -> String + Send + Sync;

/// Connections that each ask at equal intervals.
#[derive(Clone)]
pub(crate) struct Pace {
    address: SocketAddr,
    connections: usize,
    per_second: f64,
    request: Arc<Write>,
    /// Whether what is overdue at the end is left out.
    stops: bool,
}

/// What was answered, by status, and how long that took.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// To 2xx answers, from the moment they were to be asked for: a late answer delays those after
    /// it, and this has to be seen.
    pub(crate) latencies: Latencies,
    /// 503 with a request to come back later.
    pub(crate) shed: usize,
    /// 401, what a wrong password gets.
    pub(crate) refused: usize,
    /// Anything else.
    pub(crate) wrong: usize,
}

impl Pace {
    /// `per_second` requests of all connections together.
    pub(crate) fn new(
        address: SocketAddr,
        connections: usize,
        per_second: f64,
        request: impl Fn(Turn) -> String + Send + Sync + 'static,
    ) -> Self {
        Self {
            address,
            connections,
            per_second,
            request: Arc::new(request),
            stops: false,
        }
    }

    /// Asks nothing once the time is over: for load whose latency nobody measures, on a server that is
    /// to be slower than it is asked.
    pub(crate) fn stopping(self) -> Self {
        Self {
            stops: true,
            ..self
        }
    }

    /// Asks for `time`.
    pub(crate) async fn run(&self, time: Duration) -> Result<Answers> {
        let limit = time + PATIENCE;
        timeout(limit, self.all(time))
            .await
            .unwrap_or_else(|_| Err(format!("{} does not answer", self.address).into()))
    }

    async fn all(&self, time: Duration) -> Result<Answers> {
        let started = Instant::now();
        let mut clients = JoinSet::new();
        for connection in 0..self.connections {
            clients.spawn(self.clone().client(connection, started, time));
        }
        let mut total = Answers::default();
        while let Some(answers) = clients.join_next().await {
            total.append(answers??);
        }
        Ok(total)
    }

    async fn client(
        self,
        connection: usize,
        started: Instant,
        time: Duration,
    ) -> io::Result<Answers> {
        let interval = Duration::from_secs_f64(self.connections as f64 / self.per_second);
        // One after the other instead of all at once.
        let mut due = started + interval.mul_f64(connection as f64 / self.connections as f64);
        let mut server = Connection::open(self.address).await?;
        let mut answers = Answers::default();
        let mut number = 0;
        let end = started + time;
        while due < end && !(self.stops && Instant::now() >= end) {
            let request = (self.request)(Turn { connection, number });
            let early = Instant::now() < due;
            sleep_until(due).await;
            // A timer wakes up to a millisecond late; that is not the server's.
            let asked = if early { Instant::now() } else { due };
            let answer = server.ask(&request, |_| {}).await?;
            answers.count(answer, asked.elapsed());
            due += interval;
            number += 1;
        }
        Ok(answers)
    }
}

impl Answers {
    fn count(&mut self, answer: Answer, latency: Duration) {
        match answer.status {
            200..300 => self.latencies.add(latency),
            401 => self.refused += 1,
            503 => self.shed += 1,
            _ => self.wrong += 1,
        }
    }

    fn append(&mut self, other: Self) {
        self.latencies.append(other.latencies);
        self.shed += other.shed;
        self.refused += other.refused;
        self.wrong += other.wrong;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        time::sleep,
    };

    /// Needs `delay` for the first request of a connection.
    async fn server(status: &'static str, delay: Duration) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 1024];
                let mut delay = Some(delay);
                while stream.read(&mut request).await.is_ok_and(|count| count > 0) {
                    sleep(delay.take().unwrap_or_default()).await;
                    let answer = format!("HTTP/1.1 {status} -\r\nContent-Length: 0\r\n\r\n");
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        break;
                    }
                }
            }
        });
        Ok(address)
    }

    async fn ask(status: &'static str, delay: u64) -> Result<Answers> {
        let address = server(status, Duration::from_millis(delay)).await?;
        let request = |_| "GET / HTTP/1.1\r\n\r\n".to_owned();
        let pace = Pace::new(address, 1, 100.0, request);
        pace.run(Duration::from_millis(100)).await
    }

    #[tokio::test]
    async fn an_answer_that_is_late_delays_those_that_were_due_meanwhile() -> Result<()> {
        let answers = ask("200", 60).await?;
        assert_eq!(answers.latencies.count(), 10);
        let [half] = answers.latencies.quantiles([0.5]);
        assert!(half >= Duration::from_millis(10), "{half:?}");
        Ok(())
    }

    #[tokio::test]
    async fn load_that_stops_leaves_out_what_is_overdue() -> Result<()> {
        let address = server("503 x", Duration::from_millis(150)).await?;
        let request = |_| "GET / HTTP/1.1\r\n\r\n".to_owned();
        let pace = Pace::new(address, 1, 100.0, request).stopping();
        let answers = pace.run(Duration::from_millis(100)).await?;
        assert_eq!(answers.shed, 1);
        Ok(())
    }

    #[tokio::test]
    async fn answers_are_told_apart_by_their_status() -> Result<()> {
        let counts = |answers: Answers| (answers.refused, answers.shed, answers.wrong);
        assert_eq!(counts(ask("401", 0).await?), (10, 0, 0));
        assert_eq!(counts(ask("503", 0).await?), (0, 10, 0));
        assert_eq!(counts(ask("500", 0).await?), (0, 0, 10));
        Ok(())
    }
}
