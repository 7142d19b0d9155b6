//! The stages of a test run and their sum.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use super::counts::Counts;
use crate::{failure::Result, ui};

/// What the stages so far have come to.
#[derive(Debug, Default)]
pub(super) struct Report {
    stages: Vec<Stage>,
}

#[derive(Debug)]
struct Stage {
    name: &'static str,
    counts: Counts,
    time: Duration,
}

impl Report {
    /// Runs a stage. One that cannot be finished counts as one failure.
    pub(super) fn stage(&mut self, name: &'static str, work: impl FnOnce() -> Result<Counts>) {
        ui::line(format_args!("\n━━ {name}"));
        let start = Instant::now();
        let counts = work().unwrap_or_else(|failure| {
            ui::failure(&failure);
            Counts {
                passed: 0,
                failed: 1,
            }
        });
        let time = start.elapsed();
        ui::line(format_args!(
            "━━ {name}: {} after {}",
            verdict(counts),
            ui::elapsed(time)
        ));
        self.stages.push(Stage { name, counts, time });
    }

    /// Prints the table and the sum, which stands alone on the last line.
    pub(super) fn close(&self) -> ExitCode {
        ui::line("");
        for Stage { name, counts, time } in &self.stages {
            let time = ui::elapsed(*time);
            ui::line(format_args!(
                "{name:<30} {:<24} {time:>12}",
                verdict(*counts)
            ));
        }
        let sum = self.sum();
        if sum.passed == 0 {
            ui::line("No test has run, which is a failure.");
        }
        ui::line(format_args!(
            "\n{} passed, {} failed",
            sum.passed, sum.failed
        ));
        if sum.is_good() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn sum(&self) -> Counts {
        self.stages
            .iter()
            .fold(Counts::default(), |sum, stage| sum + stage.counts)
    }
}

fn verdict(counts: Counts) -> String {
    match counts {
        Counts {
            passed: 0,
            failed: 0,
        } => "fine".to_owned(),
        Counts { passed, failed: 0 } => format!("{passed} passed"),
        Counts { passed, failed } => format!("{passed} passed, {failed} FAILED"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    #[test]
    fn counts_of_all_stages_are_summed() {
        let mut report = Report::default();
        report.stage("a", || {
            Ok(Counts {
                passed: 2,
                failed: 0,
            })
        });
        report.stage("b", || {
            Ok(Counts {
                passed: 3,
                failed: 1,
            })
        });
        assert_eq!(
            report.sum(),
            Counts {
                passed: 5,
                failed: 1
            }
        );
        assert_eq!(report.close(), ExitCode::FAILURE);
    }

    #[test]
    fn a_stage_that_broke_off_is_a_failure() {
        let mut report = Report::default();
        report.stage("a", || {
            Ok(Counts {
                passed: 2,
                failed: 0,
            })
        });
        report.stage("b", || Err(Failure::new("b", "it broke", "mend it")));
        assert_eq!(report.close(), ExitCode::FAILURE);
    }

    #[test]
    fn a_run_without_a_single_test_fails() {
        let mut report = Report::default();
        report.stage("a", || Ok(Counts::default()));
        assert_eq!(report.close(), ExitCode::FAILURE);
    }

    #[test]
    fn a_good_run_succeeds() {
        let mut report = Report::default();
        report.stage("a", || {
            Ok(Counts {
                passed: 1,
                failed: 0,
            })
        });
        assert_eq!(report.close(), ExitCode::SUCCESS);
    }
}
