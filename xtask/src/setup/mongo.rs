//! A server that speaks MongoDB's protocol, for tests and measurements.
//!
//! MongoDB itself is in no package registry; this one is in Python's, and has what the tests need:
//! a replica set, transactions, unique and expiring indexes.

use std::path::PathBuf;

use super::python;
use crate::{
    failure::{Failure, Result},
    workspace::Workspace,
};

const STEP: &str = "Installing a server for the tests of MongoDB";
const LIST: &str = "services/tests/support/requirements.txt";
/// Below the target directory; the tests look there, too.
const FOLDER: &str = "mongo";
const PROGRAM: &str = "bin/secantusd-py";

/// Installs the server, unless it is there, and returns its program.
pub(crate) fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join(FOLDER);
    python::install(STEP, &workspace.root.join(LIST), &folder)?;
    let program = folder.join(PROGRAM);
    if program.is_file() {
        return Ok(program);
    }
    let cause = format!("{} is missing after its installation", program.display());
    let remedy = format!("remove {} and try again", folder.display());
    Err(Failure::new(STEP, cause, &remedy))
}
