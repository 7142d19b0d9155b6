//! Programs from Debian's packages.

use std::{env, path::Path};

use crate::{
    command::Cmd,
    failure::{Failure, OrFail, Result},
    ui,
};

/// Makes sure that each program (first of the pair) is there, by installing its package (second).
pub(crate) fn ensure(what: &str, programs: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> = programs
        .iter()
        .filter(|(program, _)| !on_path(program))
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    install(what, &missing, Lists::Any)
}

/// Whether the package lists may be older than what is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lists {
    /// Any version of the packages will do.
    Any,
    /// Old lists would bring an old version.
    Renewed,
}

/// Installs packages with apt, or upgrades those that are there.
pub(crate) fn install(what: &str, packages: &[&str], lists: Lists) -> Result<()> {
    let step = format!("Installing {what} ({})", packages.join(", "));
    let remedy = format!(
        "install {what} with your system's package manager (on Debian and Ubuntu as root: \
         `apt-get update && apt-get install {}`) and try again",
        packages.join(" ")
    );
    if !available() {
        return Err(Failure::new(&step, "this system has no apt-get", &remedy));
    }
    ui::step(&step, || {
        if lists == Lists::Any && apt(packages).is_ok() {
            return Ok(());
        }
        // The package lists may be missing (a fresh container) or too old to name what is served now.
        Cmd::privileged("apt-get")
            .args(["update", "-q"])
            .run()
            .or_fail(&step, &remedy)?;
        apt(packages).or_fail(&step, &remedy)
    })
}

/// Whether this system installs packages with apt.
pub(super) fn available() -> bool {
    on_path("apt-get")
}

/// Whether the package lists that are there name a package.
pub(super) fn knows(package: &str) -> bool {
    Cmd::new("apt-cache")
        .args(["--quiet", "show", package])
        .succeeds()
}

fn apt(packages: &[&str]) -> std::result::Result<(), crate::command::CommandError> {
    Cmd::privileged("env")
        .args([
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "install",
            "-y",
            "-q",
        ])
        .arg("--no-install-recommends")
        .args(packages)
        .run()
}

/// Whether `program` can be found the way a shell finds it.
pub(super) fn on_path(program: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).exists();
    }
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_name_and_by_path() {
        assert!(on_path("sh"));
        assert!(on_path("/bin/sh"));
        assert!(!on_path("no-such-program"));
        assert!(!on_path("/bin/no-such-program"));
    }

    #[test]
    fn nothing_is_installed_when_nothing_is_missing() {
        assert!(ensure("a shell", &[("sh", "no-such-package")]).is_ok());
    }
}
