//! The wish to stop: Ctrl-C, a signal, or the terminal that was closed.

use std::{
    fs, io,
    sync::{Arc, atomic::AtomicBool},
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

/// Becomes true when this program is asked to stop.
pub(super) fn to_stop() -> io::Result<Arc<AtomicBool>> {
    let wish = Arc::new(AtomicBool::new(false));
    flag::register(SIGINT, Arc::clone(&wish))?;
    flag::register(SIGTERM, Arc::clone(&wish))?;
    if !outlives_terminal() {
        flag::register(SIGHUP, Arc::clone(&wish))?;
    }
    Ok(wish)
}

/// Whether it was started to go on without its terminal, as `nohup` does.
fn outlives_terminal() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hangup(&status))
}

/// Reads the set of ignored signals, a hexadecimal number whose lowest bit stands for signal 1.
fn ignores_hangup(status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    ignored.is_some_and(|set| set & 1 == 1)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn nohup_is_told_from_a_plain_start() -> io::Result<()> {
        let status = |script: &str| {
            let output = Command::new("sh").args(["-c", script]).output()?;
            io::Result::Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        assert!(ignores_hangup(&status(
            "trap '' HUP; exec cat /proc/self/status"
        )?));
        assert!(!ignores_hangup(
            "SigBlk:\t0000000000000001\nSigIgn:\t0000000000001000\n"
        ));
        assert!(!ignores_hangup(""));
        Ok(())
    }
}
