//! What operators are given (`docs/operations.md`, `deploy/`) names only what there is: metrics,
//! settings, commands.

use crate::support::{TestResult, program::program};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const DOCUMENT: &str = "docs/operations.md";
const DASHBOARD: &str = "deploy/grafana-dashboard.json";
const RULES: &str = "deploy/prometheus-alerts.yml";

/// Names in capitals that are no settings of the program: of the environment it is started in, and
/// of the formats.
const NO_SETTINGS: [&str; 5] = ["LEPTOS_SITE_ROOT", "PATH", "AF_INET", "AF_INET6", "AF_UNIX"];
/// What a histogram's series are called behind its name.
const SERIES: [&str; 3] = ["_bucket", "_sum", "_count"];
/// Made by Prometheus itself.
const UP: &str = "up";
/// Words of PromQL that stand where a metric could.
const WORDS: [&str; 9] = [
    "and", "or", "unless", "offset", "bool", "sum", "count", "min", "max",
];
/// Words before a list of labels in parentheses.
const GROUPING: [&str; 4] = ["by", "without", "on", "ignoring"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(name: &str) -> io::Result<String> {
    fs::read_to_string(root().join(name))
}

/// The document and every file in `deploy`, by name.
fn texts() -> io::Result<BTreeMap<String, String>> {
    let mut texts = BTreeMap::from([(DOCUMENT.to_owned(), read(DOCUMENT)?)]);
    for entry in fs::read_dir(root().join("deploy"))? {
        let name = format!("deploy/{}", entry?.file_name().display());
        texts.insert(name.clone(), read(&name)?);
    }
    Ok(texts)
}

/// The longest pieces of `text` of these characters.
fn pieces(text: &str, belongs: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(move |c| !belongs(c))
        .filter(|piece| !piece.is_empty())
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The metrics that the server describes.
fn described() -> io::Result<BTreeSet<String>> {
    let source = read("server/src/metrics_help.rs")?;
    let texts = source.split('"').skip(1).step_by(2);
    Ok(texts
        .filter(|text| text.starts_with("cryptovault_") && text.chars().all(is_of_a_name))
        .map(str::to_owned)
        .collect())
}

/// The metric a series belongs to.
fn metric(series: &str) -> &str {
    let base = SERIES.iter().find_map(|end| series.strip_suffix(end));
    base.unwrap_or(series)
}

/// The names of series in an expression of PromQL. Texts, labels and ranges are left out.
fn series(expression: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let closing = match first {
            '"' => Some('"'),
            '{' => Some('}'),
            '[' => Some(']'),
            _ => None,
        };
        if let Some(closing) = closing {
            rest = rest.split_once(first).map_or("", |(_, behind)| behind);
            rest = rest.split_once(closing).map_or("", |(_, behind)| behind);
            continue;
        }
        if !is_of_a_name(first) {
            rest = rest.split_at(first.len_utf8()).1;
            continue;
        }
        let end = rest.find(|c| !is_of_a_name(c)).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        rest = behind.trim_start();
        if GROUPING.contains(&name) {
            rest = rest.split_once(')').map_or("", |(_, behind)| behind);
        } else if !first.is_ascii_digit() && !WORDS.contains(&name) && !rest.starts_with('(') {
            found.insert(name.to_owned());
        }
    }
    found
}

/// Every text under this key, however deep.
fn under<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == key => found.push(text),
                    _ => under(value, key, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| under(value, key, found)),
        _ => {}
    }
}

#[test]
fn expressions_are_read_as_prometheus_does() {
    let found = series(
        "sum by (instance, le) (rate(a_bucket{area!=\"x\", b=~\"c|d\"}[5m])) / on (e) f \
         > 0.02 * g unless h offset 15m or vector(0)",
    );
    let found: Vec<_> = found.iter().map(String::as_str).collect();
    assert_eq!(found, ["a_bucket", "f", "g", "h"]);
    assert_eq!(metric("a_bucket"), "a");
}

#[test]
fn panels_show_every_metric_and_nothing_else() -> TestResult {
    let described = described()?;
    assert!(described.len() > 20, "{described:?}");
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)?)?;
    let mut expressions = Vec::new();
    under(&dashboard["panels"], "expr", &mut expressions);
    let shown: BTreeSet<String> = expressions
        .iter()
        .flat_map(|expression| series(expression))
        .map(|series| metric(&series).to_owned())
        .collect();
    let missing: Vec<_> = described.difference(&shown).collect();
    let unknown: Vec<_> = shown.difference(&described).collect();
    assert!(missing.is_empty(), "no panel in {DASHBOARD}: {missing:?}");
    assert!(unknown.is_empty(), "not described: {unknown:?}");
    let mut names = Vec::new();
    under(&dashboard["templating"], "name", &mut names);
    assert_eq!(names, ["datasource", "instance"]);
    let panels = dashboard["panels"].as_array().ok_or("no panels")?;
    let graphs = panels.iter().filter(|panel| panel["type"] != "row");
    for panel in graphs {
        let unit = &panel["fieldConfig"]["defaults"]["unit"];
        assert!(unit.is_string(), "no unit: {}", panel["title"]);
    }
    Ok(())
}

