//! How many tests passed and failed, read from the runners' own closing lines.

use std::ops::Add;

/// Tests that passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u32,
    pub(super) failed: u32,
}

impl Counts {
    /// Whether something ran and nothing failed.
    pub(super) fn is_good(self) -> bool {
        self.passed > 0 && self.failed == 0
    }

    /// The sum of every closing line in a runner's output.
    pub(super) fn read(lines: &[String]) -> Self {
        lines
            .iter()
            .filter_map(|line| closing(line))
            .fold(Self::default(), Self::add)
    }

    /// The same, where a runner that ended badly has failed even if no test of its did.
    pub(super) fn of_run(lines: &[String], success: bool) -> Self {
        let mut counts = Self::read(lines);
        if !success && counts.failed == 0 {
            counts.failed = 1;
        }
        counts
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }
}

fn closing(line: &str) -> Option<Counts> {
    let line = line.trim();
    cargo(line).or_else(|| node(line)).or_else(|| plain(line))
}

/// `test result: ok. 5 passed; 0 failed; 0 ignored; …`
fn cargo(line: &str) -> Option<Counts> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    pair(counts.split("; "))
}

/// `ℹ pass 5` or, for machines, `# pass 5`; the failures stand on a line of their own.
fn node(line: &str) -> Option<Counts> {
    let line = line
        .strip_prefix("ℹ ")
        .or_else(|| line.strip_prefix("# "))?;
    let number = |name: &str| line.strip_prefix(name)?.trim().parse().ok();
    number("pass ")
        .map(|passed| Counts { passed, failed: 0 })
        .or_else(|| number("fail ").map(|failed| Counts { passed: 0, failed }))
}

/// `5 passed, 0 failed`
fn plain(line: &str) -> Option<Counts> {
    pair(line.split(", "))
}

fn pair<'a>(mut parts: impl Iterator<Item = &'a str>) -> Option<Counts> {
    let passed = parts.next()?.strip_suffix(" passed")?.parse().ok()?;
    let failed = parts.next()?.strip_suffix(" failed")?.parse().ok()?;
    Some(Counts { passed, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Counts {
        Counts::read(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn cargo_closes_once_per_program() {
        let text = "running 2 tests\n\
                    test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured\n\
                    test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured\n";
        assert_eq!(
            read(text),
            Counts {
                passed: 5,
                failed: 1
            }
        );
    }

    #[test]
    fn node_closes_in_both_of_its_styles() {
        assert_eq!(
            read("ℹ tests 3\nℹ pass 2\nℹ fail 1\n"),
            Counts {
                passed: 2,
                failed: 1
            }
        );
        assert_eq!(
            read("# pass 4\n# fail 0\n"),
            Counts {
                passed: 4,
                failed: 0
            }
        );
    }

    #[test]
    fn the_plain_line_is_read() {
        assert_eq!(
            read("7 passed, 2 failed\n"),
            Counts {
                passed: 7,
                failed: 2
            }
        );
    }

    #[test]
    fn other_lines_do_not_count() {
        assert_eq!(
            read("5 passed the gate\nall 3 passed\n2 passed\n"),
            Counts::default()
        );
    }

    #[test]
    fn a_runner_that_broke_off_has_failed() {
        assert_eq!(
            Counts::of_run(&[], false),
            Counts {
                passed: 0,
                failed: 1
            }
        );
        assert!(!Counts::of_run(&[], true).is_good());
    }
}
