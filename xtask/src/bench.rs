//! `cargo xtask bench`: builds both sides, installs the peers, runs the load generator.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::ValueEnum;

use crate::{
    build::{self, Profile},
    command::Cmd,
    failure::{OrFail, Result},
    setup, ui,
    workspace::{self, Workspace},
};

/// What to measure.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Suite {
    /// Prices to many WebSockets
    Fanout,
    /// Requests to the REST API
    Http,
    /// Server-rendered pages
    Ssr,
}

impl Suite {
    fn name(self) -> &'static str {
        match self {
            Self::Fanout => "fanout",
            Self::Http => "http",
            Self::Ssr => "ssr",
        }
    }
}

/// Runs one suite; its own output is the result.
pub(crate) fn run(workspace: &mut Workspace, suite: Suite, args: &[String]) -> Result<ExitCode> {
    setup::to_build(workspace)?;
    let server = build::product(workspace, Profile::Release)?;
    let load = compile_load_generator(workspace)?;
    let python = install_peers(&workspace.root.join("bench/peers"))?;
    let step = format!("Measuring {}", suite.name());
    ui::step(&step, || {
        let mut command = workspace
            .equip(Cmd::new(load))?
            .arg(suite.name())
            .args(args)
            .env("CRYPTOVAULT_BIN", server)
            .env("LEPTOS_SITE_ROOT", workspace.site());
        if let Some(python) = python {
            command = command.env("BENCH_PYTHON", python);
        }
        command.run().or_fail(&step, "see the message above")
    })?;
    Ok(ExitCode::SUCCESS)
}

fn compile_load_generator(workspace: &Workspace) -> Result<PathBuf> {
    let step = "Compiling the load generator";
    ui::step(step, || {
        let cargo = workspace
            .cargo()?
            .args(["build", "--release", "--package", "bench"]);
        cargo
            .run()
            .or_fail(step, "see the compiler's message above")
    })?;
    Ok(Profile::Release.folder(workspace).join("bench"))
}

/// Installs what the peers' own files name: `package-lock.json` and `requirements.txt` in any
/// folder of `peers`. Returns the Python that has the packages, if any peer wants one.
fn install_peers(peers: &Path) -> Result<Option<PathBuf>> {
    let mut python = None;
    let folders = fs::read_dir(peers)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    for folder in folders.chain([peers.to_path_buf()]) {
        if folder.join("package-lock.json").exists() {
            setup::npm_install(&folder)?;
        }
        if folder.join("requirements.txt").exists() {
            python = Some(install_python(&folder.join("requirements.txt"))?);
        }
    }
    Ok(python)
}

fn install_python(requirements: &Path) -> Result<PathBuf> {
    let step = "Installing the Python peers";
    let remedy = "install python3 with venv and pip (on Debian: `apt-get install python3-venv`)";
    let folder = workspace::tools()?.join("bench-python");
    let python = folder.join("bin/python");
    ui::step(step, || {
        if !python.exists() {
            Cmd::new("python3")
                .args(["-m", "venv"])
                .arg(&folder)
                .run()
                .or_fail(step, remedy)?;
        }
        Cmd::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(requirements)
            .run()
            .or_fail(step, remedy)
    })?;
    Ok(python)
}
