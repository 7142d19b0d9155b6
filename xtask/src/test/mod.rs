//! `cargo xtask test`: everything a change needs, in stages.

mod budget;
mod cargo_tests;
mod counts;
mod dependencies;
pub(crate) mod end_to_end;
mod file_size;
mod lints;
mod lock_files;
mod proofs;
mod report;
mod rules;

use std::process::ExitCode;

use crate::{
    build::{self, Profile},
    failure::Result,
    setup, ui,
    workspace::Workspace,
};

use counts::Counts;
use proofs::Passed;
use report::Report;

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All but the browser.
    Quick,
    Full,
}

/// Runs every stage, even after one failed, and sums up.
pub(crate) fn run(workspace: &mut Workspace, extent: Extent) -> Result<ExitCode> {
    let programs = ui::step("Installing what the tests need", || {
        setup::to_test(workspace, extent)
    })?;
    let cargo_leptos = start_cargo_leptos(workspace)?;
    let workspace = &*workspace;
    let mut report = Report::default();
    report.stage("Format", || lints::format(workspace));
    report.stage("House rules", || rules::check(workspace));
    report.stage("Lints of the server's side", || lints::native(workspace));
    report.stage("Lints of the client's side", || lints::client(workspace));
    let mut passed = Passed::default();
    report.stage("Unit and integration tests", || {
        let (counts, those) = cargo_tests::run(workspace, &programs)?;
        passed = those;
        Ok(counts)
    });
    report.stage("Proofs of docs/security.md", || {
        proofs::check(workspace, &passed)
    });
    report.stage("Site", || {
        build::site(workspace, &[Profile::Dev])?;
        Ok(Counts::default())
    });
    report.stage("Weight of the first load", || budget::check(workspace));
    match programs.browser {
        Some(browser) => {
            report.stage("End to end, in a browser", || {
                end_to_end::run(workspace, &browser, &[])
            });
            report.stage("Warnings of the client", || {
                end_to_end::warnings(workspace, &browser)
            });
        }
        None => ui::line("\nEnd to end, in a browser: left out by --quick"),
    }
    let code = report.close();
    if let Some(background) = cargo_leptos {
        ui::line("Waiting for the installation of cargo-leptos, which went on meanwhile");
        background.finish();
    }
    Ok(code)
}

/// Runs the browser tests that `args` name, all without any, and nothing else. `warnings` alone is the walk
/// with a client that has debug assertions.
pub(crate) fn in_browser(workspace: &mut Workspace, args: &[String]) -> Result<ExitCode> {
    let programs = setup::to_test(workspace, Extent::Full)?;
    let workspace = &*workspace;
    build::site(workspace, &[Profile::Dev])?;
    let mut report = Report::default();
    if let Some(browser) = programs.browser {
        match args {
            [name] if name == "warnings" => report.stage("Warnings of the client", || {
                end_to_end::warnings(workspace, &browser)
            }),
            args => report.stage("End to end, in a browser", || {
                end_to_end::run(workspace, &browser, args)
            }),
        }
    }
    Ok(report.close())
}

/// For people only: a CI machine has nobody who would use it.
fn start_cargo_leptos(workspace: &Workspace) -> Result<Option<setup::cargo_leptos::Background>> {
    if std::env::var_os("CI").is_some() {
        return Ok(None);
    }
    setup::cargo_leptos::start(workspace)
}
