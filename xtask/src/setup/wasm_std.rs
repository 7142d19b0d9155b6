//! Rust's standard library for WebAssembly, built from Debian's packages.
//!
//! Debian ships a current compiler and the library's source, but no WebAssembly build of it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use super::{
    debian::{self, Lists},
    rust::WASM,
};
use crate::{
    command::Cmd,
    failure::{Failure, OrFail, Result},
    ui, workspace,
};

const STEP: &str = "Building Rust's standard library for WebAssembly";
const REMEDY: &str = "see the compiler's message above; `apt-get install --reinstall rustc-web \
                      cargo-web rust-web-src` restores Debian's compiler";
/// What the workspace and the programs it installs ask for.
const MINIMUM: &str = env!("CARGO_PKG_RUST_VERSION");
const TOO_OLD: &str = "use a newer Debian, or run `rustup target add wasm32-unknown-unknown` with a \
                       network that reaches static.rust-lang.org";
const PACKAGES: [&str; 5] = [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-clippy",
    "rustfmt-web",
];
const LIBRARY: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";
/// Where it is put together.
const NEW_LIBRARY: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib.new";
/// Beside the library: the compiler that it was built by, and when.
const NOTE: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/cryptovault-note";
const CRATE: &str = "cryptovault_wasm_std";

/// Installs the compiler, builds the library and puts it where the compiler looks.
pub(super) fn build() -> Result<()> {
    // A machine's package lists can be months old, and name a compiler of their time.
    debian::install("Debian's Rust compiler", &PACKAGES, Lists::Renewed)?;
    if !compiler_fits() {
        let what = format!("Debian's compiler is older than Rust {MINIMUM}");
        return Err(Failure::new(STEP, &what, TOO_OLD));
    }
    ui::step(STEP, || {
        link_linker()?;
        let crate_dir = write_crate()?;
        compile(&crate_dir)?;
        install(&crate_dir)
    })
}

/// Whether the compiler is new enough, and the library was built by it.
pub(super) fn up_to_date() -> bool {
    compiler_fits() && belongs(fs::read_to_string(NOTE).ok().as_deref(), &compiler())
}

/// A library without a note was not built here, and is taken as it is.
fn belongs(note: Option<&str>, compiler: &str) -> bool {
    note.is_none_or(|note| note.starts_with(compiler))
}

/// The linker of a library that was built here may have gone with the rustup toolchain it was
/// borrowed from.
pub(super) fn keep_linker() -> Result<()> {
    if Path::new(NOTE).exists() {
        link_linker()?;
    }
    Ok(())
}

fn compiler_fits() -> bool {
    release(&compiler()).is_some_and(|found| Some(found) >= version(MINIMUM))
}

/// The release that `rustc -vV` names.
pub(super) fn release(shown: &str) -> Option<(u32, u32)> {
    version(
        shown
            .lines()
            .find_map(|line| line.strip_prefix("release: "))?,
    )
}

/// Major and minor number.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Changes whenever the library does. Cargo does not see that by itself, and would go on with
/// artefacts that no longer fit.
pub(super) fn identity() -> String {
    fs::read_to_string(NOTE).unwrap_or_default()
}

fn compiler() -> String {
    Cmd::new("/usr/bin/rustc")
        .arg("-vV")
        .output()
        .unwrap_or_default()
}

/// Debian's compiler comes without the WebAssembly linker; rustup's has it.
fn link_linker() -> Result<()> {
    let host = compiler()
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_owned));
    let host = host
        .ok_or("/usr/bin/rustc names no host")
        .or_fail(STEP, REMEDY)?;
    let folder = PathBuf::from(format!("/usr/lib/rustlib/{host}/bin"));
    if folder.join("rust-lld").exists() {
        return Ok(());
    }
    let linker = rustup_linker().ok_or("no rustup toolchain has rust-lld");
    let linker = linker.or_fail(
        STEP,
        "install a toolchain with `rustup toolchain install stable`",
    )?;
    as_root("mkdir", ["-p".as_ref(), folder.as_path()])?;
    as_root("ln", ["-sf".as_ref(), linker.as_path(), folder.as_path()])
}

