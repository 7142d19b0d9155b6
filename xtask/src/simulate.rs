//! `cargo xtask simulate`: the exchange under random trading, optimised.

use std::process::ExitCode;

use crate::{
    build::{self, Profile},
    command::Cmd,
    failure::{OrFail, Result},
    setup, ui,
    workspace::Workspace,
};

/// Builds the program and lets it simulate; its own output is the result.
pub(crate) fn run(workspace: &mut Workspace, args: &[String]) -> Result<ExitCode> {
    setup::to_build(workspace)?;
    let program = build::server(workspace, Profile::Release)?;
    let step = "Simulating";
    ui::step(step, || {
        let command = Cmd::new(program).arg("simulate").args(args);
        command.run().or_fail(step, "see the message above")
    })?;
    Ok(ExitCode::SUCCESS)
}
