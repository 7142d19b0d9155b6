//! Installs the peers of a suite below the target directory, so that the checkout stays clean.

use std::{fs, path::PathBuf};

use super::Suite;
use crate::{
    build::listing,
    command::Cmd,
    failure::{OrFail, Result},
    setup, ui,
    workspace::Workspace,
};

/// A variable of the load generator, and the place it names.
type Place = (&'static str, PathBuf);

/// Where peers and everything they leave behind live.
pub(super) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("bench")
}

/// Installs what `suite` compares with, and says where it is.
pub(super) fn install(workspace: &Workspace, suite: Suite) -> Result<Vec<Place>> {
    match suite {
        Suite::Http => Ok(vec![("BENCH_PYTHON", python(workspace)?)]),
        Suite::Ssr => Ok(vec![("BENCH_SVELTEKIT", node(workspace, "sveltekit")?)]),
        Suite::Fanout => Ok(vec![
            ("BENCH_PYTHON", python(workspace)?),
            ("BENCH_BUN", node(workspace, "bun")?),
        ]),
    }
}

/// A Python with the packages of `requirements.txt`.
fn python(workspace: &Workspace) -> Result<PathBuf> {
    let step = "Installing the Python peers";
    let remedy = "install python3 with venv and pip (on Debian: `apt-get install python3-venv`)";
    let environment = folder(workspace).join("python");
    let python = environment.join("bin/python");
    ui::step(step, || {
        if !python.exists() {
            Cmd::new("python3")
                .args(["-m", "venv"])
                .arg(&environment)
                .run()
                .or_fail(step, remedy)?;
        }
        Cmd::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(workspace.root.join("bench/peers/requirements.txt"))
            .run()
            .or_fail(step, remedy)
    })?;
    Ok(python)
}

/// A copy of the Node project `name`, installed from its lock file and built.
fn node(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    let step = format!("Installing and building the peer {name}");
    let source = workspace.root.join("bench/peers").join(name);
    let copy = folder(workspace).join(name);
    ui::step(&step, || {
        let work = || {
            for file in listing::files(&source)? {
                let to = copy.join(&file);
                fs::create_dir_all(to.parent().unwrap_or(&copy))?;
                fs::copy(source.join(file), to)?;
            }
            std::io::Result::Ok(())
        };
        work().or_fail(&step, "make the target directory writable")?;
        setup::npm_install(&copy)?;
        Cmd::new("npm")
            .args(["run", "build", "--silent"])
            .dir(&copy)
            .run()
            .or_fail(&step, "see the message above")
    })?;
    Ok(copy)
}
