//! The real program, started as a process with an environment of the test's own.

use super::DEADLINE;
use std::{
    io,
    path::Path,
    process::{ExitStatus, Output, Stdio},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// Settings of a program that needs no network, and no site but one in its working directory.
pub(crate) const OFFLINE: [(&str, &str); 5] = [
    ("FEEDS", "simulated"),
    ("PORT", "0"),
    ("METRICS_ADDR", "off"),
    ("LOG_FORMAT", "json"),
    ("LEPTOS_SITE_ROOT", "target/site"),
];

/// The program while it serves.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) child: Child,
    /// What it said on standard output before it was ready.
    pub(crate) before: Vec<String>,
    /// What it says from now on.
    pub(crate) log: Lines<BufReader<ChildStdout>>,
    /// Host and port.
    pub(crate) address: String,
    /// Its working directory.
    pub(crate) folder: tempfile::TempDir,
}

impl Running {
    /// Starts the program in a folder that `prepare` has filled, [`OFFLINE`] and with more
    /// variables, and reads its address from the log.
    pub(crate) async fn start(
        prepare: impl FnOnce(&Path) -> io::Result<()>,
        variables: &[(&str, &str)],
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        prepare(folder.path())?;
        let variables = [OFFLINE.as_slice(), variables].concat();
        let command = program(folder.path(), &variables);
        Self::spawn(command, folder).await
    }

    /// Starts a command that becomes the program.
    pub(crate) async fn spawn(
        mut command: Command,
        folder: tempfile::TempDir,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or("no output")?;
        let mut log = BufReader::new(stdout).lines();
        let mut before = Vec::new();
        loop {
            let line = timeout(DEADLINE, log.next_line())
                .await??
                .ok_or("the program has ended")?;
            if let Some(address) = listening(&line) {
                return Ok(Self {
                    child,
                    before,
                    log,
                    address,
                    folder,
                });
            }
            before.push(line);
        }
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus, Box<dyn std::error::Error>> {
        Ok(timeout(DEADLINE, self.child.wait()).await??)
    }

    /// All it has said since, once it has ended.
    pub(crate) async fn said(&mut self) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        while let Some(line) = self.log.next_line().await? {
            lines.push(line);
        }
        Ok(lines)
    }
}

/// The address in the line that tells it, in either format.
fn listening(line: &str) -> Option<String> {
    if let Ok(line) = serde_json::from_str::<serde_json::Value>(line) {
        let address = line["address"].as_str()?;
        return (line["message"] == "listening").then(|| address.to_owned());
    }
    let (_, fields) = line.split_once(" listening ")?;
    let (_, address) = fields.split_once("address=")?;
    address.split_whitespace().next().map(ToOwned::to_owned)
}

/// The program with only these variables, in an empty working directory (no `.env` there).
pub(crate) fn program(folder: &Path, variables: &[(&str, &str)]) -> Command {
    copy(Path::new(PROGRAM), folder, variables)
}

/// Where the program was built.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_cryptovault");

/// The same, started from `copy`.
pub(crate) fn copy(copy: &Path, folder: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(copy);
    command
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Sends SIGTERM, as a service manager does.
pub(crate) async fn terminate(child: &Child) -> io::Result<()> {
    let id = child.id().ok_or(io::ErrorKind::NotFound)?.to_string();
    let status = Command::new("kill").args(["-TERM", &id]).status().await?;
    status
        .success()
        .then_some(())
        .ok_or(io::ErrorKind::Other.into())
}

/// Runs a command of the program to its end: what became of it, and all that it said.
pub(crate) async fn run(
    command: &str,
    dotenv: Option<&str>,
    variables: &[(&str, &str)],
) -> Result<(Output, String), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    if let Some(text) = dotenv {
        std::fs::write(folder.path().join(".env"), text)?;
    }
    let output = program(folder.path(), variables)
        .arg(command)
        .output()
        .await?;
    let all = [output.stdout.as_slice(), &output.stderr].concat();
    Ok((output, String::from_utf8(all)?))
}
