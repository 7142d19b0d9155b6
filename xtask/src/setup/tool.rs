//! Command-line tools from crates.io.

use crate::{
    command::Cmd,
    failure::{OrFail, Result},
    workspace::{self, Workspace},
};

/// A tool to install in one exact version.
#[derive(Debug)]
pub(super) struct Tool<'a> {
    pub(super) package: &'a str,
    pub(super) version: &'a str,
    /// Whether to build with the versions in the tool's own lock file.
    pub(super) locked: bool,
    /// The optimisation to build with. The tools' own profiles take many times as long to build
    /// and save seconds when run.
    pub(super) opt_level: &'a str,
}

impl Tool<'_> {
    /// Installs the tool: a prebuilt one where cargo-binstall finds it, else from source by `cargo`.
    pub(super) fn install(
        &self,
        workspace: &Workspace,
        cargo: Cmd,
        step: &str,
        remedy: &str,
    ) -> Result<()> {
        if self.prebuilt(workspace)? {
            return Ok(());
        }
        self.build_command(workspace, cargo)?
            .run()
            .or_fail(step, remedy)
    }

    /// The command that builds it, started by `cargo` (which may carry a priority, or be another compiler's).
    pub(super) fn build_command(&self, workspace: &Workspace, cargo: Cmd) -> Result<Cmd> {
        let target = workspace::tools()?.join(self.package);
        let command = workspace
            .equip(cargo)?
            // Away from the checkout, whose compiler flags are meant for the product.
            .dir(&std::env::temp_dir())
            .args([
                "install",
                self.package,
                "--version",
                self.version,
                "--target-dir",
            ])
            .arg(target)
            .env("CARGO_PROFILE_RELEASE_LTO", "false")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt_level);
        Ok(if self.locked {
            command.arg("--locked")
        } else {
            command
        })
    }

    fn prebuilt(&self, workspace: &Workspace) -> Result<bool> {
        if !workspace.cargo()?.args(["binstall", "-V"]).succeeds() {
            return Ok(false);
        }
        let wanted = format!("{}@{}", self.package, self.version);
        let binstall = workspace.cargo()?.args([
            "binstall",
            "--no-confirm",
            "--disable-strategies",
            "compile",
        ]);
        Ok(binstall.arg(wanted).run().is_ok())
    }
}
