//! `cargo test` over everything that runs on the server.

use super::counts::Counts;
use crate::{
    failure::{OrFail, Result},
    setup::Programs,
    workspace::Workspace,
};

/// Runs all tests, also after one failed.
pub(super) fn run(workspace: &Workspace, programs: &Programs) -> Result<Counts> {
    let (lines, status) = workspace
        .cargo()?
        .args(["test", "--no-fail-fast"])
        .env("SECANTUSD", &programs.mongo)
        .tee()
        .or_fail("Running cargo test", "see the messages above")?;
    Ok(Counts::of_run(&lines, status.success()))
}
