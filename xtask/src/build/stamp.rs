//! Whether the site on disk is the one that its inputs make.
//!
//! Beside the site lies a stamp: a digest of every input, the names of the hashed files and the
//! listing of what was written. A second start then does nothing.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{hash, listing};
use crate::{
    failure::{OrFail, Result},
    workspace::Workspace,
};

const STEP: &str = "Comparing the site with its inputs";
const REMEDY: &str = "make the target directory writable";

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    inputs: String,
    hashes: String,
    /// Each file of the site and its size in bytes.
    files: Vec<(PathBuf, u64)>,
}

/// A digest of all that the site is made of, and of how it is made.
pub(super) fn inputs(workspace: &Workspace, wasm: &Path) -> Result<String> {
    let work = || {
        let mut files = vec![wasm.to_path_buf()];
        files.extend(sources(workspace)?);
        digest_of(&files)
    };
    work().or_fail(STEP, "restore the missing file with git")
}

/// The files of the checkout that matter beside the compiled client.
fn sources(workspace: &Workspace) -> io::Result<Vec<PathBuf>> {
    let root = &workspace.root;
    let style = Path::new(&workspace.leptos.style_file)
        .parent()
        .unwrap_or(Path::new("style"));
    let folders = [
        style,
        Path::new(&workspace.leptos.assets_dir),
        Path::new("xtask/node"),
        Path::new("xtask/src/build"),
    ];
    let single = ["Cargo.toml", "Cargo.lock", "package-lock.json"];
    let mut files: Vec<PathBuf> = single.iter().map(|name| root.join(name)).collect();
    for folder in folders {
        let inner = listing::files(&root.join(folder))?;
        files.extend(inner.into_iter().map(|file| root.join(folder).join(file)));
    }
    Ok(files)
}

/// The note on the hashed names, if the site is complete and made of `inputs`.
pub(super) fn valid(workspace: &Workspace, inputs: &str) -> Option<String> {
    let text = fs::read_to_string(file(workspace)).ok()?;
    let stamp: Stamp = serde_json::from_str(&text).ok()?;
    let complete = sizes(&workspace.site()).is_ok_and(|files| files == stamp.files);
    (stamp.inputs == inputs && complete).then_some(stamp.hashes)
}

/// Forgets the site, before it is built anew.
pub(super) fn remove(workspace: &Workspace) -> Result<()> {
    match fs::remove_file(file(workspace)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).or_fail(STEP, REMEDY),
        _ => Ok(()),
    }
}

/// Notes that the site is complete.
pub(super) fn write(workspace: &Workspace, inputs: &str, hashes: &str) -> Result<()> {
    let work = || {
        let files = sizes(&workspace.site())?;
        let stamp = Stamp {
            inputs: inputs.to_owned(),
            hashes: hashes.to_owned(),
            files,
        };
        fs::write(file(workspace), serde_json::to_string_pretty(&stamp)?)
    };
    work().or_fail(STEP, REMEDY)
}

fn file(workspace: &Workspace) -> PathBuf {
    workspace.site().with_extension("stamp.json")
}

fn sizes(site: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let files = listing::files(site)?.into_iter();
    files
        .map(|file| Ok((file.clone(), fs::metadata(site.join(&file))?.len())))
        .collect()
}

fn digest_of(files: &[PathBuf]) -> io::Result<String> {
    let mut all = String::new();
    for file in files {
        all.push_str(&format!(
            "{} {}\n",
            file.display(),
            hash::digest(&fs::read(file)?)
        ));
    }
    Ok(hash::digest(all.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Test = std::result::Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn any_changed_byte_changes_the_digest() -> Test {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("a.css");
        fs::write(&file, "a{}")?;
        let before = digest_of(std::slice::from_ref(&file))?;
        assert_eq!(digest_of(std::slice::from_ref(&file))?, before);
        fs::write(&file, "b{}")?;
        assert_ne!(digest_of(&[file])?, before);
        Ok(())
    }

    #[test]
    fn the_description_of_the_site_and_the_steps_of_the_build_count() -> Test {
        let workspace = Workspace::open()?;
        let found = sources(&workspace)?;
        for name in ["Cargo.toml", "xtask/src/build/client.rs"] {
            assert!(found.contains(&workspace.root.join(name)), "{name}");
        }
        Ok(())
    }

    #[test]
    fn a_file_that_grew_or_went_changes_the_listing() -> Test {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("pkg"))?;
        fs::write(folder.path().join("pkg/a"), "1")?;
        fs::write(folder.path().join("b"), "22")?;
        assert_eq!(
            sizes(folder.path())?,
            [("b".into(), 2), ("pkg/a".into(), 1)]
        );
        Ok(())
    }
}
