//! Lock files pin versions and checksums, and say nothing about where somebody's registry is.

use std::{collections::BTreeSet, fs, path::Path};

use crate::failure::{OrFail, Result};

/// Of the site build, the browser tests and the peers of the measurements.
const NPM: [&str; 3] = [
    "package-lock.json",
    "bench/peers/bun/package-lock.json",
    "bench/peers/sveltekit/package-lock.json",
];
/// What Cargo writes for crates.io, mirrored or not.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Every address in a lock file that should not be there.
pub(super) fn breaches(root: &Path) -> Result<Vec<String>> {
    let read = |name: &str| {
        let step = "Reading the lock files";
        fs::read_to_string(root.join(name)).or_fail(step, "restore it with git")
    };
    let mut found = cargo(&read("Cargo.lock")?);
    for name in NPM {
        found.extend(npm(name, &read(name)?));
    }
    Ok(found.into_iter().collect())
}

fn cargo(lock: &str) -> BTreeSet<String> {
    values(lock, "source = \"")
        .filter(|source| *source != CRATES_IO)
        .map(|source| format!("Cargo.lock: {source} is not crates.io"))
        .collect()
}

fn npm(name: &str, lock: &str) -> BTreeSet<String> {
    values(lock, "\"resolved\": \"")
        .map(|address| format!("{name}: {address} (.npmrc asks npm to leave these out)"))
        .collect()
}

/// What follows `start` up to the closing quote, on every line that begins with it.
fn values<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines()
        .filter_map(move |line| line.trim().strip_prefix(start)?.split('"').next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn ours_are_clean() -> Result<()> {
        assert_eq!(breaches(&workspace::root()?)?, Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn a_mirror_in_cargo_lock_is_found() {
        let lock =
            format!("source = \"{CRATES_IO}\"\nsource = \"sparse+https://mirror.example/\"\n");
        let found: Vec<String> = cargo(&lock).into_iter().collect();
        assert_eq!(
            found,
            ["Cargo.lock: sparse+https://mirror.example/ is not crates.io"]
        );
    }

    #[test]
    fn a_download_address_in_package_lock_is_found() {
        let lock =
            "  \"resolved\": \"https://mirror.example/a.tgz\",\n  \"url\": \"https://a.example\"\n";
        let found: Vec<String> = npm("a/package-lock.json", lock).into_iter().collect();
        assert_eq!(
            found,
            [
                "a/package-lock.json: https://mirror.example/a.tgz (.npmrc asks npm to leave these out)"
            ]
        );
    }
}
