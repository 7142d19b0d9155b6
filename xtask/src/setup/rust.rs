//! A Rust toolchain that builds for WebAssembly.
//!
//! The normal way is `rustup target add`. Where the network reaches package registries only, that
//! fails, and Debian's compiler with a standard library built here takes its place (`wasm_std`).

use std::path::PathBuf;

use super::{debian, wasm_std};
use crate::{
    command::Cmd,
    failure::{Failure, OrFail, Result},
    ui,
    workspace::Workspace,
};

/// The compile target of the client.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";
/// The name under which rustup knows Debian's compiler.
pub(super) const DEBIAN_TOOLCHAIN: &str = "cryptovault";

const STEP: &str = "Setting up Rust for WebAssembly";
const REMEDY: &str = "run `rustup target add wasm32-unknown-unknown` with a network that reaches \
                      static.rust-lang.org, or use Debian or Ubuntu, where this program builds the \
                      target from packages";

/// Chooses the toolchain of every later step, and makes one where there is none.
pub(super) fn ensure(workspace: &mut Workspace) -> Result<()> {
    let active = active();
    if ready(active.as_deref()) {
        workspace.toolchain = active;
    } else if ready(Some(DEBIAN_TOOLCHAIN)) {
        workspace.toolchain = Some(DEBIAN_TOOLCHAIN.to_owned());
    } else if add_target(active.as_deref()) {
        workspace.toolchain = active;
    } else {
        from_debian()?;
        workspace.toolchain = Some(DEBIAN_TOOLCHAIN.to_owned());
    }
    if workspace.toolchain.as_deref() == Some(DEBIAN_TOOLCHAIN) {
        wasm_std::keep_linker()?;
        choose_for_checkout(workspace)?;
    }
    Ok(())
}

/// Makes sure that the chosen toolchain has rustfmt and clippy.
pub(super) fn ensure_lints(workspace: &Workspace) -> Result<()> {
    let there = |tool: &str| Ok(workspace.cargo()?.args([tool, "--version"]).succeeds());
    if there("fmt")? && there("clippy")? {
        return Ok(());
    }
    let step = "Installing rustfmt and clippy";
    let remedy = "run `rustup component add rustfmt clippy`";
    ui::step(step, || {
        workspace
            .program("rustup")?
            .args(["component", "add", "rustfmt", "clippy"])
            .run()
            .or_fail(step, remedy)
    })
}

/// The toolchain rustup would use here; none without rustup.
fn active() -> Option<String> {
    let shown = Cmd::new("rustup")
        .args(["show", "active-toolchain"])
        .output()
        .ok()?;
    shown.split_whitespace().next().map(str::to_owned)
}

fn rustc(toolchain: Option<&str>) -> Cmd {
    let rustc = Cmd::new("rustc");
    match toolchain {
        Some(toolchain) => rustc.env("RUSTUP_TOOLCHAIN", toolchain),
        None => rustc,
    }
}

fn has_wasm(toolchain: Option<&str>) -> bool {
    let Ok(folder) = rustc(toolchain)
        .args(["--print", "target-libdir", "--target", WASM])
        .output()
    else {
        return false;
    };
    let Ok(files) = PathBuf::from(folder.trim()).read_dir() else {
        return false;
    };
    files.flatten().any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

/// Whether the toolchain builds for WebAssembly as it is. Debian's, which is the active one in a
/// checkout from the second run on, does so as long as its compiler is the one that the library was
/// built by.
fn ready(toolchain: Option<&str>) -> bool {
    has_wasm(toolchain) && (toolchain != Some(DEBIAN_TOOLCHAIN) || wasm_std::up_to_date())
}

fn add_target(toolchain: Option<&str>) -> bool {
    // Rustup adds nothing to a toolchain that is not its own.
    let Some(toolchain) = toolchain.filter(|name| *name != DEBIAN_TOOLCHAIN) else {
        return false;
    };
    let step = format!("Asking rustup for {WASM} in the toolchain {toolchain}");
    ui::attempt(&step, || {
        // Its output stays hidden: here a failure is only the reason to go another way.
        let rustup = Cmd::new("rustup").args(["target", "add", WASM, "--toolchain", toolchain]);
        rustup.succeeds() && has_wasm(Some(toolchain))
    })
}

fn from_debian() -> Result<()> {
    if !debian::available() {
        return Err(Failure::new(
            STEP,
            "rustup could not fetch the target",
            REMEDY,
        ));
    }
    ui::line("  Taking Debian's compiler instead (about 3 minutes)");
    wasm_std::build()?;
    Cmd::new("rustup")
        .args(["toolchain", "link", DEBIAN_TOOLCHAIN, "/usr"])
        .run()
        .or_fail(STEP, "install rustup (https://rustup.rs) and try again")
}

/// Plain `cargo` and `cargo leptos` in this checkout use the toolchain too.
fn choose_for_checkout(workspace: &Workspace) -> Result<()> {
    let shown = Cmd::new("rustup")
        .args(["show", "active-toolchain"])
        .without_env("RUSTUP_TOOLCHAIN")
        .dir(&workspace.root)
        .output()
        .unwrap_or_default();
    if shown.split_whitespace().next() == Some(DEBIAN_TOOLCHAIN) {
        return Ok(());
    }
    Cmd::new("rustup")
        .args(["override", "set", DEBIAN_TOOLCHAIN, "--path"])
        .arg(&workspace.root)
        .run()
        .or_fail(
            STEP,
            "run `rustup override set cryptovault` in the checkout",
        )
}
