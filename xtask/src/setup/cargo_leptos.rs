//! cargo-leptos, for people who work on the pages (`cargo leptos watch`).
//!
//! No task of this program needs it, and it takes ten minutes to build; so it is installed while
//! something else is under way.

use std::process::Child;

use super::{
    debian::{self, Lists},
    shims,
    tool::Tool,
    wasm_std::release,
};
use crate::{
    command::Cmd,
    failure::{Failure, OrFail, Result},
    ui,
    workspace::Workspace,
};

const VERSION: &str = "0.3.11";
/// The same, to compare with.
const OLDEST: (u32, u32, u32) = (0, 3, 11);
const STEP: &str = "Installing cargo-leptos (about 10 minutes)";
const REMEDY: &str = "run `cargo install --locked cargo-leptos` with Rust 1.96 or later (`rustup update`); \
                      only `cargo leptos …` needs it";
/// The oldest compiler it is built by: newer than what the project itself needs.
const COMPILER: (u32, u32) = (1, 96);

const TOOL: Tool<'static> = Tool {
    package: "cargo-leptos",
    version: VERSION,
    locked: true,
    opt_level: "0",
};

/// Installs cargo-leptos if it is missing, and waits for it.
pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    shims::ensure()?;
    if installed(workspace)? {
        return Ok(());
    }
    let cargo = by_compiler(workspace, |program| Cmd::new(program))?;
    ui::step(STEP, || TOOL.install(workspace, cargo, STEP, REMEDY))
}

/// Starts installing it in the background at the lowest priority, if it is missing.
pub(crate) fn start(workspace: &Workspace) -> Result<Option<Background>> {
    shims::ensure()?;
    if installed(workspace)? {
        return Ok(None);
    }
    let command = TOOL.build_command(workspace, by_compiler(workspace, Cmd::nice)?)?;
    let child = command.spawn_silent().or_fail(STEP, REMEDY)?;
    Ok(Some(Background {
        child,
        reported: false,
    }))
}

/// Cargo with a compiler that is new enough: the toolchain's, else Debian's.
fn by_compiler(workspace: &Workspace, command: impl Fn(&str) -> Cmd) -> Result<Cmd> {
    let shown = workspace.program("rustc")?.arg("-vV").output();
    let found = release(&shown.unwrap_or_default());
    if found >= Some(COMPILER) {
        return Ok(command("cargo"));
    }
    let (major, minor) = found.unwrap_or_default();
    let old = format!("it needs Rust 1.96, and this toolchain is {major}.{minor}");
    if !debian::available() {
        return Err(Failure::new(STEP, &old, REMEDY));
    }
    ui::line(format_args!(
        "  (cargo-leptos: {old}; Debian's compiler builds it)"
    ));
    debian::install(
        "Debian's Rust compiler",
        &["rustc-web", "cargo-web"],
        Lists::Renewed,
    )?;
    let shown = Cmd::new(DEBIAN_RUSTC).arg("-vV").output();
    if release(&shown.unwrap_or_default()) < Some(COMPILER) {
        return Err(Failure::new(STEP, format!("{old}, as is Debian's"), REMEDY));
    }
    Ok(command("/usr/bin/cargo").env("RUSTC", DEBIAN_RUSTC))
}

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

fn installed(workspace: &Workspace) -> Result<bool> {
    let shown = workspace
        .cargo()?
        .args(["leptos", "--version"])
        .output()
        .unwrap_or_default();
    let found = shown.split_whitespace().last().and_then(version);
    if let Some(found) = found.filter(|found| is_later_series(*found)) {
        // Somebody wanted it: it is not replaced by an older one.
        ui::line(format_args!(
            "! cargo-leptos {}.{}.{} is installed and left as it is; this project is made for {VERSION}",
            found.0, found.1, found.2
        ));
    }
    Ok(found >= Some(OLDEST))
}

/// Within a series, a later version does the same, better.
fn is_later_series(found: (u32, u32, u32)) -> bool {
    (found.0, found.1) > (OLDEST.0, OLDEST.1)
}

fn version(text: &str) -> Option<(u32, u32, u32)> {
    let mut numbers = text.split(['.', '-', '+']).map(str::parse);
    Some((
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
    ))
}

/// An installation under way; ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Background {
    child: Child,
    reported: bool,
}

impl Background {
    /// Says so, once, when it has ended.
    pub(crate) fn report(&mut self) {
        if self.reported {
            return;
        }
        if let Ok(Some(status)) = self.child.try_wait() {
            self.reported = true;
            ui::line(if status.success() {
                "✓ cargo-leptos is installed: `cargo leptos watch` works now".to_owned()
            } else {
                format!("✗ cargo-leptos could not be installed. {REMEDY}")
            });
        }
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) {
        if self.child.wait().is_ok() {
            self.report();
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // Cargo goes on where it stopped: the next start builds the rest.
        if self.child.kill().is_ok() {
            let _reaped = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_version_is_not_replaced() {
        assert_eq!(version(VERSION), Some(OLDEST));
        assert!(version("0.3.10") < Some(OLDEST));
        assert!(version("0.3.12-beta.1") > Some(OLDEST));
        assert!(version("") < Some(OLDEST));
        assert!(!is_later_series((0, 3, 99)));
        assert!(is_later_series((0, 4, 0)));
    }
}
