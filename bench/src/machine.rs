//! What was measured and on what: the commit, the machine, the versions of the peers.
//!
//! What can't be found out is left out or called unknown: that is no reason to lose the figures.

use serde_json::Value;
use std::{fs, path::Path, process::Command};

/// The report is written by the measurement itself, so that it says nothing about what is measured.
const BUT_RESULTS: &str = ":(exclude)bench/RESULTS.md";
const UNKNOWN: &str = "unknown";

/// The commit and the machine, as a sentence.
pub(crate) fn describe() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let (model, cores) = (model(&cpu).unwrap_or(UNKNOWN), cores(&cpu));
    let plural = if cores == 1 { "" } else { "s" };
    format!(
        "Commit {}; {model}, {cores} core{plural}; Linux {}.",
        commit(),
        kernel.trim()
    )
}

fn commit() -> String {
    let Some(commit) = said("git", &["rev-parse", "--short", "HEAD"]) else {
        return UNKNOWN.to_owned();
    };
    let status = ["status", "--porcelain", "--untracked-files=no"];
    let changes = said("git", &[&status[..], &["--", ".", BUT_RESULTS]].concat());
    if changes.is_some_and(|changes| !changes.is_empty()) {
        format!("{commit} with changes")
    } else {
        commit
    }
}

/// Not what this process may use: it is pinned to one of them.
fn cores(cpuinfo: &str) -> usize {
    let lines = cpuinfo.lines();
    lines.filter(|line| line.starts_with("processor")).count()
}

fn model(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"))?;
    Some(line.trim_start_matches([' ', '\t', ':']).trim())
}

/// The version that a program tells of itself, behind `name`.
pub(crate) fn program(name: &str, program: impl AsRef<Path>) -> Option<String> {
    let told = said(program.as_ref().to_str()?, &["--version"])?;
    let version = told.split_whitespace().last()?;
    Some(format!("{name} {}", version.trim_start_matches('v')))
}

/// Packages that `bench/peers/requirements.txt` pins.
pub(crate) fn python(names: &[&str]) -> Vec<String> {
    pinned_in("bench/peers/requirements.txt", names)
}

/// Packages that a list of Python's pins.
pub(crate) fn pinned_in(list: &str, names: &[&str]) -> Vec<String> {
    pinned(&fs::read_to_string(list).unwrap_or_default(), names)
}

fn pinned(pins: &str, names: &[&str]) -> Vec<String> {
    let pins = pins.lines().filter_map(|line| line.trim().split_once("=="));
    let wanted = pins.filter(|(name, _)| names.contains(name));
    wanted
        .map(|(name, version)| format!("{name} {version}"))
        .collect()
}

/// Packages that the `package.json` of a peer pins.
pub(crate) fn node(peer: &str, names: &[&str]) -> Vec<String> {
    let file = format!("bench/peers/{peer}/package.json");
    let file = fs::read(file).unwrap_or_default();
    let file: Value = serde_json::from_slice(&file).unwrap_or_default();
    let version = |name: &&str| file.get("devDependencies")?.get(*name)?.as_str();
    names
        .iter()
        .filter_map(|name| Some(format!("{name} {}", version(name)?)))
        .collect()
}

/// Packages in `Cargo.lock`.
pub(crate) fn rust(names: &[&str]) -> Vec<String> {
    let lock = fs::read_to_string("Cargo.lock").unwrap_or_default();
    locked(&lock, names)
}

fn locked(lock: &str, names: &[&str]) -> Vec<String> {
    let value = |line: &str, key: &str| -> Option<String> {
        Some(line.strip_prefix(key)?.trim_matches('"').to_owned())
    };
    let pairs = lock.lines().zip(lock.lines().skip(1));
    let packages = pairs.filter_map(|(first, second)| {
        Some((value(first, "name = ")?, value(second, "version = ")?))
    });
    packages
        .filter(|(name, _)| names.contains(&name.as_str()))
        .map(|(name, version)| format!("{name} {version}"))
        .collect()
}

/// What a program writes to standard output, if it ends well.
fn said(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_described_by_what_the_kernel_tells() {
        let two = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n\nprocessor\t: 1\n\
            model name\t: Some CPU @ 2 GHz\n";
        assert_eq!((model(two), cores(two)), (Some("Some CPU @ 2 GHz"), 2));
        assert_eq!(model("processor\t: 0\n"), None);
    }

    #[test]
    fn versions_are_those_of_the_packages_asked_for() {
        let pins = "# the framework\nfastapi==1.2.3\nfastapi-cli==9\nuvloop==0.4\n";
        assert_eq!(
            pinned(pins, &["fastapi", "uvloop"]),
            ["fastapi 1.2.3", "uvloop 0.4"]
        );
        let lock = "[[package]]\nname = \"axum\"\nversion = \"0.8.9\"\n\n\
            [[package]]\nname = \"axum-core\"\nversion = \"0.5.6\"\n";
        assert_eq!(locked(lock, &["axum"]), ["axum 0.8.9"]);
    }

    #[test]
    fn a_program_that_is_not_there_has_no_version() {
        assert_eq!(program("Nobody", "no-such-program"), None);
    }
}
