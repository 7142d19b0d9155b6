//! Rules of the house that no compiler knows.

use super::{counts::Counts, dependencies, file_size, lock_files};
use crate::{
    failure::{Failure, Result},
    leptos, ui,
    workspace::Workspace,
};

/// Checks every rule and names every breach.
pub(super) fn check(workspace: &Workspace) -> Result<Counts> {
    let rules = [
        (
            "dependencies point one way",
            dependencies::breaches(workspace)?,
        ),
        (
            "Leptos.toml equals Cargo.toml",
            leptos::differences(&workspace.root)?,
        ),
        ("files are short", file_size::breaches(workspace)?),
        (
            "lock files name no mirror",
            lock_files::breaches(&workspace.root)?,
        ),
    ];
    let mut broken = Vec::new();
    for (rule, breaches) in rules {
        ui::line(format_args!(
            "{} {rule}",
            if breaches.is_empty() { '✓' } else { '✗' }
        ));
        broken.extend(breaches);
    }
    if broken.is_empty() {
        return Ok(Counts::default());
    }
    let remedy = "ARCHITECTURE.md and CONTRIBUTING.md tell the rules and their reasons";
    Err(Failure::new(
        "Checking the house rules",
        broken.join("\n"),
        remedy,
    ))
}
