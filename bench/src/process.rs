//! Servers as child processes on a core of their own.

use crate::failure::Result;
use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{self, Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// The core of the servers.
const SERVER_CORE: &str = "0";
/// The core of the load generator.
const LOAD_CORE: &str = "1";
/// The unit of CPU times in /proc, per second: USER_HZ, which is 100 on every architecture of
/// Linux that Rust's standard library supports.
const TICKS_PER_SECOND: f64 = 100.0;
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

/// A server under measurement. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts what `command` makes for a free port, and waits until `is_up` says that it answers.
    /// Standard output and error go to `log`.
    pub(crate) async fn start(
        command: impl FnOnce(SocketAddr) -> Command,
        log: &Path,
        is_up: impl AsyncFn(SocketAddr) -> bool,
    ) -> Result<Self> {
        let address = free_address()?;
        let output = File::create(log)?;
        let mut command = pinned(&command(address));
        let child = command
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output)
            .spawn()
            .map_err(|error| format!("{command:?} can't be started: {error}"))?;
        let mut server = Self { child, address };
        let started = Instant::now();
        while !is_up(address).await {
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("a server ended with {status}, see {}", log.display()).into());
            }
            if started.elapsed() > MAX_START {
                return Err(format!("a server does not answer, see {}", log.display()).into());
            }
            sleep(POLL_EVERY).await;
        }
        Ok(server)
    }

    /// CPU time used so far, in user and kernel mode, by all threads.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = fs::read_to_string(path)?;
        let ticks = cpu_ticks(&stat).ok_or("/proc/<pid>/stat has an unknown format")?;
        Ok(Duration::from_secs_f64(ticks as f64 / TICKS_PER_SECOND))
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

fn pinned(command: &Command) -> Command {
    let mut pinned = Command::new("taskset");
    pinned.args(["--cpu-list", SERVER_CORE]);
    pinned.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => pinned.env(name, value),
            None => pinned.env_remove(name),
        };
    }
    pinned
}

fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?)
}

/// Fields 14 and 15, counted behind the program's name, which may hold spaces (proc(5)).
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
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
    fn cpu_time_is_found_behind_a_name_with_spaces_and_brackets() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 85 0 0 0 250 50 9 9 20 0 1 0 100 1 1";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("7 (a) S 1"), None);
    }

    #[test]
    fn resident_memory_is_told_in_kib() {
        assert_eq!(
            resident("VmHWM:\t 9 kB\nVmRSS:\t   12345 kB\n"),
            Some(12_345)
        );
        assert_eq!(resident("Name:\tkthreadd\n"), None);
    }
}
