//! Node's packages: the tools of the site build, the chart library, the browser tests.

use std::{fs, path::Path};

use super::debian;
use crate::{
    command::Cmd,
    failure::{Failure, OrFail, Result},
    ui,
    workspace::Workspace,
};

const STEP: &str = "Installing the node packages";
const REMEDY: &str = "install Node.js 20.19 or newer with npm (https://nodejs.org) and try again";
/// Major and minor number.
const OLDEST_NODE: (u32, u32) = (20, 19);
/// In `node_modules`: the lock file that was installed.
const NOTE: &str = "node_modules/.cryptovault-lock.json";
const CHARTS: &str =
    "node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.mjs";

/// Installs what `package-lock.json` names, unless that was done before.
pub(super) fn ensure(workspace: &Workspace) -> Result<()> {
    check_node()?;
    install(&workspace.root)?;
    vendor_charts(&workspace.root)
        .or_fail("Copying the chart library", "run `npm ci` and try again")
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
            // The tools are needed under NODE_ENV=production, too.
            .args(["ci", "--include=dev", "--no-fund", "--no-audit"])
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
    if version(&shown).is_some_and(|version| version >= OLDEST_NODE) {
        return Ok(());
    }
    Err(Failure::new(
        STEP,
        format!("Node.js {} is too old", shown.trim()),
        REMEDY,
    ))
}

fn version(shown: &str) -> Option<(u32, u32)> {
    let mut numbers = shown.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(version("v20.20.2\n"), Some((20, 20)));
        assert!(version("v20.9.0") < Some(OLDEST_NODE));
        assert!(version("v22.1.0") > Some(OLDEST_NODE));
        assert_eq!(version("20.1"), None);
    }
}
