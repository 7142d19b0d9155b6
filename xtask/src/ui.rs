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
    fn elapsed_time_is_readable_at_every_length() {
        assert_eq!(elapsed(Duration::from_millis(4_240)), "4.2 s");
        assert_eq!(elapsed(Duration::from_secs(60)), "1 min 00 s");
        assert_eq!(elapsed(Duration::from_secs(185)), "3 min 05 s");
    }
}
