//! Real clients from Python's registry: pyotp, eth-account, PyJWT.

use super::Outcome;
use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{io::AsyncWriteExt, process::Command};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/auth_support/peer.py");

/// What a command of `peer.py` prints.
pub(crate) async fn ask(arguments: &[&str], input: &str) -> Outcome<String> {
    let python = python();
    let mut command = Command::new(&python);
    command.arg(SCRIPT).args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let started = command.spawn();
    let mut process = started.map_err(|error| {
        let python = python.display();
        format!("these tests need {python}; `cargo xtask test` sets it up: {error}")
    })?;
    if let Some(mut stdin) = process.stdin.take() {
        stdin.write_all(input.as_bytes()).await?;
    }
    let done = process.wait_with_output().await?;
    if !done.status.success() {
        let why = String::from_utf8_lossy(&done.stderr).into_owned();
        return Err(format!("peer.py (`cargo xtask test` sets it up): {why}").into());
    }
    Ok(String::from_utf8(done.stdout)?.trim().to_owned())
}

/// Of the environment that `cargo xtask test` has made, which `SECANTUSD` stands in, too.
fn python() -> PathBuf {
    let named = env::var_os("SECANTUSD").filter(|path| !path.is_empty());
    named.map_or_else(
        || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("mongo/bin/python"),
        |path| Path::new(&path).with_file_name("python"),
    )
}
