//! `cargo xtask check-site`: cargo-leptos and this program build the same site.
//!
//! Three things are left out. cargo-leptos minifies the script that wasm-bindgen wrote: after brotli
//! that saves two kilobytes, too little for a JavaScript compiler among this program's tools. It names
//! each of the client's files by that file alone, though they name each other; here all of them change
//! their names together. And it writes down which modules a page needs in an order of chance.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::{
    build::{self, Profile, hash, listing},
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
                "--split",
                "--lib-features=split",
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

/// Every file but the compressed copies and the list of modules, with a blank for each digest.
fn read(site: &Path) -> io::Result<Files> {
    let names = listing::files(site)?.into_iter();
    let kept: Vec<_> = names
        .filter(|name| {
            let ending = name.extension().and_then(OsStr::to_str);
            let is_list = name.to_string_lossy().contains("__wasm_split_manifest");
            !is_list && !matches!(ending, Some("br" | "gz"))
        })
        .collect();
    let digests: BTreeSet<String> = kept.iter().filter_map(|name| digest_in(name)).collect();
    let file = |name: &PathBuf| {
        let mut content = fs::read(site.join(name))?;
        for digest in &digests {
            hash::replace(&mut content, digest, hash::STAND_IN);
        }
        let mut name = name.display().to_string();
        for digest in &digests {
            name = name.replace(digest, hash::STAND_IN);
        }
        Ok((name, content))
    };
    kept.iter().map(file).collect()
}

/// The part of a file's name that was made of its content.
fn digest_in(name: &Path) -> Option<String> {
    let name = name.file_name()?.to_str()?;
    let is_digest = |part: &&str| {
        part.len() == hash::STAND_IN.len()
            && part
                .chars()
                .all(|one| one.is_ascii_alphanumeric() || "-_".contains(one))
    };
    name.split('.').find(is_digest).map(str::to_owned)
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
    fn digests_make_no_difference_but_what_lies_around_them_does() -> io::Result<()> {
        let folder = |digest: &str, text: &str| {
            let site = tempfile::tempdir()?;
            let script = format!("{text} './loader.{digest}.js'");
            fs::write(site.path().join(format!("loader.{digest}.js")), script)?;
            fs::write(site.path().join("loader.js.br"), digest)?;
            read(site.path())
        };
        let one = folder("1B2M2Y8AsgTpgAmY7PhCfg", "import")?;
        let same = folder("XUFAKrxLKna5cZ2REBfFkg", "import")?;
        let other = folder("XUFAKrxLKna5cZ2REBfFkg", "export")?;
        assert!(compare(&one, &same).is_empty());
        assert_eq!(compare(&one, &other).len(), 1);
        Ok(())
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
