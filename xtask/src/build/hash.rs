//! File names with a hash of the content, in the form that cargo-leptos gives them: the 128 bits of
//! MD5 in unpadded base64url, between stem and extension.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use md5::{Digest, Md5};

use super::listing;
use crate::{
    failure::{OrFail, Result},
    workspace::Workspace,
};

/// What Leptos reads beside the server's program to know the names.
const NOTE: &str = "hash.txt";
/// Stands for a digest where one will be written.
pub(crate) const STAND_IN: &str = "______________________";
/// The script that loads the pages' modules.
pub(super) const LOADER: &str = "__wasm_split.______________________.js";
/// Which modules each page needs, for the server.
pub(super) const NEEDS: &str = "__wasm_split_manifest.json";

/// The digest as it stands in a file name.
pub(super) fn digest(content: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Md5::digest(content))
}

/// Renames the client's files and returns the text of the note.
pub(super) fn rename(workspace: &Workspace) -> Result<String> {
    rename_in(&workspace.pkg(), &workspace.leptos.output_name).or_fail(
        "Naming the client's files by their content",
        "run the build again",
    )
}

/// Puts the note beside the server's program.
pub(super) fn write_note(folder: &Path, hashes: &str) -> Result<()> {
    let work = || {
        fs::create_dir_all(folder)?;
        fs::write(folder.join(NOTE), hashes)
    };
    work().or_fail(
        "Noting the names of the client's files",
        "make the target directory writable",
    )
}

fn rename_in(pkg: &Path, name: &str) -> io::Result<String> {
    let files: Vec<PathBuf> = listing::files(pkg)?
        .into_iter()
        .filter(|path| is_hashed(path))
        .collect();
    let is_style = |path: &Path| path.extension() == Some(OsStr::new("css"));
    let mut style = None;
    let mut client = Vec::new();
    for file in &files {
        let digest = digest(&fs::read(pkg.join(file))?);
        if is_style(file) {
            style = Some(digest);
        } else {
            client.push(digest);
        }
    }
    // The client's files name each other, the modules even in their imports: if one changes, so do the
    // names of all, or a browser would put together what it has kept of two clients.
    let client = digest(client.concat().as_bytes());
    let missing = |kind| io::Error::other(format!("{name}.{kind} was not built"));
    let style = style.ok_or_else(|| missing("css"))?;
    for kind in ["js", "wasm"] {
        if !files.contains(&PathBuf::from(format!("{name}.{kind}"))) {
            return Err(missing(kind));
        }
    }
    let mut renamed = Vec::new();
    for old in files {
        let new = with_digest(&old, if is_style(&old) { &style } else { &client });
        fs::rename(pkg.join(&old), pkg.join(&new))?;
        renamed.push((old.to_string_lossy().into_owned(), new));
    }
    for (_, file) in &renamed {
        refer(&pkg.join(file), &renamed, &client)?;
    }
    Ok(format!(
        "js: {client}\nwasm: {client}\ncss: {style}\nmanifest: {client}\nsplit: {client}\n"
    ))
}

/// Writes the new names into a file that names others.
fn refer(file: &Path, renamed: &[(String, PathBuf)], client: &str) -> io::Result<()> {
    match file.extension().and_then(OsStr::to_str) {
        Some("js") => {
            let mut text = fs::read_to_string(file)?;
            for (old, new) in renamed {
                // Quoted or behind a slash: `a.wasm` is not to be found in `data.wasm`.
                for before in ["\"", "'", "/"] {
                    let (old, new) = (
                        format!("{before}{old}"),
                        format!("{before}{}", new.display()),
                    );
                    text = text.replace(&old, &new);
                }
            }
            fs::write(file, text)
        }
        // The names of modules, without their ending; a page is never called as a module.
        Some("json") => {
            let mut text = fs::read_to_string(file)?;
            for (old, new) in renamed {
                if let Some(old) = old.strip_suffix(".wasm") {
                    let new = new.with_extension("");
                    text = text.replace(&format!("\"{old}\""), &format!("\"{}\"", new.display()));
                }
            }
            fs::write(file, text)
        }
        // The loader's name is as long as its stand-in, so that nothing else moves.
        Some("wasm") => {
            let mut content = fs::read(file)?;
            replace(&mut content, STAND_IN, client);
            fs::write(file, content)
        }
        _ => Ok(()),
    }
}

