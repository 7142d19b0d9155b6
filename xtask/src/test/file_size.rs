//! A file holds one concept: 400 lines at most.

use std::fs;

use crate::{
    failure::{OrFail, Result},
    workspace::Workspace,
};

const STEP: &str = "Measuring the files";
const LIMIT: usize = 400;
const KINDS: [&str; 8] = [".rs", ".js", ".mjs", ".ts", ".py", ".scss", ".css", ".sh"];

/// Every source file that is too long.
pub(super) fn breaches(workspace: &Workspace) -> Result<Vec<String>> {
    let tracked =
        workspace
            .program("git")?
            .args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let tracked = tracked
        .output()
        .or_fail(STEP, "run the tests in a git checkout")?;
    let mut found = Vec::new();
    for name in tracked.lines().filter(|name| is_source(name)) {
        // Deleted but not yet committed is none.
        if let Ok(text) = fs::read_to_string(workspace.root.join(name)) {
            found.extend(breach(name, &text));
        }
    }
    Ok(found)
}

fn is_source(name: &str) -> bool {
    KINDS.iter().any(|kind| name.ends_with(kind))
}

fn breach(name: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > LIMIT).then(|| format!("{name} has {lines} lines, {LIMIT} allowed: split it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_too_many_is_a_breach() {
        assert_eq!(breach("a.rs", &"\n".repeat(400)), None);
        assert_eq!(
            breach("a.rs", &"\n".repeat(401)).as_deref(),
            Some("a.rs has 401 lines, 400 allowed: split it")
        );
    }

    #[test]
    fn data_is_no_source() {
        assert!(is_source("app/src/lib.rs"));
        assert!(!is_source("services/data/catalogue.json"));
        assert!(!is_source("Cargo.lock"));
    }
}
