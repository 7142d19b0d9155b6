//! The server's program.

use std::path::PathBuf;

use crate::{
    failure::{OrFail, Result},
    ui,
    workspace::Workspace,
};

/// How the server is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

impl Profile {
    pub(crate) fn of(release: bool) -> Self {
        if release { Self::Release } else { Self::Dev }
    }

    /// Where cargo puts programs of this profile.
    pub(crate) fn folder(self, workspace: &Workspace) -> PathBuf {
        workspace.target.join(match self {
            Self::Dev => "debug",
            Self::Release => "release",
        })
    }
}

/// Compiles the server as cargo-leptos does, and returns its program.
pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    let options = &workspace.leptos;
    let step = "Compiling the server";
    ui::step(step, || {
        let mut cargo = workspace
            .cargo()?
            .args([
                "build",
                "--package",
                &options.bin_package,
                "--bin",
                &options.bin_target,
            ])
            .arg("--no-default-features");
        if profile == Profile::Release {
            cargo = cargo.arg("--release");
        }
        cargo
            .run()
            .or_fail(step, "see the compiler's message above")
    })?;
    Ok(profile.folder(workspace).join(&options.bin_target))
}
