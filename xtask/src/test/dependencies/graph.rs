//! The part of `cargo metadata` that the rule is about.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    /// Feature name and what it switches on.
    pub(super) features: BTreeMap<String, Vec<String>>,
    /// Of every kind: normal, dev and build.
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) optional: bool,
    /// Set for a crate of this workspace.
    path: Option<String>,
}

impl Dependency {
    pub(super) fn is_in_workspace(&self) -> bool {
        self.path.is_some()
    }
}
