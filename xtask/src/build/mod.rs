//! Builds the server and the site: the same few steps as cargo-leptos, from the same description,
//! without needing cargo-leptos.

mod assets;
mod client;
pub(crate) mod hash;
pub(crate) mod listing;
mod server;
mod split;
mod stamp;
mod style;

use std::{
    fs,
    path::{Path, PathBuf},
};

pub(crate) use server::{Profile, build as server};

use crate::{
    command::Cmd,
    failure::{OrFail, Result},
    ui,
    workspace::Workspace,
};

/// Builds server and site; returns the server's program.
pub(crate) fn product(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    site(workspace, &[profile])?;
    server(workspace, profile)
}

/// Builds the site and tells the servers of `profiles` the names of its files.
pub(crate) fn site(workspace: &Workspace, profiles: &[Profile]) -> Result<()> {
    let hashes = up_to_date(workspace)?;
    for profile in profiles {
        hash::write_note(&profile.folder(workspace), &hashes)?;
    }
    Ok(())
}

/// A product whose client says what it finds wrong, for the browser tests.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) program: PathBuf,
    pub(crate) site: PathBuf,
}

/// Builds the site with a client that has debug assertions, beside the real one, and puts a copy of
/// `program` where it finds the names of that site's files.
pub(crate) fn checked(workspace: &Workspace, program: &Path) -> Result<Checked> {
    let mut workspace = workspace.clone();
    "target/site-checked".clone_into(&mut workspace.leptos.site_root);
    "wasm-checked".clone_into(&mut workspace.leptos.lib_profile_release);
    let hashes = up_to_date(&workspace)?;
    let folder = workspace.target.join("checked");
    hash::write_note(&folder, &hashes)?;
    let copy = folder.join(&workspace.leptos.bin_target);
    fs::copy(program, &copy).or_fail(
        "Putting the server beside its checked client",
        "make the target directory writable",
    )?;
    Ok(Checked {
        program: copy,
        site: workspace.site(),
    })
}

/// Builds the site if its inputs have changed; returns the names of its files.
fn up_to_date(workspace: &Workspace) -> Result<String> {
    let wasm = client::compile(workspace)?;
    let inputs = stamp::inputs(workspace, &wasm)?;
    match stamp::valid(workspace, &inputs) {
        Some(hashes) => Ok(hashes),
        None => assemble(workspace, &wasm, &inputs),
    }
}

fn assemble(workspace: &Workspace, wasm: &Path, inputs: &str) -> Result<String> {
    stamp::remove(workspace)?;
    assets::mirror(workspace)?;
    client::generate(workspace, wasm)?;
    style::compile(workspace)?;
    let hashes = hash::rename(workspace)?;
    precompress(workspace)?;
    stamp::write(workspace, inputs, &hashes)?;
    Ok(hashes)
}

fn precompress(workspace: &Workspace) -> Result<()> {
    let step = "Compressing the site";
    ui::step(step, || {
        Cmd::new("node")
            .arg(workspace.root.join("xtask/node/precompress.mjs"))
            .arg(workspace.site())
            .run()
            .or_fail(step, "see the message above")
    })
}
