//! Builds the server and the site: the same few steps as cargo-leptos, from the same description,
//! without needing cargo-leptos.

mod assets;
mod client;
mod hash;
pub(crate) mod listing;
mod server;
mod stamp;
mod style;

use std::path::PathBuf;

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
    let wasm = client::compile(workspace)?;
    let inputs = stamp::inputs(workspace, &wasm)?;
    let hashes = match stamp::valid(workspace, &inputs) {
        Some(hashes) => hashes,
        None => assemble(workspace, &wasm, &inputs)?,
    };
    for profile in profiles {
        hash::write_note(&profile.folder(workspace), &hashes)?;
    }
    Ok(())
}

fn assemble(workspace: &Workspace, wasm: &std::path::Path, inputs: &str) -> Result<String> {
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
