//! Installs what a task needs and the machine lacks; says nothing where nothing is missing.

pub(crate) mod browser;
pub(crate) mod cargo_leptos;
pub(crate) mod debian;
pub(crate) mod mongo;
mod node;
pub(crate) mod python;
mod rust;
mod shims;
mod stale;
mod tool;
mod wasm_bindgen;
mod wasm_std;

pub(crate) use node::install as npm_install;

use std::path::PathBuf;

use crate::{failure::Result, test::Extent, workspace::Workspace};

/// What building the server and the site needs.
pub(crate) fn to_build(workspace: &mut Workspace) -> Result<()> {
    rust::ensure(workspace)?;
    node::ensure(workspace)?;
    wasm_bindgen::ensure(workspace)?;
    stale::drop(workspace)
}

/// Programs that the tests start.
#[derive(Debug)]
pub(crate) struct Programs {
    /// A server that speaks MongoDB's protocol.
    pub(crate) mongo: PathBuf,
    /// The browser, where its tests are to run.
    pub(crate) browser: Option<PathBuf>,
}

/// What the tests need beyond that.
pub(crate) fn to_test(workspace: &mut Workspace, extent: Extent) -> Result<Programs> {
    to_build(workspace)?;
    rust::ensure_lints(workspace)?;
    let programs = [("redis-server", "redis-server"), ("openssl", "openssl")];
    debian::ensure("what tests of the cache need", &programs)?;
    let browser = match extent {
        Extent::Quick => None,
        Extent::Full => {
            debian::ensure(
                "what browser tests look into the database with",
                &[("sqlite3", "sqlite3")],
            )?;
            Some(browser::ensure()?)
        }
    };
    let mongo = mongo::ensure(workspace)?;
    Ok(Programs { mongo, browser })
}
