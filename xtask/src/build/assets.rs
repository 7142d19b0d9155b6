//! Static files.

use std::{fs, io, path::Path};

use crate::{
    failure::{OrFail, Result},
    workspace::Workspace,
};

/// Empties the site and fills it with the static files.
pub(super) fn mirror(workspace: &Workspace) -> Result<()> {
    let site = workspace.site();
    let assets = workspace.root.join(&workspace.leptos.assets_dir);
    let work = || {
        if site.exists() {
            fs::remove_dir_all(&site)?;
        }
        fs::create_dir_all(workspace.pkg())?;
        copy(&assets, &site)
    };
    work().or_fail(
        "Copying the static files",
        "close what has the site's folder open and try again",
    )
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
