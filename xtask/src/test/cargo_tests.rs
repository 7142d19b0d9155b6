//! `cargo test` over everything that runs on the server.

use super::{counts::Counts, proofs::Passed};
use crate::{
    failure::{OrFail, Result},
    setup::Programs,
    workspace::Workspace,
};

/// Runs all tests, also after one failed; how many passed, and which.
pub(super) fn run(workspace: &Workspace, programs: &Programs) -> Result<(Counts, Passed)> {
    let (lines, status) = workspace
        .cargo()?
        .args(["test", "--no-fail-fast"])
        .env("SECANTUSD", &programs.mongo)
        .tee()
        .or_fail("Running cargo test", "see the messages above")?;
    let counts = Counts::of_run(&lines, status.success());
    Ok((counts, Passed::read(&lines)))
}