#[test]
fn alerts_ask_for_metrics_that_there_are() -> TestResult {
    let described = described()?;
    let rules = read(RULES)?;
    let expressions = rules
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("expr: "));
    let mut count = 0;
    for expression in expressions {
        let used = series(expression);
        assert!(
            !used.is_empty(),
            "no metric, or not on one line: {expression}"
        );
        for series in used {
            let known = series == UP || described.contains(metric(&series));
            assert!(known, "{series} is not described: {expression}");
        }
        count += 1;
    }
    // None is written in a way that is not read here.
    assert_eq!(count, rules.matches("- alert: ").count());
    assert!(count > 15, "{count} rules");
    Ok(())
}

#[test]
fn every_metric_that_is_spoken_of_is_described() -> TestResult {
    let described = described()?;
    for (file, text) in texts()? {
        // `$…` is a variable of nginx.
        let names = pieces(&text, |c| is_of_a_name(c) || c == '$');
        for name in names.filter(|name| name.starts_with("cryptovault_")) {
            assert!(described.contains(metric(name)), "{file}: {name}");
        }
    }
    Ok(())
}

/// Names that look like variables of the environment: in capitals with an underscore, or before `=`.
fn variables(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for piece in text.split(|c| !is_of_a_name(c) && c != '=') {
        let mut names = piece.split('=').peekable();
        while let Some(name) = names.next() {
            let is_set = names.peek().is_some();
            let is_loud = name
                .chars()
                .all(|c| c == '_' || c.is_ascii_uppercase() || c.is_ascii_digit());
            let is_name = name.len() > 1 && name.starts_with(|c: char| c.is_ascii_uppercase());
            if is_loud && is_name && (is_set || name.contains('_')) {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn every_setting_that_is_spoken_of_is_in_the_example() -> TestResult {
    let example = read(".env.example")?;
    let known: BTreeSet<&str> = pieces(&example, is_of_a_name).collect();
    let mut count = 0;
    for (file, text) in texts()? {
        for name in variables(&text) {
            let is_known = known.contains(name) || NO_SETTINGS.contains(&name);
            assert!(is_known, "{file}: {name} is not in .env.example");
            count += 1;
        }
    }
    assert!(count > 30, "{count} settings");
    Ok(())
}

/// What stands behind the program's name in commands: `backup FILE` of `cryptovault backup FILE`.
fn commands(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("cryptovault ").filter_map(|(at, name)| {
        let (before, behind) = (text.get(..at)?, text.get(at + name.len()..)?);
        // An account, an image or a file of this name.
        let is_other = before.ends_with("-u ")
            || before.ends_with(|c: char| is_of_a_name(c) || matches!(c, '-' | ':' | '$'));
        let end = behind.find(['`', '|', '&', ';', '"', '\'', '#', ')', ',', '\n']);
        let command = behind.get(..end.unwrap_or(behind.len()))?.trim();
        let first = command.split_whitespace().next()?;
        let is_word = !first.starts_with('-') // an option of another program
            && first.chars().all(|c| c == '-' || c.is_ascii_lowercase());
        (is_word && !is_other).then_some(command)
    })
}

/// What `cryptovault … --help` says; nothing for a command that there is not.
async fn help(command: &[&str]) -> Outcome<Option<String>> {
    let folder = tempfile::tempdir()?;
    let output = program(folder.path(), &[])
        .args(command)
        .arg("--help")
        .output()
        .await?;
    let text = String::from_utf8(output.stdout)?;
    Ok(output.status.success().then_some(text))
}

#[tokio::test]
async fn every_command_that_is_spoken_of_is_one_of_the_program() -> TestResult {
    let mut known: BTreeMap<Vec<&str>, Option<String>> = BTreeMap::new();
    let texts = texts()?;
    let all = texts
        .iter()
        .flat_map(|(file, text)| commands(text).map(move |command| (file, command)));
    for (file, command) in all {
        let mut words: Vec<&str> = command.split_whitespace().collect();
        let mut named: Vec<&str> = words.drain(..1).collect();
        loop {
            if !known.contains_key(&named) {
                known.insert(named.clone(), help(&named).await?);
            }
            let help = known.get(&named).and_then(Option::as_ref);
            let help = help.ok_or_else(|| format!("{file}: no command: {command}"))?;
            if help.contains("\nCommands:\n") {
                let next = words.first().copied().unwrap_or_default();
                named.push(next);
                words.drain(..1.min(words.len()));
                continue;
            }
            for option in words.iter().filter(|word| word.starts_with("--")) {
                assert!(help.contains(option), "{file}: no option: {command}");
            }
            break;
        }
    }
    assert!(known.len() > 8, "{:?}", known.keys());
    Ok(())
}
