//! Real clients from Python's registry: pyotp, eth-account, PyJWT, pyxirr.

use super::Outcome;
use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/auth_support/peer.py");

/// One for all tests of a program: reading its libraries takes a second.
static PEER: Mutex<Option<Peer>> = Mutex::new(None);

/// A running script. It ends when this program does and its standard input with it.
struct Peer {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What `peer.py` answers.
pub(crate) async fn ask(question: &[&str]) -> Outcome<String> {
    let question = serde_json::to_string(question)?;
    Ok(tokio::task::spawn_blocking(move || answer(&question)).await??)
}

fn answer(question: &str) -> io::Result<String> {
    let mut peer = PEER.lock().unwrap_or_else(PoisonError::into_inner);
    let running = match peer.take() {
        Some(running) => running,
        None => start()?,
    };
    let running = peer.insert(running);
    let answer = running.ask(question);
    if answer.is_err() {
        *peer = None;
    }
    answer
}

fn start() -> io::Result<Peer> {
    let python = python();
    let mut command = Command::new(&python);
    command
        .arg(SCRIPT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let started = command.spawn();
    let mut process = started.map_err(|error| {
        let python = python.display();
        io::Error::other(format!(
            "these tests need {python}; `cargo xtask test` sets it up: {error}"
        ))
    })?;
    let (Some(questions), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
        return Err(io::Error::other("no pipes"));
    };
    Ok(Peer {
        process,
        questions,
        answers: BufReader::new(answers),
    })
}

impl Peer {
    fn ask(&mut self, question: &str) -> io::Result<String> {
        writeln!(self.questions, "{question}")?;
        self.questions.flush()?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            let status = self.process.wait()?;
            let why = "peer.py has ended; `cargo xtask test` sets up what it needs";
            return Err(io::Error::other(format!("{why}: {status}")));
        }
        Ok(serde_json::from_str(&line)?)
    }
}

/// Of the environment that `cargo xtask test` has made, which `SECANTUSD` stands in, too.
fn python() -> PathBuf {
    let named = env::var_os("SECANTUSD").filter(|path| !path.is_empty());
    named.map_or_else(
        || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("mongo/bin/python"),
        |path| Path::new(&path).with_file_name("python"),
    )
}
