//! The browser tests against a running server.

use std::path::Path;

use super::counts::Counts;
use crate::{
    build::{self, Profile},
    failure::{OrFail, Result},
    workspace::Workspace,
};

/// Builds the server and runs `npm run e2e` on it; the tests start their own servers on free ports.
pub(super) fn run(workspace: &Workspace, browser: &Path) -> Result<Counts> {
    let server = build::server(workspace, Profile::Dev)?;
    let (lines, status) = workspace
        .program("npm")?
        .args(["run", "--silent", "e2e"])
        .env("CHROMIUM", browser)
        .env("CRYPTOVAULT_BIN", server)
        .env("LEPTOS_SITE_ROOT", workspace.site())
        .tee()
        .or_fail("Running the browser tests", "see the messages above")?;
    let counts = Counts::of_run(&lines, status.success());
    if counts == Counts::default() {
        return Err("it ended well without running a test").or_fail(
            "Running the browser tests",
            "see end2end/playwright.config.ts",
        );
    }
    Ok(counts)
}
