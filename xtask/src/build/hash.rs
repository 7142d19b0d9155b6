//! File names with the hash of their content, exactly as cargo-leptos gives them: the 128 bits of
//! MD5 in unpadded base64url, between stem and extension.

use std::{
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
    let mut renamed = Vec::new();
    for old in listing::files(pkg)?
        .into_iter()
        .filter(|path| is_hashed(path))
    {
        let digest = digest(&fs::read(pkg.join(&old))?);
        let new = with_digest(&old, &digest);
        fs::rename(pkg.join(&old), pkg.join(&new))?;
        renamed.push((old, new, digest));
    }
    let find = |extension: &str| {
        let wanted = PathBuf::from(format!("{name}.{extension}"));
        let found = renamed.iter().find(|(old, ..)| *old == wanted);
        found.ok_or_else(|| io::Error::other(format!("{} was not built", wanted.display())))
    };
    let script = pkg.join(&find("js")?.1);
    let mut text = fs::read_to_string(&script)?;
    for (old, new, _) in &renamed {
        text = text.replace(&*old.to_string_lossy(), &new.to_string_lossy());
    }
    fs::write(script, text)?;
    Ok(format!(
        "js: {}\nwasm: {}\ncss: {}\n",
        find("js")?.2,
        find("wasm")?.2,
        find("css")?.2
    ))
}

/// Snippets of dependencies are loaded by fixed names.
fn is_hashed(path: &Path) -> bool {
    !path.starts_with("snippets")
}

fn with_digest(path: &Path, digest: &str) -> PathBuf {
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

    #[test]
    fn files_are_renamed_and_the_script_refers_to_the_new_names() -> Test {
        let pkg = tempfile::tempdir()?;
        fs::write(pkg.path().join("app.js"), "load('app.wasm')")?;
        fs::write(pkg.path().join("app.wasm"), "hello")?;
        fs::write(pkg.path().join("app.css"), "")?;
        fs::create_dir(pkg.path().join("snippets"))?;
        fs::write(pkg.path().join("snippets/inline0.js"), "")?;

        let note = rename_in(pkg.path(), "app")?;

        let script = digest(b"load('app.wasm')");
        assert_eq!(
            note,
            format!("js: {script}\nwasm: XUFAKrxLKna5cZ2REBfFkg\ncss: 1B2M2Y8AsgTpgAmY7PhCfg\n")
        );
        let text = fs::read_to_string(pkg.path().join(format!("app.{script}.js")))?;
        assert_eq!(text, "load('app.XUFAKrxLKna5cZ2REBfFkg.wasm')");
        assert!(pkg.path().join("snippets/inline0.js").exists());
        Ok(())
    }

    #[test]
    fn a_missing_file_is_named() -> Test {
        let pkg = tempfile::tempdir()?;
        fs::write(pkg.path().join("app.js"), "")?;
        let error = rename_in(pkg.path(), "app").map_err(|error| error.to_string());
        assert_eq!(error, Err("app.wasm was not built".to_owned()));
        Ok(())
    }
}
