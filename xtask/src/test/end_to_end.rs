//! The browser tests against a running server.

use std::path::Path;

use super::counts::Counts;
use crate::{
    build::{self, Profile},
    failure::{OrFail, Result},
    workspace::Workspace,
};

/// Builds the server and runs the tests that `args` name on it, or all; they start servers of their own
/// on free ports.
pub(super) fn run(workspace: &Workspace, browser: &Path, args: &[String]) -> Result<Counts> {
    let server = build::server(workspace, Profile::Dev)?;
    playwright(workspace, browser, &server, &workspace.site(), args)
}

/// Walks through the pages with a client that has debug assertions: Leptos tells what is wrong with
/// a page only there.
pub(super) fn warnings(workspace: &Workspace, browser: &Path) -> Result<Counts> {
    let server = build::server(workspace, Profile::Dev)?;
    let checked = build::checked(workspace, &server)?;
    let tests = ["warnings".to_owned()];
    playwright(workspace, browser, &checked.program, &checked.site, &tests)
}

/// Measures a product in a browser; the figures are in `file` afterwards.
pub(crate) fn measure(
    workspace: &Workspace,
    browser: &Path,
    server: &Path,
    file: &Path,
) -> Result<()> {
    let step = "Measuring in a browser";
    workspace
        .program("npm")?
        .args(["run", "--silent", "e2e", "--", "--workers=1"])
        .env("E2E_FOLDER", "bench")
        .env("CHROMIUM", browser)
        .env("CRYPTOVAULT_BIN", server)
        .env("LEPTOS_SITE_ROOT", workspace.site())
        .env("BENCH_SWITCH", file)
        .run()
        .or_fail(step, "see the messages above")
}

fn playwright(
    workspace: &Workspace,
    browser: &Path,
    server: &Path,
    site: &Path,
    args: &[String],
) -> Result<Counts> {
    let (lines, status) = workspace
        .program("npm")?
        .args(["run", "--silent", "e2e"])
        .args((!args.is_empty()).then_some("--"))
        .args(args)
        .env("CHROMIUM", browser)
        .env("CRYPTOVAULT_BIN", server)
        .env("LEPTOS_SITE_ROOT", site)
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
