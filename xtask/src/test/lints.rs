//! Format and lints.

use super::counts::Counts;
use crate::{
    failure::{OrFail, Result},
    workspace::Workspace,
};

const REMEDY: &str = "see the messages above";

/// Every file is formatted.
pub(super) fn format(workspace: &Workspace) -> Result<Counts> {
    let cargo = workspace.cargo()?.args(["fmt", "--all", "--check"]);
    cargo
        .run()
        .or_fail("Checking the format", "run `cargo fmt --all`")?;
    Ok(Counts::default())
}

/// No warning in anything that runs on the server or tests it.
pub(super) fn native(workspace: &Workspace) -> Result<Counts> {
    let cargo = workspace
        .cargo()?
        .args(["clippy", "--all-targets", "--", "-D", "warnings"]);
    cargo.run().or_fail("Linting the server's side", REMEDY)?;
    Ok(Counts::default())
}

/// No warning in what runs in the browser: the same pages, with the feature `hydrate`.
pub(super) fn client(workspace: &Workspace) -> Result<Counts> {
    let options = &workspace.leptos;
    workspace
        .cargo()?
        .args([
            "clippy",
            "--package",
            &options.lib_package,
            "--package",
            "app",
        ])
        .args([
            "--features",
            "app/hydrate,app/split",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .args(["--", "-D", "warnings"])
        .run()
        .or_fail("Linting the client's side", REMEDY)?;
    Ok(Counts::default())
}
