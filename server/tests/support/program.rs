//! The real program, started as a process with an environment of the test's own.

use std::{io, path::Path, process::Stdio};
use tokio::process::{Child, Command};

/// The program with only these variables, in an empty working directory (no `.env` there).
pub(crate) fn program(folder: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cryptovault"));
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
