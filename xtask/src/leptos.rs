//! The description of the site in `[[workspace.metadata.leptos]]`, the one that cargo-leptos reads.

use std::{fs, path::Path};

use serde::Deserialize;
use toml::{Table, Value};

use crate::failure::{Failure, OrFail, Result};

const STEP: &str = "Reading the site's description";
const REMEDY: &str =
    "restore [[workspace.metadata.leptos]] in Cargo.toml and the copy in Leptos.toml";

/// What building and serving the site needs to know.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct LeptosOptions {
    /// Stem of the client's files: `cryptovault` makes `cryptovault.<hash>.wasm`.
    pub(crate) output_name: String,
    pub(crate) bin_package: String,
    pub(crate) bin_target: String,
    pub(crate) lib_package: String,
    /// Where the site is put, relative to the workspace.
    pub(crate) site_root: String,
    pub(crate) site_pkg_dir: String,
    pub(crate) style_file: String,
    pub(crate) assets_dir: String,
    /// Browsers that the style sheet must serve: `chrome 120, safari 17.2`.
    pub(crate) browserquery: String,
    pub(crate) lib_profile_release: String,
    /// The arguments of wasm-opt, all of them.
    pub(crate) wasm_opt_features: Vec<String>,
}

/// Reads the description from the workspace's `Cargo.toml`.
pub(crate) fn read(root: &Path) -> Result<LeptosOptions> {
    let table = section(&root.join("Cargo.toml"))?;
    table.try_into().or_fail(STEP, REMEDY)
}

/// Where `Leptos.toml` differs from `Cargo.toml`; empty when the two are equal.
pub(crate) fn differences(root: &Path) -> Result<Vec<String>> {
    let cargo = section(&root.join("Cargo.toml"))?;
    let leptos = section(&root.join("Leptos.toml"))?;
    let mut found = compare(&cargo, &leptos);
    found.extend(misnamed(&cargo));
    Ok(found)
}

/// `cargo leptos watch` and `build` look for a program called as its package, unless told otherwise.
fn misnamed(cargo: &Table) -> Option<String> {
    let (built, sought) = (cargo.get("bin-target"), cargo.get("bin-exe-name"));
    (built != sought).then(|| {
        let (built, sought) = (shown(built), shown(sought));
        format!("bin-target is {built} but bin-exe-name is {sought}")
    })
}

fn compare(cargo: &Table, leptos: &Table) -> Vec<String> {
    let mut keys: Vec<&String> = cargo.keys().chain(leptos.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .filter(|key| cargo.get(*key) != leptos.get(*key))
        .map(|key| {
            let (here, there) = (shown(cargo.get(key)), shown(leptos.get(key)));
            format!("{key} is {here} in Cargo.toml and {there} in Leptos.toml")
        })
        .collect()
}

fn shown(value: Option<&Value>) -> String {
    let text = value.map(|value| serde_json::to_string(value).unwrap_or_default());
    text.unwrap_or_else(|| "missing".to_owned())
}

fn section(file: &Path) -> Result<Table> {
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::new(STEP, format!("{}: {error}", file.display()), REMEDY))?;
    parse(&text).map_err(|cause| Failure::new(STEP, format!("{}: {cause}", file.display()), REMEDY))
}

fn parse(text: &str) -> std::result::Result<Table, String> {
    let document: Table = toml::from_str(text).map_err(|error| error.to_string())?;
    let projects = document
        .get("workspace")
        .and_then(|workspace| workspace.get("metadata"))
        .and_then(|metadata| metadata.get("leptos"))
        .and_then(Value::as_array);
    match projects.map(Vec::as_slice) {
        Some([Value::Table(project)]) => Ok(project.clone()),
        _ => Err("one [[workspace.metadata.leptos]] is expected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    const HEAD: &str = "[[workspace.metadata.leptos]]\n";

    fn table(body: &str) -> std::result::Result<Table, String> {
        parse(&format!("{HEAD}{body}"))
    }

    #[test]
    fn cargo_leptos_is_told_how_the_program_is_called() -> std::result::Result<(), String> {
        let named = table("bin-target = 'desk'\nbin-exe-name = 'desk'")?;
        assert_eq!(misnamed(&named), None);
        let silent = table("bin-target = 'desk'")?;
        let told = "bin-target is \"desk\" but bin-exe-name is missing";
        assert_eq!(misnamed(&silent).as_deref(), Some(told));
        Ok(())
    }

    #[test]
    fn leptos_toml_equals_cargo_toml() -> Result<()> {
        assert_eq!(differences(&workspace::root()?)?, Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn a_changed_a_missing_and_an_extra_value_are_each_named() -> std::result::Result<(), String> {
        let cargo = table("site-root = 'target/site'\nhash-files = true")?;
        let leptos = table("site-root = 'elsewhere'\nenv = 'PROD'")?;
        assert_eq!(
            compare(&cargo, &leptos),
            [
                "env is missing in Cargo.toml and \"PROD\" in Leptos.toml",
                "hash-files is true in Cargo.toml and missing in Leptos.toml",
                "site-root is \"target/site\" in Cargo.toml and \"elsewhere\" in Leptos.toml",
            ]
        );
        Ok(())
    }

    #[test]
    fn a_file_without_the_section_is_refused() {
        assert!(parse("[workspace]").is_err());
    }
}
