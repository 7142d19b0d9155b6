//! A mail server (RFC 5321) that fails when it is told to, with or without TLS (RFC 3207, RFC 8314).

use std::{
    collections::VecDeque,
    future::pending,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
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

/// How connections are encrypted.
#[derive(Clone)]
pub(crate) enum Encryption {
    None,
    /// Once the client asks for it.
    StartTls(TlsAcceptor),
    /// From the first byte.
    Implicit(TlsAcceptor),
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
        Self::start_with(manners, Encryption::None).await
    }

    pub(crate) async fn start_with(manners: &[Manner], encryption: Encryption) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        lock(&shared.manners).extend(manners);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let seen = Arc::clone(&shared);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, encryption) = (Arc::clone(&seen), encryption.clone());
                tokio::spawn(async move {
                    // A client that goes away ends the connection, not the test.
                    let _ended = serve(stream, encryption, &seen).await;
                });
            }
        });
        Ok(Self {
            address,
            shared,
            _server: AbortOnDropHandle::new(server),
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
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

/// Why a conversation ended in good order.
enum End {
    Goodbye,
    StartTls,
}

const OFFERS: &str = "250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN";
const OFFERS_TLS: &str = "250-mail.example\r\n250-8BITMIME\r\n250 STARTTLS";

async fn serve(stream: TcpStream, encryption: Encryption, shared: &Shared) -> io::Result<()> {
    let manner = lock(&shared.manners).pop_front().unwrap_or(Manner::Polite);
    *lock(&shared.connections) += 1;
    match encryption {
        Encryption::None => {
            let mut stream = BufReader::new(stream);
            greet(&mut stream, manner).await?;
            converse(&mut stream, manner, OFFERS, shared).await?;
        }
        Encryption::Implicit(acceptor) => {
            let mut stream = BufReader::new(acceptor.accept(stream).await?);
            greet(&mut stream, manner).await?;
            converse(&mut stream, manner, OFFERS, shared).await?;
        }
        Encryption::StartTls(acceptor) => {
            let mut stream = BufReader::new(stream);
            greet(&mut stream, manner).await?;
            if let End::StartTls = converse(&mut stream, manner, OFFERS_TLS, shared).await? {
                let mut stream = BufReader::new(acceptor.accept(stream.into_inner()).await?);
                converse(&mut stream, manner, OFFERS, shared).await?;
            }
        }
    }
    Ok(())
}

async fn greet<S>(stream: &mut BufReader<S>, manner: Manner) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match manner {
        Manner::Hang => pending().await,
        Manner::Greeting(answer) => {
            say(stream, answer).await?;
            Err(io::ErrorKind::ConnectionAborted.into())
        }
        _ => say(stream, "220 mail.example ESMTP").await,
    }
}

async fn converse<S>(
    stream: &mut BufReader<S>,
    manner: Manner,
    offers: &str,
    shared: &Shared,
) -> io::Result<End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut mail = Taken::default();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(End::Goodbye);
        }
        let line = line.trim_end();
        lock(&shared.commands).push(line.to_owned());
        let answer = match (line.split([' ', ':']).next().unwrap_or_default(), manner) {
            ("EHLO", _) => offers,
            ("STARTTLS", _) if offers == OFFERS_TLS => {
                say(stream, "220 go on").await?;
                return Ok(End::StartTls);
            }
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
            ("DATA", Manner::Cut) => return Ok(End::Goodbye),
            ("DATA", _) => {
                say(stream, "354 go on").await?;
                mail.data = data(stream).await?;
                lock(&shared.taken).push(std::mem::take(&mut mail));
                "250 taken"
            }
            ("QUIT", Manner::NoGoodbye) => pending().await,
            ("QUIT", _) => {
                say(stream, "221 bye").await?;
                return Ok(End::Goodbye);
            }
            _ => "502 not implemented",
        };
        say(stream, answer).await?;
    }
}

async fn say<S>(stream: &mut BufReader<S>, answer: &str) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    stream.flush().await
}

/// What stands between the angle brackets.
fn path(line: &str) -> String {
    let path = line
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    path.map_or_else(|| line.to_owned(), |(path, _)| path.to_owned())
}

async fn data<S>(stream: &mut BufReader<S>) -> io::Result<String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
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
