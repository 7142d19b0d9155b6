//! A Python environment with the packages of `bench/peers/requirements.txt`.

use std::path::{Path, PathBuf};

use crate::{
    command::Cmd,
    failure::{OrFail, Result},
    setup::debian::{self, Lists},
    ui,
    workspace::Workspace,
};

const REMEDY: &str =
    "install python3 with venv and pip (on Debian as root: `apt-get install python3-venv`)";

/// Makes the environment in `folder`, unless it is there, and returns its Python.
pub(super) fn install(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    let step = "Installing the Python peers";
    let python = folder.join("bin/python");
    if !has_pip(&python) {
        ensure_venv()?;
    }
    ui::step(step, || {
        if !has_pip(&python) {
            // One that is there was left half made, or its Python is gone.
            Cmd::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(folder)
                .run()
                .or_fail(step, REMEDY)?;
        }
        Cmd::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(workspace.root.join("bench/peers/requirements.txt"))
            .run()
            .or_fail(step, REMEDY)
    })?;
    Ok(python)
}

/// Whether packages can be installed. Python alone says nothing: where pip is missing, `venv` fails
/// only after it has put Python in place.
fn has_pip(python: &Path) -> bool {
    Cmd::new(python).args(["-m", "pip", "--version"]).succeeds()
}

/// Debian keeps what `venv` takes pip from in a package of its own.
fn ensure_venv() -> Result<()> {
    let ensurepip = Cmd::new("python3").args(["-c", "import ensurepip"]);
    if ensurepip.succeeds() {
        return Ok(());
    }
    debian::install("Python's venv", &["python3-venv"], Lists::Any)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, error::Error, fs, os::unix::fs::symlink, process};

    #[test]
    fn an_environment_without_pip_is_made_again() -> std::result::Result<(), Box<dyn Error>> {
        let folder = env::temp_dir().join(format!("xtask-venv-{}", process::id()));
        let python = folder.join("bin/python");
        assert!(!has_pip(&python));
        fs::create_dir_all(folder.join("bin"))?;
        // What `venv` leaves behind when pip is missing.
        symlink("/bin/false", &python)?;
        let usable = has_pip(&python);
        fs::remove_dir_all(&folder)?;
        assert!(!usable);
        Ok(())
    }
}
