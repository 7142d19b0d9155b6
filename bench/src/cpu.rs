//! The CPU time of a process.

use crate::failure::Result;
use std::{collections::BTreeMap, fs, time::Duration};

/// The unit of CPU times in /proc, per second: USER_HZ, which is 100 on every architecture of
/// Linux that Rust's standard library supports.
const TICKS_PER_SECOND: f64 = 100.0;
/// The two ways of counting agree within this time, unless a thread ended in between.
const TOLERANCE: Duration = Duration::from_millis(20);

/// CPU time at a moment, in user and kernel mode.
///
/// The kernel tells that of a process in steps of 10 ms, that of a thread to the nanosecond, but
/// only as long as it lives. So threads are what counts, and the process is what they are checked
/// with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CpuTime {
    process: Duration,
    threads: BTreeMap<String, Duration>,
}

impl CpuTime {
    /// That of a running process.
    pub(crate) fn of(process: u32) -> Result<Self> {
        let mut threads = BTreeMap::new();
        for entry in fs::read_dir(format!("/proc/{process}/task"))? {
            let entry = entry?;
            // It may be gone by now, and some kernels do not count so finely.
            let text = fs::read_to_string(entry.path().join("schedstat")).unwrap_or_default();
            if let Some(time) = run_time(&text) {
                threads.insert(entry.file_name().to_string_lossy().into_owned(), time);
            }
        }
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        let ticks = cpu_ticks(&stat).ok_or("/proc/<pid>/stat has an unknown format")?;
        let process = Duration::from_secs_f64(ticks as f64 / TICKS_PER_SECOND);
        Ok(Self { process, threads })
    }

    /// The time used since an earlier moment.
    pub(crate) fn since(&self, earlier: &Self) -> Duration {
        let rough = self.process.saturating_sub(earlier.process);
        let precise = self.threads.iter().map(|(id, time)| {
            let before = earlier.threads.get(id).copied().unwrap_or_default();
            time.saturating_sub(before)
        });
        let precise: Duration = precise.sum();
        if precise.abs_diff(rough) <= TOLERANCE {
            precise
        } else {
            rough
        }
    }
}

/// The first field of a thread's schedstat: nanoseconds on a CPU.
fn run_time(schedstat: &str) -> Option<Duration> {
    let nanos = schedstat.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// Fields 14 and 15, counted behind the program's name, which may hold spaces (proc(5)).
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn cpu_time_is_found_behind_a_name_with_spaces_and_brackets() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 85 0 0 0 250 50 9 9 20 0 1 0 100 1 1";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("7 (a) S 1"), None);
    }

    fn time(process: u64, threads: &[(&str, u64)]) -> CpuTime {
        let threads = threads.iter();
        CpuTime {
            process: Duration::from_millis(process),
            threads: threads
                .map(|(id, millis)| ((*id).to_owned(), Duration::from_millis(*millis)))
                .collect(),
        }
    }

    #[test]
    fn threads_are_counted_finely() {
        let earlier = time(100, &[("1", 60), ("2", 44)]);
        let later = time(150, &[("1", 100), ("2", 44), ("3", 13)]);
        assert_eq!(later.since(&earlier), Duration::from_millis(53));
    }

    #[test]
    fn the_time_of_a_thread_that_ended_is_not_lost() {
        let earlier = time(100, &[("1", 60), ("2", 40)]);
        let later = time(200, &[("1", 100)]);
        assert_eq!(later.since(&earlier), Duration::from_millis(100));
    }

    #[test]
    fn a_running_process_has_used_time() -> Result<()> {
        let (process, started) = (std::process::id(), Instant::now());
        let before = CpuTime::of(process)?;
        // Reading it takes time, which is seen after 10 ms at the latest, with threads or without.
        while CpuTime::of(process)?.since(&before).is_zero() {
            assert!(started.elapsed() < Duration::from_secs(10));
        }
        Ok(())
    }
}
