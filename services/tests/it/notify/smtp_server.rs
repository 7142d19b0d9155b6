//! A mail server (RFC 5321) that fails when it is told to.

use std::{
    collections::VecDeque,
    future::pending,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::AbortOnDropHandle;

/// What one connection meets.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    /// Everything is taken.
    Polite,
    /// This answer to `RCPT TO`.
    Answer(&'static str),
    /// This answer to `AUTH`.
    AuthAnswer(&'static str),
    /// This greeting, and nothing else.
    Greeting(&'static str),
    /// The connection stands, and nothing is ever said.
    Hang,
    /// The connection ends within `DATA`.
    Cut,
    /// The mail is taken, and `QUIT` never answered.
    NoGoodbye,
}

/// A mail that was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// `MAIL FROM`.
    pub(crate) from: String,
    /// `RCPT TO`.
    pub(crate) to: Vec<String>,
    /// Headers and body with the dots of RFC 5321 §4.5.2 taken out.
    pub(crate) data: String,
}

#[derive(Debug, Default)]
struct Shared {
    manners: Mutex<VecDeque<Manner>>,
    taken: Mutex<Vec<Taken>>,
    commands: Mutex<Vec<String>>,
    connections: Mutex<usize>,
}

/// The server. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct SmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    _server: AbortOnDropHandle<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SmtpServer {
    /// Meets its connections in the given manners, one after the other, and later ones politely.
    pub(crate) async fn start(manners: &[Manner]) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        lock(&shared.manners).extend(manners);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let seen = Arc::clone(&shared);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    // A client that goes away ends the connection, not the test.
                    let _ended = serve(stream, &seen).await;
                });
            }
        });
        Ok(Self {
            address,
            shared,
            _server: AbortOnDropHandle::new(server),
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub(crate) fn url_as(&self, credentials: &str) -> String {
        format!("smtp://{credentials}@{}", self.address)
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        lock(&self.shared.taken).clone()
    }

    /// Every line that a client sent outside of `DATA`.
    pub(crate) fn commands(&self) -> Vec<String> {
        lock(&self.shared.commands).clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *lock(&self.shared.connections)
    }
}

async fn serve(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let manner = lock(&shared.manners).pop_front().unwrap_or(Manner::Polite);
    *lock(&shared.connections) += 1;
    let mut stream = BufReader::new(stream);
    match manner {
        Manner::Hang => pending().await,
        Manner::Greeting(answer) => return say(&mut stream, answer).await,
        _ => say(&mut stream, "220 mail.example ESMTP").await?,
    }
    let mut mail = Taken::default();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        lock(&shared.commands).push(line.to_owned());
        let answer = match (line.split([' ', ':']).next().unwrap_or_default(), manner) {
            ("EHLO", _) => "250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            ("AUTH", Manner::AuthAnswer(answer)) => answer,
            ("AUTH", _) => "235 welcome",
            ("MAIL", _) => {
                mail.from = path(line);
                "250 OK"
            }
            ("RCPT", Manner::Answer(answer)) => answer,
            ("RCPT", _) => {
                mail.to.push(path(line));
                "250 OK"
            }
            ("DATA", Manner::Cut) => return Ok(()),
            ("DATA", _) => {
                say(&mut stream, "354 go on").await?;
                mail.data = data(&mut stream).await?;
                lock(&shared.taken).push(std::mem::take(&mut mail));
                "250 taken"
            }
            ("QUIT", Manner::NoGoodbye) => pending().await,
            ("QUIT", _) => return say(&mut stream, "221 bye").await,
            _ => "502 not implemented",
        };
        say(&mut stream, answer).await?;
    }
}

async fn say(stream: &mut BufReader<TcpStream>, answer: &str) -> io::Result<()> {
    stream.write_all(format!("{answer}\r\n").as_bytes()).await
}

/// What stands between the angle brackets.
fn path(line: &str) -> String {
    let path = line
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    path.map_or_else(|| line.to_owned(), |(path, _)| path.to_owned())
}

async fn data(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.as_str() {
            ".\r\n" => return Ok(data),
            line => data.push_str(line.strip_prefix('.').unwrap_or(line)),
        }
    }
}
