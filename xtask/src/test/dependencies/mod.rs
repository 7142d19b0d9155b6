//! The dependency rule: `domain ← services ← app(ssr) ← server`, `domain ← app(hydrate) ← frontend`.
//! Nothing points back, `app` has exactly two features, and WebAssembly never sees `services`.

mod graph;

use graph::{Metadata, Package};

use crate::{
    failure::{OrFail, Result},
    workspace::Workspace,
};

const STEP: &str = "Checking the dependency rule";
const REMEDY: &str =
    "correct what the message names, or restore Cargo.toml and Cargo.lock with git";

/// Which of the workspace's crates each may depend on, for whatever purpose.
const ALLOWED: [(&str, &[&str]); 7] = [
    ("domain", &[]),
    ("services", &["domain"]),
    ("app", &["domain", "services"]),
    ("frontend", &["app"]),
    ("server", &["app", "domain", "services"]),
    ("bench", &["domain"]),
    ("xtask", &[]),
];

/// Crates that have no place in a browser.
const NATIVE: [&str; 5] = ["services", "server", "tokio", "axum", "reqwest"];

/// Every breach of the rule.
pub(super) fn breaches(workspace: &Workspace) -> Result<Vec<String>> {
    let metadata = workspace
        .cargo()?
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .or_fail(STEP, REMEDY)?;
    let metadata: Metadata = serde_json::from_str(&metadata).or_fail(STEP, REMEDY)?;
    let client = workspace
        .cargo()?
        .args([
            "tree",
            "--package",
            &workspace.leptos.lib_package,
            "--edges",
            "normal",
        ])
        .args([
            "--target",
            "wasm32-unknown-unknown",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .output()
        .or_fail(STEP, REMEDY)?;
    let mut found = in_workspace(&metadata);
    found.extend(in_client(&client));
    Ok(found)
}

fn in_workspace(metadata: &Metadata) -> Vec<String> {
    let mut found = Vec::new();
    for package in &metadata.packages {
        match ALLOWED.iter().find(|(name, _)| *name == package.name) {
            Some((_, allowed)) => found.extend(backward(package, allowed)),
            None => found.push(format!(
                "{}: xtask knows no rule for this crate",
                package.name
            )),
        }
    }
    let app = metadata
        .packages
        .iter()
        .find(|package| package.name == "app");
    found.extend(app.map(features).unwrap_or_default());
    found
}

fn backward(package: &Package, allowed: &[&str]) -> Vec<String> {
    let inner = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.is_in_workspace());
    inner
        .filter(|dependency| !allowed.contains(&dependency.name.as_str()))
        .map(|dependency| format!("{} must not depend on {}", package.name, dependency.name))
        .collect()
}

/// `app` is built twice: with `ssr` for the server and with `hydrate` for the browser; `split` only says
/// that the client comes in parts.
fn features(app: &Package) -> Vec<String> {
    let mut found = Vec::new();
    // Cargo counts an optional dependency that no feature names with `dep:` as a feature, too.
    let declared: Vec<&str> = app.features.keys().map(String::as_str).collect();
    if declared != ["hydrate", "split", "ssr"] {
        found.push(format!(
            "app has the features {declared:?}, not exactly hydrate, split and ssr"
        ));
    }
    if app
        .features
        .get("split")
        .is_some_and(|needs| !needs.is_empty())
    {
        found.push("app's feature split must switch on nothing".to_owned());
    }
    let services = app
        .dependencies
        .iter()
        .find(|dependency| dependency.name == "services");
    if services.is_some_and(|services| !services.optional) {
        found.push("app must depend on services only through its feature ssr".to_owned());
    }
    let hydrate = app
        .features
        .get("hydrate")
        .map(Vec::as_slice)
        .unwrap_or_default();
    if hydrate.iter().any(|need| need.contains("services")) {
        found.push("app's feature hydrate must not switch on services".to_owned());
    }
    found
}

fn in_client(tree: &str) -> Vec<String> {
    let mut names: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    names.sort_unstable();
    names.dedup();
    let strangers = names.into_iter().filter(|name| NATIVE.contains(name));
    strangers
        .map(|name| format!("{name} is compiled into the client"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(json: &str) -> std::result::Result<Metadata, serde_json::Error> {
        serde_json::from_str(json)
    }

    const GOOD: &str = r#"{"packages": [
        {"name": "domain", "features": {}, "dependencies": [{"name": "serde", "path": null, "optional": false}]},
        {"name": "services", "features": {}, "dependencies": [{"name": "domain", "path": "/w/domain", "optional": false}]},
        {"name": "app", "features": {"ssr": ["dep:services", "leptos/ssr"], "hydrate": ["leptos/hydrate"], "split": []},
         "dependencies": [{"name": "services", "path": "/w/services", "optional": true}]}
    ]}"#;

    fn breaches_of(json: &str) -> std::result::Result<Vec<String>, serde_json::Error> {
        Ok(in_workspace(&metadata(json)?))
    }

    #[test]
    fn this_workspace_keeps_the_rule() -> Result<()> {
        assert_eq!(breaches(&Workspace::open()?)?, Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn the_rule_as_written_is_kept() -> std::result::Result<(), serde_json::Error> {
        assert_eq!(breaches_of(GOOD)?, Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn a_dependency_that_points_back_is_found() -> std::result::Result<(), serde_json::Error> {
        let planted = GOOD.replacen(
            r#"{"name": "serde", "path": null"#,
            r#"{"name": "services", "path": "/w/services""#,
            1,
        );
        assert_eq!(
            breaches_of(&planted)?,
            ["domain must not depend on services"]
        );
        Ok(())
    }

    #[test]
    fn a_crate_without_a_rule_is_found() -> std::result::Result<(), serde_json::Error> {
        let planted = GOOD.replacen(r#""name": "services""#, r#""name": "helpers""#, 1);
        assert_eq!(
            breaches_of(&planted)?,
            ["helpers: xtask knows no rule for this crate"]
        );
        Ok(())
    }

    #[test]
    fn another_feature_of_app_is_found() -> std::result::Result<(), serde_json::Error> {
        for needs in [r#"["ssr"]"#, r#"["dep:services"]"#, "[]"] {
            let another = format!(r#""default": {needs}, "hydrate": ["#);
            let planted = GOOD.replace(r#""hydrate": ["#, &another);
            assert_eq!(
                breaches_of(&planted)?,
                [
                    r#"app has the features ["default", "hydrate", "split", "ssr"], not exactly hydrate, split and ssr"#
                ]
            );
        }
        Ok(())
    }

    #[test]
    fn services_within_reach_of_the_browser_is_found() -> std::result::Result<(), serde_json::Error>
    {
        let always = GOOD.replace(r#""optional": true"#, r#""optional": false"#);
        assert_eq!(
            breaches_of(&always)?,
            ["app must depend on services only through its feature ssr"]
        );
        let hydrated = GOOD.replace(
            r#"["leptos/hydrate"]"#,
            r#"["leptos/hydrate", "dep:services"]"#,
        );
        assert_eq!(
            breaches_of(&hydrated)?,
            ["app's feature hydrate must not switch on services"]
        );
        Ok(())
    }

    #[test]
    fn a_native_crate_in_the_client_is_found() {
        assert!(in_client("frontend v0.1.0 (/w)\napp v0.1.0 (/w)\nleptos v0.8.23\n").is_empty());
        assert_eq!(
            in_client("frontend v0.1.0\nservices v0.1.0 (/w)\ntokio v1.0.0 (*)\n"),
            [
                "services is compiled into the client",
                "tokio is compiled into the client"
            ]
        );
    }
}
