//! The client: WebAssembly and the JavaScript that loads it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::split;
use crate::{
    failure::{OrFail, Result},
    ui,
    workspace::Workspace,
};

const TARGET: &str = "wasm32-unknown-unknown";
/// As in `.cargo/config.toml`, which this replaces.
const FLAGS: &str = "--cfg erase_components -Csymbol-mangling-version=v0";

/// Compiles the client and returns the raw WebAssembly file.
pub(super) fn compile(workspace: &Workspace) -> Result<PathBuf> {
    let step = "Compiling the client";
    let options = &workspace.leptos;
    ui::step(step, || {
        workspace
            .cargo()?
            .args([
                "build",
                "--package",
                &options.lib_package,
                "--lib",
                "--target",
                TARGET,
            ])
            .args([
                "--no-default-features",
                "--features=split",
                "--profile",
                &options.lib_profile_release,
            ])
            .env("RUSTFLAGS", format!("{FLAGS} {}", split::LINKER))
            .run()
            .or_fail(step, "see the compiler's message above")
    })?;
    let name = format!("{}.wasm", options.lib_package.replace('-', "_"));
    Ok(workspace
        .target
        .join(TARGET)
        .join(&options.lib_profile_release)
        .join(name))
}

/// Turns the raw file into what a browser loads: `<name>.js`, `<name>.wasm` and a module for each page.
pub(super) fn generate(workspace: &Workspace, raw: &Path) -> Result<()> {
    let parts = split::cut(workspace, raw)?;
    let name = &workspace.leptos.output_name;
    let pkg = workspace.pkg();
    let wasm = pkg.join(format!("{name}.wasm"));
    let bindings = "Generating the client's bindings (wasm-bindgen)";
    ui::step(bindings, || {
        workspace
            .program("wasm-bindgen")?
            .args(["--target=web", "--keep-lld-exports", "--no-demangle"])
            .arg(format!("--out-name={name}"))
            .arg(format!("--out-dir={}", pkg.display()))
            .arg(parts.main)
            .run()
            .or_fail(
                bindings,
                "run `cargo xtask setup`, which installs the matching version",
            )?;
        // The name that Leptos asks for.
        fs::rename(pkg.join(format!("{name}_bg.wasm")), &wasm).or_fail(bindings, "try again")
    })?;
    let optimising = "Making the client smaller (wasm-opt)";
    ui::step(optimising, || {
        optimise(workspace, &wasm)?;
        parts
            .pages
            .iter()
            .try_for_each(|page| optimise(workspace, page))
    })
}

fn optimise(workspace: &Workspace, module: &Path) -> Result<()> {
    // Not by its bare name: a system's own wasm-opt may be too old for this compiler.
    workspace
        .program(
            &workspace
                .root
                .join("node_modules/.bin/wasm-opt")
                .to_string_lossy(),
        )?
        .args(&workspace.leptos.wasm_opt_features)
        .arg(module)
        .arg("-o")
        .arg(module)
        .run()
        .or_fail(
            "Making the client smaller (wasm-opt)",
            "run `npm ci`, which installs binaryen's wasm-opt",
        )
}
