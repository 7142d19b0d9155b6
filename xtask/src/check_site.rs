//! `cargo xtask check-site`: cargo-leptos and this program build the same site.
//!
//! One thing is left out: cargo-leptos minifies the script that wasm-bindgen wrote. After brotli
//! that saves two kilobytes, too little for a JavaScript compiler among this program's tools.

use std::{fs, io, path::Path, process::ExitCode};

use crate::{
    build::{self, Profile, listing},
    failure::{Failure, OrFail, Result},
    setup, ui,
    workspace::Workspace,
};

const STEP: &str = "Comparing the two sites";

/// Builds the site both ways and compares names and contents.
pub(crate) fn run(workspace: &mut Workspace) -> Result<ExitCode> {
    setup::to_build(workspace)?;
    setup::cargo_leptos::ensure(workspace)?;
    build::site(workspace, &[Profile::Release])?;
    let ours = read(&workspace.site()).or_fail(STEP, "try again")?;
    let step = "Building the site with cargo-leptos";
    // It minifies unless both the command line and the project say no.
    ui::step(step, || {
        let cargo = workspace
            .cargo()?
            .args([
                "leptos",
                "build",
                "--release",
                "--frontend-only",
                "--js-minify=false",
            ])
            .env("LEPTOS_JS_MINIFY", "false");
        cargo.run().or_fail(step, "see the message above")
    })?;
    let theirs = read(&workspace.site()).or_fail(STEP, "try again")?;
    // The compressed copies are only ours: put them back for whoever serves the site next.
    build::site(workspace, &[Profile::Release])?;
    let differences = compare(&ours, &theirs);
    if differences.is_empty() {
        ui::line(format_args!(
            "✓ the same {} files, byte for byte",
            ours.len()
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let remedy = "bring xtask/src/build in line with what this version of cargo-leptos does";
    Err(Failure::new(STEP, differences.join("\n"), remedy))
}

type Files = Vec<(String, Vec<u8>)>;

/// Every file but the compressed copies. Hashed names are part of the comparison.
fn read(site: &Path) -> io::Result<Files> {
    let names = listing::files(site)?.into_iter();
    let kept = names.filter(|name| {
        !name
            .extension()
            .is_some_and(|kind| kind == "br" || kind == "gz")
    });
    kept.map(|name| Ok((name.display().to_string(), fs::read(site.join(&name))?)))
        .collect()
}

fn compare(ours: &Files, theirs: &Files) -> Vec<String> {
    let missing = |from: &Files, of: &Files, who: &str| -> Vec<String> {
        let absent = of
            .iter()
            .filter(|(name, _)| !from.iter().any(|(other, _)| other == name));
        absent
            .map(|(name, content)| format!("only {who}: {name} ({} bytes)", content.len()))
            .collect()
    };
    let mut found = missing(theirs, ours, "xtask");
    found.extend(missing(ours, theirs, "cargo-leptos"));
    let changed = ours.iter().filter(|(name, content)| {
        theirs
            .iter()
            .any(|(other, theirs)| other == name && theirs != content)
    });
    found.extend(changed.map(|(name, _)| format!("different content: {name}")));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(files: &[(&str, &str)]) -> Files {
        files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn equal_sites_have_no_difference() {
        assert!(compare(&site(&[("a", "1")]), &site(&[("a", "1")])).is_empty());
    }

    #[test]
    fn each_kind_of_difference_is_found() {
        let ours = site(&[("a.x.js", "1"), ("b", "1")]);
        let theirs = site(&[("a.y.js", "1"), ("b", "2")]);
        assert_eq!(
            compare(&ours, &theirs),
            [
                "only xtask: a.x.js (1 bytes)",
                "only cargo-leptos: a.y.js (1 bytes)",
                "different content: b",
            ]
        );
    }
}
