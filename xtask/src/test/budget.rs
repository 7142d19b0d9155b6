//! What a first visit may weigh, in bytes as they travel: compressed with brotli.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::counts::Counts;
use crate::{
    build::listing,
    failure::{Failure, OrFail, Result},
    ui,
    workspace::Workspace,
};

const STEP: &str = "Weighing the first load";

/// Upper bounds in bytes, after brotli.
const BUDGETS: [Budget; 2] = [
    Budget {
        kind: "js",
        limit: 25_000,
    },
    Budget {
        kind: "css",
        limit: 20_000,
    },
];

/// For the WebAssembly of a page: the main module and those that the page needs.
const PAGE: u64 = 350_000;

/// What a page asks for only once it is there, and works without: no part of its first load. It is told.
const LATER: &str = "figures";

/// Loaded only on pages that chart, and not written here: outside the budget.
const OUTSIDE: &str = "vendor";

#[derive(Debug)]
struct Budget {
    kind: &'static str,
    limit: u64,
}

/// Weighs the built site.
pub(super) fn check(workspace: &Workspace) -> Result<Counts> {
    let mut over = Vec::new();
    let pages = pages(workspace).or_fail(STEP, "build the site again")?;
    if pages.len() < 2 {
        over.push("the client was not split by page".to_owned());
    }
    for (page, weight) in pages {
        if page == LATER {
            ui::line(format_args!(
                "wasm with {page}, loaded later {weight:>7} bytes"
            ));
            continue;
        }
        let kind = format!("wasm of {page}");
        ui::line(format_args!("{kind:<16} {weight:>7} of {PAGE} bytes"));
        over.extend(verdict(&kind, PAGE, weight));
    }
    for budget in &BUDGETS {
        let weight = weigh(&workspace.site(), budget.kind).or_fail(STEP, "build the site again")?;
        ui::line(format_args!(
            "{:<16} {weight:>7} of {} bytes",
            budget.kind, budget.limit
        ));
        over.extend(verdict(budget.kind, budget.limit, weight));
    }
    if over.is_empty() {
        return Ok(Counts::default());
    }
    let remedy = "find what grew: `twiggy top` on the raw WebAssembly file, or a new dependency";
    Err(Failure::new(STEP, over.join("\n"), remedy))
}

fn verdict(kind: &str, limit: u64, weight: u64) -> Option<String> {
    match weight {
        // Nothing to weigh means that the site was not built as this check expects.
        0 => Some(format!("the site has no compressed {kind}")),
        weight if weight > limit => Some(format!("{kind} weighs {weight} bytes, {limit} allowed")),
        _ => None,
    }
}

/// The brotli bytes of each page's WebAssembly.
fn pages(workspace: &Workspace) -> io::Result<Vec<(String, u64)>> {
    weigh_pages(&workspace.pkg(), &workspace.leptos.output_name)
}

fn weigh_pages(pkg: &Path, name: &str) -> io::Result<Vec<(String, u64)>> {
    let files = listing::files(pkg)?;
    let find = |start: &str, end: &str| {
        let is_it = |file: &&PathBuf| {
            let file = file.to_string_lossy();
            file.starts_with(start) && file.ends_with(end)
        };
        let missing = || io::Error::other(format!("no {start}…{end}"));
        files.iter().find(is_it).ok_or_else(missing)
    };
    let needs = fs::read_to_string(pkg.join(find("__wasm_split_manifest.", ".json")?))?;
    let needs: BTreeMap<String, Vec<String>> = serde_json::from_str(&needs)?;
    let size = |file: PathBuf| Ok::<_, io::Error>(fs::metadata(pkg.join(file))?.len());
    let main = size(find(&format!("{name}."), ".wasm.br")?.clone())?;
    let weigh = |(page, modules): (String, Vec<String>)| {
        let files = modules
            .iter()
            .map(|module| format!("{module}.wasm.br").into());
        let own: u64 = files.map(size).sum::<io::Result<_>>()?;
        Ok((page, main + own))
    };
    needs.into_iter().map(weigh).collect()
}

/// The brotli bytes of every file of a kind.
fn weigh(site: &Path, kind: &str) -> io::Result<u64> {
    let ending = format!(".{kind}.br");
    let files = listing::files(site)?.into_iter();
    let counted = files
        .filter(|file| !file.starts_with(OUTSIDE) && file.to_string_lossy().ends_with(&ending));
    counted
        .map(|file| Ok(fs::metadata(site.join(file))?.len()))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_files_of_the_kind_are_summed_without_the_chart_library() -> io::Result<()> {
        let site = tempfile::tempdir()?;
        for (file, size) in [
            ("pkg/app.js.br", 3),
            ("js/a.js.br", 4),
            ("pkg/app.js", 99),
            ("vendor/c.js.br", 50),
        ] {
            let file = site.path().join(file);
            fs::create_dir_all(file.parent().unwrap_or(site.path()))?;
            fs::write(file, vec![0; size])?;
        }
        assert_eq!(weigh(site.path(), "js")?, 7);
        assert_eq!(weigh(site.path(), "wasm")?, 0);
        Ok(())
    }

    #[test]
    fn a_page_weighs_what_it_needs() -> io::Result<()> {
        let pkg = tempfile::tempdir()?;
        let write = |file: &str, size| fs::write(pkg.path().join(file), vec![0; size]);
        for (file, size) in [
            ("app.x.wasm.br", 7),
            ("chunk.x.wasm.br", 2),
            ("coin.x.wasm.br", 1),
        ] {
            write(file, size)?;
        }
        let needs = "{\"coin\":[\"chunk.x\",\"coin.x\"],\"sheet\":[]}";
        fs::write(pkg.path().join("__wasm_split_manifest.x.json"), needs)?;
        let expected = [("coin".to_owned(), 10), ("sheet".to_owned(), 7)];
        assert_eq!(weigh_pages(pkg.path(), "app")?, expected);
        fs::remove_file(pkg.path().join("coin.x.wasm.br"))?;
        assert!(weigh_pages(pkg.path(), "app").is_err());
        Ok(())
    }

    #[test]
    fn one_byte_too_many_is_refused() {
        assert_eq!(verdict("js", 10, 10), None);
        assert_eq!(
            verdict("js", 10, 11).as_deref(),
            Some("js weighs 11 bytes, 10 allowed")
        );
    }

    #[test]
    fn a_site_without_the_kind_is_refused() {
        assert!(verdict("js", 10, 0).is_some());
    }
}
