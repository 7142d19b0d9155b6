//! Running other programs.

use std::{
    env,
    ffi::OsStr,
    io::{self, BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
};

use thiserror::Error;

use crate::ui;

/// Set by cargo for this program alone. Handed on, they would make build scripts that watch them
/// (ring's does) run again whenever somebody switches between `cargo` and `cargo xtask`.
const CARGO_OWN: [&str; 6] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_",
    "CARGO_PRIMARY_",
    "CARGO_BUILD_JOBSERVER",
];

/// Why a program did not do its work.
#[derive(Debug, Error)]
pub(crate) enum CommandError {
    #[error("`{line}` could not be started: {source}")]
    Start { line: String, source: io::Error },
    /// `message` is what it wrote to standard error, where that was not shown already.
    #[error("`{line}` ended with {status}{}{message}", if .message.is_empty() { "" } else { "\n" })]
    Status {
        line: String,
        status: ExitStatus,
        message: String,
    },
    #[error("the output of `{line}` could not be read: {source}")]
    Output { line: String, source: io::Error },
}

/// A program to run, with the environment cleaned of what cargo set for this one.
#[derive(Debug)]
pub(crate) struct Cmd {
    inner: Command,
}

impl Cmd {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut inner = Command::new(program);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            // The last is in `.cargo/config.toml` for the compiler; a server would take it for the
            // sign that cargo-leptos started it, and cargo sets it again for what it builds.
            if text == "CARGO"
                || text == "LEPTOS_OUTPUT_NAME"
                || CARGO_OWN.iter().any(|prefix| text.starts_with(prefix))
            {
                inner.env_remove(&name);
            }
        }
        Self { inner }
    }

    /// The program, run as the system's administrator: as it is, or through sudo.
    pub(crate) fn privileged(program: &str) -> Self {
        if Self::new("id")
            .arg("-u")
            .output()
            .is_ok_and(|id| id.trim() == "0")
        {
            return Self::new(program);
        }
        Self::new("sudo").arg(program)
    }

    /// The program at the lowest priority, for work nobody waits for.
    pub(crate) fn nice(program: &str) -> Self {
        Self::new("nice").args(["-n", "19", program])
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.inner.arg(arg);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.inner.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.inner.env_remove(name);
        self
    }

    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.inner.current_dir(dir);
        self
    }

    /// Runs to the end, its output shown as it comes.
    pub(crate) fn run(mut self) -> Result<(), CommandError> {
        let status = self
            .inner
            .stdin(Stdio::null())
            .status()
            .map_err(|source| self.start(source))?;
        self.check(status, &[])
    }

    /// Runs to the end and returns what it wrote to standard output. What it wrote to standard
    /// error is shown only as a part of the failure.
    pub(crate) fn output(mut self) -> Result<String, CommandError> {
        let output = self
            .inner
            .stdin(Stdio::null())
            .output()
            .map_err(|source| self.start(source))?;
        self.check(output.status, &output.stderr)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether it can be started and ends well; its output is not shown.
    pub(crate) fn succeeds(self) -> bool {
        self.output().is_ok()
    }

    /// Runs to the end, shows each line of standard output as it comes, and returns all of them
    /// with the way it ended.
    pub(crate) fn tee(mut self) -> Result<(Vec<String>, ExitStatus), CommandError> {
        let mut child = self
            .inner
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|source| self.start(source))?;
        let mut lines = Vec::new();
        if let Some(output) = child.stdout.take() {
            for text in BufReader::new(output).lines() {
                let text = text.map_err(|source| self.unread(source))?;
                ui::line(&text);
                lines.push(text);
            }
        }
        let status = child.wait().map_err(|source| self.unread(source))?;
        Ok((lines, status))
    }

    /// Starts it in the background, silent.
    pub(crate) fn spawn_silent(mut self) -> Result<Child, CommandError> {
        self.inner
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.inner.spawn().map_err(|source| self.start(source))
    }

    /// Starts it out of reach of the terminal's Ctrl-C, its output shown.
    pub(crate) fn spawn_apart(mut self) -> Result<Child, CommandError> {
        std::os::unix::process::CommandExt::process_group(&mut self.inner, 0);
        self.inner
            .stdin(Stdio::null())
            .spawn()
            .map_err(|source| self.start(source))
    }

    fn line(&self) -> String {
        let words = std::iter::once(self.inner.get_program()).chain(self.inner.get_args());
        words
            .map(|word| word.to_string_lossy().into_owned())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn start(&self, source: io::Error) -> CommandError {
        CommandError::Start {
            line: self.line(),
            source,
        }
    }

    fn unread(&self, source: io::Error) -> CommandError {
        CommandError::Output {
            line: self.line(),
            source,
        }
    }

    fn check(&self, status: ExitStatus, message: &[u8]) -> Result<(), CommandError> {
        if status.success() {
            return Ok(());
        }
        Err(CommandError::Status {
            line: self.line(),
            status,
            message: String::from_utf8_lossy(message).trim().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_an_error_that_shows_the_command() {
        let error = Cmd::new("sh")
            .args(["-c", "exit 3"])
            .run()
            .map_err(|error| error.to_string());
        assert_eq!(
            error,
            Err("`sh -c exit 3` ended with exit status: 3".to_owned())
        );
    }

    #[test]
    fn what_was_not_shown_is_part_of_the_error() {
        let error = Cmd::new("sh")
            .args(["-c", "echo no such crate >&2; exit 101"])
            .output()
            .map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.ends_with("exit status: 101\nno such crate")));
    }

    #[test]
    fn a_missing_program_is_an_error_that_names_it() {
        let error = Cmd::new("no-such-program")
            .output()
            .map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.contains("`no-such-program` could not be started")));
    }

    #[test]
    fn what_cargo_set_for_this_program_is_not_handed_on() -> Result<(), CommandError> {
        let environment = Cmd::new("env").output()?;
        assert!(env::var_os("CARGO_MANIFEST_DIR").is_some());
        assert!(!environment.contains("CARGO_MANIFEST_DIR="));
        assert!(!environment.contains("CARGO_PKG_NAME="));
        Ok(())
    }

    #[test]
    fn tee_returns_every_line_and_the_status() -> Result<(), CommandError> {
        let (lines, status) = Cmd::new("sh")
            .args(["-c", "echo one; echo two; exit 1"])
            .tee()?;
        assert_eq!(lines, ["one", "two"]);
        assert!(!status.success());
        Ok(())
    }
}
