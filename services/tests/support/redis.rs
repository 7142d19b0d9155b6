//! A real `redis-server` on a free port of 127.0.0.1, without persistence, ended with the test.

#[path = "certificate.rs"]
pub(crate) mod certificate;

use std::{
    error::Error,
    io,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long the server may take to answer.
const START_LIMIT: Duration = Duration::from_secs(10);

/// How long one look whether it answers may take; what listens there may be no Redis at all.
const LOOK_LIMIT: Duration = Duration::from_secs(1);

/// A port can be taken between our look and the server's bind.
const PORT_ATTEMPTS: u32 = 5;

/// A running server. Dropping it kills the process.
pub(crate) struct RedisServer {
    port: u16,
    settings: Settings,
    process: Child,
}

/// What a server asks of its clients.
#[derive(Debug, Clone)]
enum Settings {
    Open,
    Password(String),
    /// The certificate's file, with its key in it.
    Tls(String),
}

impl RedisServer {
    /// Starts a server that asks for no password.
    pub(crate) async fn start() -> Outcome<Self> {
        Self::launch(Settings::Open).await
    }

    /// Starts a server that asks for `password`.
    pub(crate) async fn start_with_password(password: &str) -> Outcome<Self> {
        Self::launch(Settings::Password(password.to_owned())).await
    }

    /// Starts a server that speaks TLS only, as `localhost`. Its certificate, which only itself has
    /// signed, stands in `certificate.pem` of `folder`.
    pub(crate) async fn start_with_tls(folder: &Path) -> Outcome<Self> {
        let file = certificate::make(folder)?.display().to_string();
        Self::launch(Settings::Tls(file)).await
    }

    async fn launch(settings: Settings) -> Outcome<Self> {
        let mut last = None;
        for _ in 0..PORT_ATTEMPTS {
            let port = free_port()?;
            let process = spawn(port, &settings)?;
            let mut server = Self {
                port,
                settings: settings.clone(),
                process,
            };
            match server.wait_until_up().await {
                Ok(()) => return Ok(server),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| "redis-server was never started".into()))
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The value for `CACHE_URL`.
    pub(crate) fn url(&self) -> String {
        match &self.settings {
            Settings::Open => format!("redis://127.0.0.1:{}", self.port),
            Settings::Password(password) => format!("redis://:{password}@127.0.0.1:{}", self.port),
            Settings::Tls(_) => format!("rediss://localhost:{}", self.port),
        }
    }

    /// Kills the process and waits until it is gone. Everything it held is lost.
    pub(crate) fn kill(&mut self) -> Outcome<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Starts it again on the same port, empty.
    pub(crate) async fn restart(&mut self) -> Outcome<()> {
        self.process = spawn(self.port, &self.settings)?;
        self.wait_until_up().await
    }

    /// Freezes the process: connections stay open and nothing is answered.
    pub(crate) fn stall(&self) -> Outcome<()> {
        self.signal("-STOP")
    }

    /// Lets a frozen process go on.
    pub(crate) fn resume(&self) -> Outcome<()> {
        self.signal("-CONT")
    }

    fn signal(&self, signal: &str) -> Outcome<()> {
        let pid = self.process.id().to_string();
        let status = Command::new("kill").args([signal, &pid]).status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("kill {signal} {pid} failed: {status}").into())
        }
    }

    /// Gives the server a command, in its plain form, and returns what it answers.
    ///
    /// # Errors
    /// When there is no answer, or a refusal. A server that speaks TLS answers nothing here.
    pub(crate) async fn tell(&self, command: &str) -> Outcome<String> {
        let login = match &self.settings {
            Settings::Password(password) => format!("AUTH {password}\r\n"),
            Settings::Open | Settings::Tls(_) => String::new(),
        };
        let all = format!("{login}{command}\r\nQUIT\r\n");
        let answer = timeout(START_LIMIT, converse(self.port, &all)).await??;
        match answer.lines().find(|line| line.starts_with('-')) {
            Some(refusal) => Err(format!("{command}: {refusal}").into()),
            None => Ok(answer),
        }
    }

    async fn wait_until_up(&mut self) -> Outcome<()> {
        let deadline = Instant::now() + START_LIMIT;
        while !self.is_up().await {
            if let Some(status) = self.process.try_wait()? {
                return Err(format!("redis-server ended at start: {status}").into());
            }
            if Instant::now() > deadline {
                return Err("redis-server did not answer in time".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Whether this very process answers. Something else may have taken the port before it, and
    /// a connection to a port where nobody listens can, by chance, meet itself.
    async fn is_up(&self) -> bool {
        if matches!(self.settings, Settings::Tls(_)) {
            return connect(self.port).await.is_ok();
        }
        let itself = format!("process_id:{}", self.process.id());
        let answer = timeout(LOOK_LIMIT, self.tell("INFO server")).await;
        matches!(answer, Ok(Ok(answer)) if answer.lines().any(|line| line == itself))
    }
}

/// A connection to somebody else than itself.
async fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    if stream.local_addr()? == stream.peer_addr()? {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

/// Says `text` and returns all that comes until the other side closes.
async fn converse(port: u16, text: &str) -> io::Result<String> {
    let mut stream = connect(port).await?;
    stream.write_all(text.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // Fails only when it is gone already.
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

fn spawn(port: u16, settings: &Settings) -> Outcome<Child> {
    let mut command = Command::new("redis-server");
    let port = port.to_string();
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    // A replica takes its copy over the socket: in a file, another server could find it.
    command.args(["--daemonize", "no", "--repl-diskless-load", "swapdb"]);
    match settings {
        Settings::Open => command.args(["--port", &port]),
        Settings::Password(password) => command.args(["--port", &port, "--requirepass", password]),
        Settings::Tls(file) => command
            .args([
                "--port",
                "0",
                "--tls-port",
                &port,
                "--tls-auth-clients",
                "no",
            ])
            .args(["--tls-cert-file", file, "--tls-key-file", file])
            .args(["--tls-ca-cert-file", file]),
    };
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().map_err(|error| {
        format!(
            "these tests need a real redis-server in PATH (Debian: apt-get install redis-server): \
             {error}"
        )
        .into()
    })
}
