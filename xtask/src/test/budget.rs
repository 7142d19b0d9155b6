//! What a first visit may weigh, in bytes as they travel: compressed with brotli.

use std::{fs, io, path::Path};

use super::counts::Counts;
use crate::{
    build::listing,
    failure::{Failure, OrFail, Result},
    ui,
    workspace::Workspace,
};

const STEP: &str = "Weighing the first load";

/// Upper bounds in bytes, after brotli.
const BUDGETS: [Budget; 3] = [
    Budget {
        kind: "wasm",
        limit: 350_000,
    },
    Budget {
        kind: "js",
        limit: 25_000,
    },
    Budget {
        kind: "css",
        limit: 20_000,
    },
];

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
    for budget in &BUDGETS {
        let weight = weigh(&workspace.site(), budget.kind).or_fail(STEP, "build the site again")?;
        ui::line(format_args!(
            "{:<5} {weight:>7} of {} bytes",
            budget.kind, budget.limit
        ));
        over.extend(verdict(budget, weight));
    }
    if over.is_empty() {
        return Ok(Counts::default());
    }
    let remedy = "find what grew: `twiggy top` on the raw WebAssembly file, or a new dependency";
    Err(Failure::new(STEP, over.join("\n"), remedy))
}

fn verdict(budget: &Budget, weight: u64) -> Option<String> {
    let Budget { kind, limit } = budget;
    match weight {
        // Nothing to weigh means that the site was not built as this check expects.
        0 => Some(format!("the site has no compressed {kind}")),
        weight if weight > *limit => Some(format!("{kind} weighs {weight} bytes, {limit} allowed")),
        _ => None,
    }
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

    const BUDGET: Budget = Budget {
        kind: "js",
        limit: 10,
    };

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
    fn one_byte_too_many_is_refused() {
        assert_eq!(verdict(&BUDGET, 10), None);
        assert_eq!(
            verdict(&BUDGET, 11).as_deref(),
            Some("js weighs 11 bytes, 10 allowed")
        );
    }

    #[test]
    fn a_site_without_the_kind_is_refused() {
        assert!(verdict(&BUDGET, 0).is_some());
    }
}
