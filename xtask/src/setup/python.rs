//! Python environments with the packages that a list of this checkout names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::debian::{self, Lists};
use crate::{
    command::Cmd,
    failure::{OrFail, Result},
    ui,
};

const REMEDY: &str =
    "install python3 with venv and pip (on Debian as root: `apt-get install python3-venv`)";

/// In the environment: the list that was installed.
const NOTE: &str = "cryptovault-requirements.txt";

/// Makes an environment with the packages of `list` in `folder`, unless that was done before, and
/// returns its Python.
pub(crate) fn install(step: &str, list: &Path, folder: &Path) -> Result<PathBuf> {
    let python = folder.join("bin/python");
    let wanted = fs::read(list).or_fail(step, "restore the list with git")?;
    let is_there = fs::read(folder.join(NOTE)).is_ok_and(|note| note == wanted);
    // Its Python is a link to the system's, which may have gone.
    if is_there && python.is_file() {
        return Ok(python);
    }
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
            .arg(list)
            .run()
            .or_fail(step, REMEDY)?;
        fs::write(folder.join(NOTE), &wanted).or_fail(step, REMEDY)
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
    fn what_was_installed_before_is_not_installed_again() -> std::result::Result<(), Box<dyn Error>>
    {
        let folder = env::temp_dir().join(format!("xtask-list-{}", process::id()));
        fs::create_dir_all(folder.join("bin"))?;
        let list = folder.join("list.txt");
        fs::write(&list, "a==1\n")?;
        fs::copy(&list, folder.join(NOTE))?;
        // Would end as an error if anything were asked of it.
        symlink("/bin/false", folder.join("bin/python"))?;
        let found = install("Testing", &list, &folder);
        fs::remove_dir_all(&folder)?;
        assert!(found.is_ok());
        Ok(())
    }

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
