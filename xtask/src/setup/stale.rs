//! What was compiled for WebAssembly against a standard library that is there no more.

use std::{fs, io, path::Path};

use super::{rust::WASM, wasm_std};
use crate::{
    failure::{OrFail, Result},
    workspace::Workspace,
};

/// Cargo does not notice a new standard library under the same compiler version: what was compiled
/// against another one has to go, before anything is compiled for WebAssembly.
pub(super) fn drop(workspace: &Workspace) -> Result<()> {
    drop_in(&workspace.target.join(WASM), &wasm_std::identity()).or_fail(
        "Clearing what an older standard library was used for",
        "delete the target directory and try again",
    )
}

fn drop_in(folder: &Path, identity: &str) -> io::Result<()> {
    let note = folder.join(".standard-library");
    let known = fs::read_to_string(&note).unwrap_or_default();
    if known == identity {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    fs::write(note, identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artefacts_go_with_the_library_they_were_made_for() -> io::Result<()> {
        let target = tempfile::tempdir()?;
        let folder = target.path().join(WASM);
        drop_in(&folder, "first")?;
        let artefact = folder.join("artefact");
        fs::write(&artefact, "")?;
        drop_in(&folder, "first")?;
        assert!(artefact.exists());
        drop_in(&folder, "second")?;
        assert!(!artefact.exists());
        Ok(())
    }
}
