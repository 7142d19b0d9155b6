//! A server that speaks MongoDB's protocol, on a free port of 127.0.0.1 and in a folder of its own,
//! ended with the tests that use it.

use std::{
    env,
    error::Error,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Mutex,
    time::timeout,
};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long the server may take to answer, on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long one look whether it answers may take.
const LOOK_LIMIT: Duration = Duration::from_secs(5);

/// A port can be taken between our look and the server's bind.
const PORT_ATTEMPTS: u32 = 5;

/// The server of all tests of this program that run at the same moment.
static SHARED: Mutex<Weak<MongoServer>> = Mutex::const_new(Weak::new());

/// A running server. Dropping it kills the process.
pub(crate) struct MongoServer {
    port: u16,
    is_alone: bool,
    databases: AtomicU32,
    process: Child,
    /// Dropped after the process is gone.
    folder: TempDir,
}

impl MongoServer {
    /// The server that the tests of this program share; each uses [`Self::url`] once for a database
    /// of its own. It ends with the last test that holds it.
    pub(crate) async fn shared() -> Outcome<Arc<Self>> {
        let mut shared = SHARED.lock().await;
        if let Some(server) = shared.upgrade() {
            return Ok(server);
        }
        let server = Arc::new(Self::start().await?);
        *shared = Arc::downgrade(&server);
        Ok(server)
    }

    /// Starts a replica set of one server.
    pub(crate) async fn start() -> Outcome<Self> {
        Self::launch(false).await
    }

    /// Starts a server that belongs to no replica set.
    pub(crate) async fn start_alone() -> Outcome<Self> {
        Self::launch(true).await
    }

    async fn launch(is_alone: bool) -> Outcome<Self> {
        let mut last = None;
        for _ in 0..PORT_ATTEMPTS {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = listener.local_addr()?.port();
            drop(listener);
            let folder = tempfile::tempdir()?;
            let mut server = Self {
                port,
                is_alone,
                databases: AtomicU32::new(0),
                process: spawn(port, folder.path(), is_alone)?,
                folder,
            };
            match server.wait_until_up().await {
                Ok(()) => return Ok(server),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| "the server was never started".into()))
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The value for `DATABASE_URL`, with a database that nobody has used yet.
    pub(crate) fn url(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::SeqCst);
        format!("mongodb://127.0.0.1:{}/test_{number}", self.port)
    }

    /// Kills the process and waits until it is gone. What it has confirmed is in its folder.
    pub(crate) fn kill(&mut self) -> Outcome<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Starts it again on the same port, with what it had.
    pub(crate) async fn restart(&mut self) -> Outcome<()> {
        self.process = spawn(self.port, self.folder.path(), self.is_alone)?;
        self.wait_until_up().await
    }

    async fn wait_until_up(&mut self) -> Outcome<()> {
        let deadline = Instant::now() + START_LIMIT;
        while !self.is_up().await {
            if let Some(status) = self.process.try_wait()? {
                return Err(format!("the MongoDB server ended at start: {status}").into());
            }
            if Instant::now() > deadline {
                return Err("the MongoDB server did not answer in time".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Whether this very process answers. Something else may have taken the port before it, and
    /// a connection to a port where nobody listens can, by chance, meet itself.
    async fn is_up(&self) -> bool {
        let itself = [&b"pid\0"[..], &self.process.id().to_le_bytes()].concat();
        let answer = timeout(LOOK_LIMIT, status(self.port)).await;
        matches!(answer, Ok(Ok(answer)) if answer.windows(itself.len()).any(|part| part == itself))
    }
}

impl Drop for MongoServer {
    fn drop(&mut self) {
        // Fails only when it is gone already.
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// What the server answers to `serverStatus`: one `OP_MSG` there and one back.
async fn status(port: u16) -> Outcome<Vec<u8>> {
    const BODY: &[u8] = b"\x26\0\0\0\x10serverStatus\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0";
    const OP_MSG: i32 = 2013;
    let length = i32::try_from(20 + 1 + BODY.len())?;
    let header = [length, 1, 0, OP_MSG, 0].map(i32::to_le_bytes).concat();
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream
        .write_all(&[&header, &[0][..], BODY].concat())
        .await?;
    let length = usize::try_from(stream.read_i32_le().await?)?;
    if !(20..=1_000_000).contains(&length) {
        return Err("something else answers".into());
    }
    let mut answer = vec![0; length - 4];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

fn spawn(port: u16, folder: &Path, is_alone: bool) -> Outcome<Child> {
    let program = program();
    let mut command = Command::new(&program);
    command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    command.arg("--storage-path").arg(folder);
    command.args(["--cache-size", "64M", "--log-level", "ERROR"]);
    if is_alone {
        command.arg("--standalone");
    }
    // Somebody's settings for another server are not meant for this one.
    command.current_dir(folder).env("HOME", folder);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().map_err(|error| {
        format!(
            "these tests need a server with MongoDB's protocol at {} or where SECANTUSD says; \
             `cargo xtask test` sets it up: {error}",
            program.display()
        )
        .into()
    })
}

/// `SECANTUSD`, or what `cargo xtask test` has installed.
fn program() -> PathBuf {
    let named = env::var_os("SECANTUSD").filter(|path| !path.is_empty());
    named.map_or_else(
        || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("mongo/bin/secantusd-py"),
        PathBuf::from,
    )
}