fn as_root<'a>(program: &str, args: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    Cmd::privileged(program)
        .args(args)
        .run()
        .or_fail(STEP, REMEDY)
}

fn rustup_linker() -> Option<PathBuf> {
    let home = env::var_os("RUSTUP_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".rustup")))?;
    let toolchains = home.join("toolchains").read_dir().ok()?.flatten();
    let hosts =
        toolchains.filter_map(|toolchain| toolchain.path().join("lib/rustlib").read_dir().ok());
    hosts
        .flatten()
        .flatten()
        .map(|host| host.path().join("bin/rust-lld"))
        .find(|path| path.is_file())
}

fn write_crate() -> Result<PathBuf> {
    let folder = workspace::tools()?.join("wasm-std");
    let manifest = format!(
        "[package]\nname = \"{CRATE}\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n[workspace]\n"
    );
    let write = || {
        if folder.join("target").exists() {
            fs::remove_dir_all(folder.join("target"))?;
        }
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("lib.rs"), "#![no_std]\n")
    };
    write().or_fail(STEP, "make room in the cache folder and try again")?;
    Ok(folder)
}

fn compile(folder: &Path) -> Result<()> {
    Cmd::new("/usr/bin/cargo")
        .args([
            "build",
            "--release",
            "--target",
            WASM,
            "-Z",
            "build-std=std,panic_abort,proc_macro",
        ])
        .dir(folder)
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        // Without bitcode the client's link-time optimisation finds nothing to work on.
        .env("RUSTFLAGS", "-C embed-bitcode=yes")
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .run()
        .or_fail(STEP, REMEDY)
}

fn install(folder: &Path) -> Result<()> {
    let own = format!("lib{CRATE}");
    let built = folder.join("target").join(WASM).join("release/deps");
    let files = fs::read_dir(&built)
        .or_fail(STEP, REMEDY)?
        .flatten()
        .map(|file| file.path());
    let libraries: Vec<PathBuf> = files
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "rlib")
        })
        .filter(|path| {
            !path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&own))
        })
        .collect();
    if libraries.is_empty() {
        return Err(Failure::new(STEP, "the build made no library", REMEDY));
    }
    let note = folder.join("note");
    let text = format!("{}built in {}\n", compiler(), timestamp(&built));
    fs::write(&note, text).or_fail(STEP, REMEDY)?;
    replace(&libraries, &note)
}

/// Puts libraries and note in place of what is there. The rename is the last step: whatever is
/// interrupted before leaves no library, and the next run builds it again.
fn replace(libraries: &[PathBuf], note: &Path) -> Result<()> {
    let [remove, library, new] = ["-rf", LIBRARY, NEW_LIBRARY].map(Path::new);
    as_root("rm", [remove, new, library, NOTE.as_ref()])?;
    as_root("mkdir", ["-p".as_ref(), new])?;
    let copied = libraries.iter().map(PathBuf::as_path);
    as_root("cp", copied.chain([new]))?;
    as_root("cp", [note, NOTE.as_ref()])?;
    // Two builds side by side would be ambiguous: never into a folder that is there.
    as_root("mv", ["-T".as_ref(), new, library])
}

fn timestamp(path: &Path) -> String {
    let changed = fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok();
    let since = changed.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    since.unwrap_or_default().as_nanos().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_compiler_is_told_from_one_that_will_do() {
        let shown = |release: &str| format!("rustc {release}\nhost: x\nrelease: {release}\n");
        assert_eq!(release(&shown("1.85.0")), Some((1, 85)));
        assert!(release(&shown("1.85.0")) < version(MINIMUM));
        assert!(release(&shown("1.100.2-beta.1")) > version(MINIMUM));
        assert_eq!(release(""), None);
    }

    #[test]
    fn a_library_of_another_compiler_is_not_taken() {
        let now = "rustc 1.97.0\n";
        assert!(belongs(Some("rustc 1.97.0\nbuilt in 1\n"), now));
        assert!(!belongs(Some("rustc 1.96.0\nbuilt in 1\n"), now));
        assert!(!belongs(Some(""), now));
        assert!(belongs(None, now));
    }
}