/// Puts `new` wherever `old`, which is as long, stands.
pub(crate) fn replace(content: &mut [u8], old: &str, new: &str) {
    let mut from = 0;
    while let Some(at) = content[from..]
        .windows(old.len())
        .position(|part| part == old.as_bytes())
    {
        let start = from + at;
        from = start + old.len();
        content[start..from].copy_from_slice(new.as_bytes());
    }
}

/// Snippets of dependencies are loaded by fixed names.
fn is_hashed(path: &Path) -> bool {
    !path.starts_with("snippets")
}

fn with_digest(path: &Path, digest: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.contains(STAND_IN) {
        return path.with_file_name(name.replace(STAND_IN, digest));
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}.{digest}.{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Test = std::result::Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn the_digest_is_md5_in_base64url_without_padding() {
        assert_eq!(digest(b""), "1B2M2Y8AsgTpgAmY7PhCfg");
        assert_eq!(digest(b"hello"), "XUFAKrxLKna5cZ2REBfFkg");
    }

    fn client(coin: &str) -> io::Result<tempfile::TempDir> {
        let pkg = tempfile::tempdir()?;
        let write = |name: &str, text: &str| fs::write(pkg.path().join(name), text);
        write(
            "app.js",
            "from './__wasm_split.______________________.js'; load('app.wasm')",
        )?;
        write("app.wasm", "\0./__wasm_split.______________________.js\0")?;
        write("split_coin.wasm", coin)?;
        write("chunk_1.wasm", "")?;
        write("app.css", "")?;
        write(
            LOADER,
            "from \"./app.js\"; \"./split_coin.wasm\" \"./chunk_1.wasm\"",
        )?;
        write(NEEDS, "{\"coin\":[\"split_coin\",\"chunk_1\"]}")?;
        fs::create_dir(pkg.path().join("snippets"))?;
        write("snippets/inline0.js", "")?;
        Ok(pkg)
    }

    #[test]
    fn files_are_renamed_and_refer_to_the_new_names() -> Test {
        let pkg = client("1")?;
        let note = rename_in(pkg.path(), "app")?;
        let hash = note
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("js: "));
        let hash = hash.ok_or("no digest of the script")?;
        let style = "1B2M2Y8AsgTpgAmY7PhCfg";
        assert_eq!(
            note,
            format!("js: {hash}\nwasm: {hash}\ncss: {style}\nmanifest: {hash}\nsplit: {hash}\n")
        );
        let read = |name: String| fs::read_to_string(pkg.path().join(name));
        let script = read(format!("app.{hash}.js"))?;
        let split = format!("__wasm_split.{hash}.js");
        assert_eq!(script, format!("from './{split}'; load('app.{hash}.wasm')"));
        assert_eq!(read(format!("app.{hash}.wasm"))?, format!("\0./{split}\0"));
        let coin = format!("\"./split_coin.{hash}.wasm\" \"./chunk_1.{hash}.wasm\"");
        assert_eq!(read(split)?, format!("from \"./app.{hash}.js\"; {coin}"));
        let needs = format!("{{\"coin\":[\"split_coin.{hash}\",\"chunk_1.{hash}\"]}}");
        assert_eq!(read(format!("__wasm_split_manifest.{hash}.json"))?, needs);
        assert!(pkg.path().join("snippets/inline0.js").exists());
        Ok(())
    }

    #[test]
    fn a_change_in_one_file_of_the_client_renames_all_of_them_but_not_the_style() -> Test {
        let (one, other) = (client("1")?, client("2")?);
        let (one, other) = (
            rename_in(one.path(), "app")?,
            rename_in(other.path(), "app")?,
        );
        let equal: Vec<_> = one
            .lines()
            .zip(other.lines())
            .filter(|(a, b)| a == b)
            .collect();
        assert_eq!(equal.len(), 1);
        assert!(equal.iter().all(|(line, _)| line.starts_with("css: ")));
        Ok(())
    }

    #[test]
    fn a_missing_file_is_named() -> Test {
        let pkg = tempfile::tempdir()?;
        for name in ["app.js", "app.css"] {
            fs::write(pkg.path().join(name), "")?;
        }
        let error = rename_in(pkg.path(), "app").map_err(|error| error.to_string());
        assert_eq!(error, Err("app.wasm was not built".to_owned()));
        Ok(())
    }
}
