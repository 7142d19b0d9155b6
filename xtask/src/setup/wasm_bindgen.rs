//! The wasm-bindgen command: of exactly the version that the client links, since the two share a
//! private format.

use std::fs;

use toml::{Table, Value};

use super::tool::Tool;
use crate::{
    command::Cmd,
    failure::{Failure, OrFail, Result},
    ui,
    workspace::Workspace,
};

const REMEDY: &str = "run `cargo install wasm-bindgen-cli --version X` with the version of \
                      wasm-bindgen in Cargo.lock";

/// Makes sure that the command of the right version is installed.
pub(super) fn ensure(workspace: &Workspace) -> Result<()> {
    let version = locked_version(workspace)?;
    let installed = workspace
        .program("wasm-bindgen")?
        .arg("--version")
        .output()
        .unwrap_or_default();
    if installed.trim() == format!("wasm-bindgen {version}") {
        return Ok(());
    }
    let step = format!("Installing wasm-bindgen {version} (about 4 minutes)");
    // Its lock file is left aside: it pins versions that have since been withdrawn.
    let tool = Tool {
        package: "wasm-bindgen-cli",
        version: &version,
        locked: false,
        opt_level: "1",
    };
    ui::step(&step, || {
        tool.install(workspace, Cmd::new("cargo"), &step, REMEDY)
    })
}

fn locked_version(workspace: &Workspace) -> Result<String> {
    let step = "Reading the version of wasm-bindgen";
    let remedy = "restore Cargo.lock with git";
    let text = fs::read_to_string(workspace.root.join("Cargo.lock")).or_fail(step, remedy)?;
    find_version(&text).ok_or_else(|| Failure::new(step, "Cargo.lock does not name it", remedy))
}

fn find_version(lock: &str) -> Option<String> {
    let lock: Table = toml::from_str(lock).ok()?;
    let packages = lock.get("package")?.as_array()?;
    let package = packages
        .iter()
        .find(|package| package.get("name").and_then(Value::as_str) == Some("wasm-bindgen"))?;
    Some(package.get("version")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_package_of_this_very_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(find_version(lock).as_deref(), Some("0.2.130"));
        assert_eq!(find_version("version = 4"), None);
    }
}
