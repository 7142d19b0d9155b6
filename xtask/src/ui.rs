//! Everything this program says to a person.
#![expect(
    clippy::print_stdout,
    reason = "a command-line program talks on standard output"
)]

use std::{
    fmt::Display,
    io::{self, Write},
    time::{Duration, Instant},
};

use crate::failure::{Failure, Result};

/// Prints one plain line.
pub(crate) fn line(text: impl Display) {
    println!("{text}");
    flush();
}

/// Prints a failed step, its cause and what to do about it.
pub(crate) fn failure(failure: &Failure) {
    println!(
        "\n✗ {} failed\n  {}",
        failure.step,
        indented(&failure.cause)
    );
    println!("  What to do: {}", indented(&failure.remedy));
    flush();
}

/// Announces `name`, does `work`, and says how long it took.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    line(format_args!("▸ {name}"));
    let start = Instant::now();
    let result = work();
    let mark = if result.is_ok() { '✓' } else { '✗' };
    line(format_args!("{mark} {name} ({})", elapsed(start.elapsed())));
    result
}

/// As [`step`], for what may come to nothing because there is another way.
pub(crate) fn attempt(name: &str, work: impl FnOnce() -> bool) -> bool {
    line(format_args!("▸ {name}"));
    let start = Instant::now();
    let succeeded = work();
    line(outcome(name, succeeded, start.elapsed()));
    succeeded
}

fn outcome(name: &str, succeeded: bool, time: Duration) -> String {
    let time = elapsed(time);
    if succeeded {
        format!("✓ {name} ({time})")
    } else {
        format!("– {name}: to no avail ({time})")
    }
}

/// `4.2 s` below a minute, `3 min 05 s` from there on.
pub(crate) fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        return format!("{:.1} s", time.as_secs_f64());
    }
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n  ")
}

/// A closed pipe is no reason to stop the work itself.
fn flush() {
    let _closed = io::stdout().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_that_failed_is_not_called_a_success() {
        let time = Duration::from_secs(1);
        assert_eq!(outcome("Asking", true, time), "✓ Asking (1.0 s)");
        assert_eq!(
            outcome("Asking", false, time),
            "– Asking: to no avail (1.0 s)"
        );
    }

    #[test]
    fn elapsed_time_is_readable_at_every_length() {
        assert_eq!(elapsed(Duration::from_millis(4_240)), "4.2 s");
        assert_eq!(elapsed(Duration::from_secs(60)), "1 min 00 s");
        assert_eq!(elapsed(Duration::from_secs(185)), "3 min 05 s");
    }
}
