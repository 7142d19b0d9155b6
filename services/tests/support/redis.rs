//! A real `redis-server` on a free port of 127.0.0.1, without persistence, ended with the test.

use std::{
    error::Error,
    io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long the server may take to accept connections.
const START_LIMIT: Duration = Duration::from_secs(10);

/// A port can be taken between our look and the server's bind.
const PORT_ATTEMPTS: u32 = 5;

/// A running server. Dropping it kills the process.
pub(crate) struct RedisServer {
    port: u16,
    password: Option<String>,
    process: Child,
}

impl RedisServer {
    /// Starts a server that asks for no password.
    pub(crate) async fn start() -> Outcome<Self> {
        Self::launch(None).await
    }

    /// Starts a server that asks for `password`.
    pub(crate) async fn start_with_password(password: &str) -> Outcome<Self> {
        Self::launch(Some(password.to_owned())).await
    }

    async fn launch(password: Option<String>) -> Outcome<Self> {
        let mut last = None;
        for _ in 0..PORT_ATTEMPTS {
            let port = free_port()?;
            let process = spawn(port, password.as_deref())?;
            let mut server = Self {
                port,
                password: password.clone(),
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
        match &self.password {
            Some(password) => format!("redis://:{password}@127.0.0.1:{}", self.port),
            None => format!("redis://127.0.0.1:{}", self.port),
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
        self.process = spawn(self.port, self.password.as_deref())?;
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

    async fn wait_until_up(&mut self) -> Outcome<()> {
        let deadline = Instant::now() + START_LIMIT;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if let Some(status) = self.process.try_wait()? {
                return Err(format!("redis-server ended at start: {status}").into());
            }
            if Instant::now() > deadline {
                return Err("redis-server did not accept connections in time".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
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

fn spawn(port: u16, password: Option<&str>) -> Outcome<Child> {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
    command.args(["--save", "", "--appendonly", "no", "--daemonize", "no"]);
    if let Some(password) = password {
        command.args(["--requirepass", password]);
    }
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
