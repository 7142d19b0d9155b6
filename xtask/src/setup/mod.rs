//! Installs what a task needs and the machine lacks; says nothing where nothing is missing.

pub(crate) mod browser;
pub(crate) mod cargo_leptos;
mod debian;
mod node;
mod rust;
mod tool;
mod wasm_bindgen;
mod wasm_std;

pub(crate) use node::install as npm_install;
pub(crate) use wasm_std::identity as wasm_std_identity;

use crate::{failure::Result, workspace::Workspace};

/// What building the server and the site needs.
pub(crate) fn to_build(workspace: &mut Workspace) -> Result<()> {
    rust::ensure(workspace)?;
    node::ensure(workspace)?;
    wasm_bindgen::ensure(workspace)
}

/// What the tests need beyond that.
pub(crate) fn to_test(workspace: &mut Workspace) -> Result<()> {
    to_build(workspace)?;
    rust::ensure_lints(workspace)?;
    let programs = [("redis-server", "redis-server"), ("openssl", "openssl")];
    debian::ensure("what tests of the cache need", &programs)
}
