//! `docs/security.md` names the tests that prove a requirement: each must have run, and passed.

use super::counts::Counts;
use crate::{
    failure::{OrFail, Result},
    workspace::Workspace,
};
use std::{collections::BTreeSet, fs};

const DOCUMENT: &str = "docs/security.md";
/// How a row begins its last column where no test can prove it.
const WITHOUT_TEST: [&str; 2] = ["Does not apply:", "By design:"];

/// The names of the tests that passed, with the modules they stand in.
#[derive(Debug, Default)]
pub(super) struct Passed(BTreeSet<String>);

impl Passed {
    /// Reads the output of `cargo test`.
    pub(super) fn read(lines: &[String]) -> Self {
        let test = |line: &String| {
            let (name, outcome) = line.trim().strip_prefix("test ")?.split_once(" ... ")?;
            (outcome == "ok").then(|| name.to_owned())
        };
        Self(lines.iter().filter_map(test).collect())
    }
}

/// Compares the document with what has passed.
pub(super) fn check(workspace: &Workspace, passed: &Passed) -> Result<Counts> {
    let text = fs::read_to_string(workspace.root.join(DOCUMENT))
        .or_fail("Reading docs/security.md", "it belongs to the project")?;
    let findings = findings(&text, passed);
    for finding in &findings {
        crate::ui::line(finding);
    }
    let rows = rows(&text).count();
    let failed = u32::try_from(findings.len()).unwrap_or(u32::MAX);
    Ok(Counts {
        passed: u32::try_from(rows)
            .unwrap_or(u32::MAX)
            .saturating_sub(failed),
        failed,
    })
}

/// Requirement and last column of each row.
fn rows(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| {
        let line = line.trim().strip_prefix('|')?.strip_suffix('|')?;
        let mut columns = line.split('|').map(str::trim);
        let requirement = columns.next()?;
        let is_number = requirement.starts_with(|c: char| c.is_ascii_digit());
        Some((requirement, columns.next_back()?)).filter(|_| is_number)
    })
}

fn findings(text: &str, passed: &Passed) -> Vec<String> {
    let mut findings = Vec::new();
    for (requirement, proof) in rows(text) {
        // Between backticks: every second piece.
        let names: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        let missing = names.iter().filter(|name| !passed.0.contains(**name));
        for name in missing {
            findings.push(format!("{DOCUMENT}: {requirement}: {name} has not passed"));
        }
        let is_excused = WITHOUT_TEST.iter().any(|start| proof.starts_with(start));
        if names.is_empty() && !is_excused {
            findings.push(format!("{DOCUMENT}: {requirement}: names no test"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed() -> Passed {
        let output = "running 4 tests\n\
                      test auth::a ... ok\n\
                      test auth::b ... FAILED\n\
                      test auth::c ... ignored\n\
                      test a_session_ends ... ok\n\
                      test result: ok. 2 passed; 1 failed\n";
        Passed::read(&output.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn only_what_passed_is_kept() {
        let names: Vec<_> = passed().0.into_iter().collect();
        assert_eq!(names, ["a_session_ends", "auth::a"]);
    }

    #[test]
    fn a_requirement_whose_test_did_not_pass_is_a_finding() {
        let found = |proof: &str| findings(&format!("| 6.1.1 | 1 | x | {proof} |"), &passed());
        assert!(found("`auth::a`, `a_session_ends`").is_empty());
        assert!(found("Does not apply: there are no phones").is_empty());
        assert!(found("By design: see auth").is_empty());
        for proof in ["`auth::b`", "`auth::c`", "`a`", "", "later"] {
            assert_eq!(found(proof).len(), 1, "{proof}");
        }
    }

    #[test]
    fn only_rows_that_begin_with_a_number_count() {
        let text = "| ASVS | proof |\n|---|---|\n| 1.1 | a |\ntext | x |\n";
        assert_eq!(rows(text).collect::<Vec<_>>(), [("1.1", "a")]);
    }
}
