//! The browser of the end-to-end tests.

use std::{env, path::PathBuf};

use super::debian::{self, Lists};
use crate::failure::{Failure, OrFail, Result};

const STEP: &str = "Finding Chromium";
const REMEDY: &str = "install Chromium or Chrome and name its program in CHROMIUM";
/// Chromium without its own windows, menus and toolbars: the tests take two thirds of the time with it.
const SHELL: &str = "chromium-headless-shell";
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// The browser's program: `CHROMIUM`, else Debian's headless shell, else the first one on the path, else
/// Debian's package.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM").map(PathBuf::from) {
        if named.is_file() {
            return Ok(named);
        }
        let cause = format!("CHROMIUM names {}, which does not exist", named.display());
        return Err(Failure::new(STEP, cause, REMEDY));
    }
    if let Some(found) = find(&[SHELL]) {
        return Ok(found);
    }
    let found = find(&NAMES);
    // Older releases and other systems have no such package.
    if found.is_none() || debian::knows(SHELL) {
        let _or_the_other = debian::install("Chromium's headless shell", &[SHELL], Lists::Any);
    }
    if let Some(found) = find(&[SHELL]).or(found) {
        return Ok(found);
    }
    debian::install("Chromium", &["chromium"], Lists::Any)?;
    find(&NAMES)
        .ok_or("it is not on the path after its installation")
        .or_fail(STEP, REMEDY)
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|program| program.is_file())
}
