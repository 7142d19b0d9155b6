//! Where things are, and how to start cargo on them.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{
    command::Cmd,
    failure::{Failure, OrFail, Result},
    leptos::{self, LeptosOptions},
};

const STEP: &str = "Finding the workspace";

/// The checkout, its target directory and the toolchain in use.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Cargo's target directory: `CARGO_TARGET_DIR`, or `target` in the checkout.
    pub(crate) target: PathBuf,
    pub(crate) leptos: LeptosOptions,
    /// The rustup toolchain for everything that is built; none where there is no rustup.
    pub(crate) toolchain: Option<String>,
}

impl Workspace {
    /// Opens the checkout this program was built from.
    pub(crate) fn open() -> Result<Self> {
        let root = root()?;
        let target = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |target| root.join(target));
        let leptos = leptos::read(&root)?;
        Ok(Self {
            root,
            target,
            leptos,
            toolchain: None,
        })
    }

    /// Cargo, in the checkout, with the chosen toolchain.
    pub(crate) fn cargo(&self) -> Result<Cmd> {
        self.program("cargo")
    }

    /// A program in the checkout, with the chosen toolchain and the tools of `setup` on its path.
    pub(crate) fn program(&self, name: &str) -> Result<Cmd> {
        self.equip(Cmd::new(name))
    }

    /// Gives `command` the toolchain, the target directory and the tools of `setup`.
    pub(crate) fn equip(&self, command: Cmd) -> Result<Cmd> {
        let command = command
            .dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("PATH", self.search_path()?);
        Ok(match &self.toolchain {
            Some(toolchain) => command.env("RUSTUP_TOOLCHAIN", toolchain),
            None => command,
        })
    }

    /// The built site.
    pub(crate) fn site(&self) -> PathBuf {
        self.root.join(&self.leptos.site_root)
    }

    /// The client's part of the built site.
    pub(crate) fn pkg(&self) -> PathBuf {
        self.site().join(&self.leptos.site_pkg_dir)
    }

    fn search_path(&self) -> Result<OsString> {
        let mut places = vec![
            self.root.join("node_modules/.bin"),
            cargo_home()?.join("bin"),
        ];
        if let Some(path) = env::var_os("PATH") {
            places.extend(env::split_paths(&path));
        }
        env::join_paths(places).or_fail(
            STEP,
            "move the checkout to a folder without ':' in its name",
        )
    }
}

/// The checkout. Asked at run time: one target directory may serve several checkouts.
pub(crate) fn root() -> Result<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    manifest
        .as_deref()
        .and_then(Path::parent)
        .map(Path::to_path_buf)
        .ok_or_else(|| {
            Failure::new(
                STEP,
                "CARGO_MANIFEST_DIR is not set",
                "start this program as `cargo xtask`",
            )
        })
}

/// Where cargo keeps what it installs.
pub(crate) fn cargo_home() -> Result<PathBuf> {
    match env::var_os("CARGO_HOME") {
        Some(home) => Ok(home.into()),
        None => Ok(home()?.join(".cargo")),
    }
}

/// Where the build folders of installed tools live: outside every checkout, so that an interrupted
/// installation goes on where it stopped.
pub(crate) fn tools() -> Result<PathBuf> {
    let cache = match env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        Some(cache) => cache.into(),
        None => home()?.join(".cache"),
    };
    Ok(cache.join("cryptovault/tools"))
}

fn home() -> Result<PathBuf> {
    env::var_os("HOME")
        .map(PathBuf::from)
        .ok_or_else(|| Failure::new(STEP, "HOME is not set", "set HOME to your home folder"))
}
