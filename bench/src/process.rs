//! Servers as child processes on a core of their own.

use crate::{cpu::CpuTime, failure::Result};
use rustix::process::{Resource, Rlimit};
use std::{
    fs::{self, File},
    io::Write,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{self, Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// The core of the servers.
const SERVER_CORE: &str = "0";
/// The core of the load generator.
const LOAD_CORE: &str = "1";
const MAX_START: Duration = Duration::from_secs(30);
const POLL_EVERY: Duration = Duration::from_millis(1);

/// Moves this process to the core of the load.
pub(crate) fn pin_self() -> Result<()> {
    let pinned = Command::new("taskset")
        .args(["--pid", "--cpu-list", LOAD_CORE])
        .arg(process::id().to_string())
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("taskset (of util-linux) can't be started: {error}"))?;
    if !pinned.success() {
        return Err("two cores are needed: one for the server, one for the load".into());
    }
    Ok(())
}

/// Lets this process and the servers it starts have `files` open.
pub(crate) fn allow_open_files(files: usize) -> Result<()> {
    let limits = rustix::process::getrlimit(Resource::Nofile);
    let files = files as u64;
    let raised = Rlimit {
        current: limits.current.max(Some(files)),
        // Only the system's administrator may go beyond it.
        maximum: limits.maximum.map(|most| most.max(files)),
    };
    let enough = limits.current.is_none_or(|current| current >= files);
    if !enough && rustix::process::setrlimit(Resource::Nofile, raised).is_err() {
        let most = limits.maximum.unwrap_or_default();
        return Err(format!("{files} open files are needed, but at most {most} allowed here; raise the limit with `ulimit -Hn {files}`").into());
    }
    Ok(())
}

/// A server under measurement. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    input: Option<ChildStdin>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From its start to its first answer.
    pub(crate) first_answer: Duration,
}

impl Server {
    /// Starts what `command` makes for a free port, and waits until `is_up` says that it answers.
    /// Standard output and error go to `log`; standard input stays open until the server is ended.
    pub(crate) async fn start(
        command: impl FnOnce(SocketAddr) -> Command,
        log: &Path,
        is_up: impl AsyncFn(SocketAddr) -> bool,
    ) -> Result<Self> {
        let address = free_address()?;
        let output = File::create(log)?;
        let mut command = pinned(&command(address));
        let started = Instant::now();
        let mut child = command
            .stdin(Stdio::piped())
            .stderr(output.try_clone()?)
            .stdout(output)
            .spawn()
            .map_err(|error| format!("{command:?} can't be started: {error}"))?;
        let input = child.stdin.take();
        let mut server = Self {
            child,
            input,
            address,
            first_answer: Duration::ZERO,
        };
        while !is_up(address).await {
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("a server ended with {status}, see {}", log.display()).into());
            }
            if started.elapsed() > MAX_START {
                return Err(format!("a server does not answer, see {}", log.display()).into());
            }
            sleep(POLL_EVERY).await;
        }
        server.first_answer = started.elapsed();
        Ok(server)
    }

    /// Writes a line to its standard input.
    pub(crate) fn tell(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().ok_or("it has no standard input")?;
        Ok(input.write_all(format!("{line}\n").as_bytes())?)
    }

    /// CPU time used so far, in user and kernel mode, by all threads.
    pub(crate) fn cpu(&self) -> Result<CpuTime> {
        CpuTime::of(self.child.id())
    }

    /// Resident memory in KiB.
    pub(crate) fn resident_kib(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path)?;
        Ok(resident(&status).ok_or("/proc/<pid>/status has an unknown format")?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// The command on the core of the servers, ended by the kernel when this process ends.
fn pinned(command: &Command) -> Command {
    let mut pinned = Command::new("setpriv");
    pinned.args(["--pdeathsig", "KILL", "taskset", "--cpu-list", SERVER_CORE]);
    pinned.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => pinned.env(name, value),
            None => pinned.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        pinned.current_dir(folder);
    }
    pinned
}

/// An address on this machine that nobody listens on.
pub(crate) fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?)
}

fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_told_in_kib() {
        assert_eq!(
            resident("VmHWM:\t 9 kB\nVmRSS:\t   12345 kB\n"),
            Some(12_345)
        );
        assert_eq!(resident("Name:\tkthreadd\n"), None);
    }

    #[test]
    fn a_pinned_command_keeps_its_folder_and_its_environment() {
        let mut command = Command::new("server");
        command.current_dir("/somewhere").env("PORT", "1");
        let pinned = pinned(&command);
        assert_eq!(pinned.get_current_dir(), Some(Path::new("/somewhere")));
        assert!(pinned.get_envs().eq(command.get_envs()));
    }
}
