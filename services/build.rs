//! Tells the program which compiler has made it, for the page about the system.

use std::{env, process::Command};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CRYPTOVAULT_COMMIT");
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = Command::new(compiler).arg("--version").output();
    // Without it the page says that it is not known.
    if let Some(version) = told.ok().and_then(|out| String::from_utf8(out.stdout).ok()) {
        println!("cargo:rustc-env=CRYPTOVAULT_RUSTC={}", version.trim());
    }
}
