//! Wherever the program is started, its pages name the files of the site that belongs to it.

use crate::support::{
    DEADLINE, TestResult,
    program::{OFFLINE, PROGRAM, Running, copy, program, terminate},
};
use std::{fs, io, path::Path};
use tokio::time::timeout;

const HASHES: &str =
    "js: AAAAAAAAAAAAAAAAAAAAAA\nwasm: BBBBBBBBBBBBBBBBBBBBBB\ncss: CCCCCCCCCCCCCCCCCCCCCC\n";
const HASHED: [&str; 3] = [
    "cryptovault.AAAAAAAAAAAAAAAAAAAAAA.js",
    "cryptovault.BBBBBBBBBBBBBBBBBBBBBB.wasm",
    "cryptovault.CCCCCCCCCCCCCCCCCCCCCC.css",
];

fn build(site: &Path) -> io::Result<()> {
    let package = site.join("pkg");
    fs::create_dir_all(&package)?;
    for name in HASHED {
        fs::write(package.join(name), name)?;
    }
    Ok(())
}

/// Puts the program and the list of hashes into `folder`.
fn install(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("hash.txt"), HASHES)?;
    let place = folder.join("cryptovault");
    if fs::hard_link(PROGRAM, &place).is_err() {
        fs::copy(PROGRAM, &place)?;
    }
    Ok(())
}

/// Starts the program of `installed` in an empty working directory.
async fn start(
    installed: &Path,
    variables: &[(&str, &str)],
) -> Result<Running, Box<dyn std::error::Error>> {
    services::tls::install();
    let elsewhere = tempfile::tempdir()?;
    let without_site = &OFFLINE[..4];
    let variables = [without_site, variables].concat();
    let command = copy(&installed.join("cryptovault"), elsewhere.path(), &variables);
    Running::spawn(command, elsewhere).await
}

fn warnings(program: &Running) -> Vec<&String> {
    let lines = program.before.iter();
    lines.filter(|line| line.contains("\"WARN\"")).collect()
}

async fn shows_the_site(mut program: Running) -> TestResult {
    let page = reqwest::get(program.url("/nothing")).await?.text().await?;
    for name in HASHED {
        let path = format!("/pkg/{name}");
        assert!(page.contains(&path), "{name} in {page}");
        let file = reqwest::get(program.url(&path)).await?.text().await?;
        assert_eq!(file, name);
    }
    assert_eq!(warnings(&program), Vec::<&String>::new());
    terminate(&program.child).await?;
    program.ended().await?;
    Ok(())
}

#[tokio::test]
async fn the_site_is_found_beside_the_program() -> TestResult {
    let folder = tempfile::tempdir()?;
    install(folder.path())?;
    build(&folder.path().join("site"))?;
    let description = "[[workspace.metadata.leptos]]\n\
                       output-name = \"cryptovault\"\nsite-root = \"site\"\nhash-files = true\n";
    fs::write(folder.path().join("Leptos.toml"), description)?;
    shows_the_site(start(folder.path(), &[]).await?).await
}

#[tokio::test]
async fn a_program_in_its_checkout_finds_the_site_from_anywhere() -> TestResult {
    let folder = tempfile::tempdir()?;
    let debug = folder.path().join("target/debug");
    install(&debug)?;
    build(&folder.path().join("target/site"))?;
    let description = concat!(env!("CARGO_MANIFEST_DIR"), "/../Leptos.toml");
    fs::copy(description, folder.path().join("Leptos.toml"))?;
    shows_the_site(start(&debug, &[]).await?).await
}

#[tokio::test]
async fn the_environment_names_the_site_without_any_file() -> TestResult {
    let folder = tempfile::tempdir()?;
    install(folder.path())?;
    let site = folder.path().join("elsewhere");
    build(&site)?;
    let site = site.display().to_string();
    shows_the_site(start(folder.path(), &[("LEPTOS_SITE_ROOT", &site)]).await?).await
}

#[tokio::test]
async fn a_site_that_is_not_there_is_one_warning_that_names_folder_and_remedy() -> TestResult {
    let folder = tempfile::tempdir()?;
    install(folder.path())?;
    let site = folder.path().join("not-there").display().to_string();
    let mut program = start(folder.path(), &[("LEPTOS_SITE_ROOT", &site)]).await?;
    let warnings = warnings(&program);
    let [warning] = warnings.as_slice() else {
        return Err(format!("{warnings:?}").into());
    };
    for needed in [
        &format!("{site}/pkg"),
        "cargo xtask serve",
        "LEPTOS_SITE_ROOT",
    ] {
        assert!(warning.contains(needed), "{needed} in {warning}");
    }
    terminate(&program.child).await?;
    program.ended().await?;
    Ok(())
}

#[tokio::test]
async fn a_broken_description_ends_the_program_before_it_listens() -> TestResult {
    for (text, reason) in [
        ("no = \"section\"\n", "has no section"),
        (
            "[[workspace.metadata.leptos]]\noutput-name = \"x\"\nreload-port = \"many\"\n",
            "reload-port",
        ),
    ] {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("Leptos.toml"), text)?;
        for command in ["serve", "check-config"] {
            let mut program = program(folder.path(), &OFFLINE);
            let output = timeout(DEADLINE, program.arg(command).output()).await??;
            assert_eq!(output.status.code(), Some(2), "{command}");
            assert_eq!(String::from_utf8(output.stdout)?, "", "{command}");
            let error = String::from_utf8(output.stderr)?;
            assert!(
                error.contains("Leptos.toml: ") && error.contains(reason),
                "{error}"
            );
        }
    }
    Ok(())
}
