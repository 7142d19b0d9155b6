//! Node's packages: the tools of the site build, the chart library, the browser tests.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::debian;
use crate::{
    command::Cmd,
    failure::{Failure, OrFail, Result},
    ui,
    workspace::{self, Workspace},
};

const STEP: &str = "Installing the node packages";
const REMEDY: &str = "install Node.js 20 or newer with npm (https://nodejs.org) and try again";
const OLDEST_NODE: u32 = 20;
/// In `node_modules`: the lock file that was installed.
const NOTE: &str = "node_modules/.cryptovault-lock.json";
const CHARTS: &str =
    "node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.mjs";
/// The tools that cargo-leptos looks for on the path.
const SHIMS: [&str; 2] = ["sass", "wasm-opt"];

/// Installs what `package-lock.json` names, unless that was done before.
pub(super) fn ensure(workspace: &Workspace) -> Result<()> {
    check_node()?;
    install(&workspace.root)?;
    vendor_charts(&workspace.root)
        .or_fail("Copying the chart library", "run `npm ci` and try again")?;
    write_shims().or_fail(
        "Putting sass and wasm-opt on the path",
        "make the folder `bin` in CARGO_HOME writable",
    )
}

/// Runs `npm ci` in `folder`, unless its lock file is what was installed last.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let lock = fs::read(folder.join("package-lock.json"))
        .or_fail(STEP, "restore package-lock.json with git")?;
    if fs::read(folder.join(NOTE)).is_ok_and(|note| note == lock) {
        return Ok(());
    }
    ui::step(STEP, || {
        Cmd::new("npm")
            .args(["ci", "--no-fund", "--no-audit"])
            .dir(folder)
            .run()
            .or_fail(STEP, REMEDY)?;
        fs::write(folder.join(NOTE), lock).or_fail(STEP, REMEDY)
    })
}

fn check_node() -> Result<()> {
    if !debian::on_path("node") || !debian::on_path("npm") {
        return Err(Failure::new(
            STEP,
            "node and npm are not on the path",
            REMEDY,
        ));
    }
    let shown = Cmd::new("node")
        .arg("--version")
        .output()
        .or_fail(STEP, REMEDY)?;
    if major(&shown).is_some_and(|major| major >= OLDEST_NODE) {
        return Ok(());
    }
    Err(Failure::new(
        STEP,
        format!("Node.js {} is too old", shown.trim()),
        REMEDY,
    ))
}

fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// The library becomes one of the site's static files, which every way of building copies.
fn vendor_charts(root: &Path) -> std::io::Result<()> {
    let wanted = fs::read(root.join(CHARTS))?;
    let file = root.join("public/vendor/lightweight-charts.mjs");
    if fs::read(&file).is_ok_and(|present| present == wanted) {
        return Ok(());
    }
    fs::create_dir_all(root.join("public/vendor"))?;
    fs::write(file, wanted)
}

/// Each hands over to the `node_modules` of the project one is in, so that no checkout is named.
fn write_shims() -> std::result::Result<(), String> {
    let folder = workspace::cargo_home()
        .map_err(|failure| failure.cause)?
        .join("bin");
    for name in SHIMS {
        write_shim(&folder.join(name), name).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn write_shim(file: &PathBuf, name: &str) -> std::io::Result<()> {
    let script = shim(name);
    match fs::read_to_string(file) {
        Ok(present) if present == script => return Ok(()),
        // Somebody's own installation is left alone.
        Ok(present) if !present.contains("cargo xtask setup") => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => return Ok(()),
        Ok(_) | Err(_) => {}
    }
    fs::write(file, script)?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

fn shim(name: &str) -> String {
    format!(
        "#!/bin/sh\n\
         # Runs the `{name}` of the project one is in. Written by `cargo xtask setup`.\n\
         folder=$PWD\n\
         while :; do\n\
         \x20 tool=$folder/node_modules/.bin/{name}\n\
         \x20 [ -x \"$tool\" ] && exec \"$tool\" \"$@\"\n\
         \x20 [ \"$folder\" = / ] && break\n\
         \x20 folder=$(dirname \"$folder\")\n\
         done\n\
         echo \"{name}: no node_modules/.bin/{name} here or above; run 'npm ci' first\" >&2\n\
         exit 127\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    type Test = std::result::Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("20.1"), None);
    }

    #[test]
    fn a_shim_runs_the_tool_of_the_project_above() -> Test {
        let project = tempfile::tempdir()?;
        let inner = project.path().join("a/b");
        let tools = project.path().join("node_modules/.bin");
        fs::create_dir_all(&inner)?;
        fs::create_dir_all(&tools)?;
        fs::write(tools.join("sass"), "#!/bin/sh\necho \"ran with $1\"\n")?;
        fs::set_permissions(tools.join("sass"), fs::Permissions::from_mode(0o755))?;
        let shim = project.path().join("shim");
        write_shim(&shim, "sass")?;

        let shown = Cmd::new(&shim).arg("input").dir(&inner).output()?;
        assert_eq!(shown, "ran with input\n");
        Ok(())
    }

    #[test]
    fn a_tool_installed_by_somebody_else_is_left_alone() -> Test {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("sass");
        fs::write(&file, "#!/bin/sh\nexec dart-sass\n")?;
        write_shim(&file, "sass")?;
        assert!(fs::read_to_string(&file)?.contains("dart-sass"));
        Ok(())
    }
}
