//! Puts the node packages' tools where cargo-leptos finds them.
//!
//! It looks for them on the path, and else downloads them from a host that not every network
//! reaches. This program's own steps do without.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::{
    failure::{OrFail, Result},
    ui, workspace,
};

const NAMES: [&str; 2] = ["sass", "wasm-opt"];
/// By which a script of ours is known.
const MARK: &str = "Written by `cargo xtask";

/// Writes the scripts that are missing or outdated. Each hands over to the `node_modules` of the
/// project one is in, so that no checkout is named.
pub(super) fn ensure() -> Result<()> {
    let folder = workspace::cargo_home()?.join("bin");
    let wanted: Vec<(PathBuf, &str)> = NAMES
        .iter()
        .map(|name| (folder.join(name), *name))
        .filter(|(file, name)| is_wanted(file, name))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let step = format!(
        "Putting sass and wasm-opt into {} (cargo-leptos needs them)",
        folder.display()
    );
    ui::step(&step, || {
        wanted
            .iter()
            .try_for_each(|(file, name)| write(file, name))
            .or_fail(&step, "make the folder writable")
    })
}

/// Somebody's own installation is left alone.
fn is_wanted(file: &Path, name: &str) -> bool {
    match fs::read(file) {
        Ok(present) => {
            let present = String::from_utf8_lossy(&present);
            present.contains(MARK) && present != script(name)
        }
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn write(file: &Path, name: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, script(name))?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

fn script(name: &str) -> String {
    SCRIPT.replace("NAME", name).replace("MARK", MARK)
}

/// The mark keeps it from calling itself, or a copy of it that calls it back.
const SCRIPT: &str = r#"#!/bin/sh
# Runs the `NAME` of the project one is in, else the next one on the path.
# MARK`, for cargo-leptos.
folder=$PWD
while :; do
  tool=$folder/node_modules/.bin/NAME
  [ -x "$tool" ] && exec "$tool" "$@"
  [ "$folder" = / ] && break
  folder=$(dirname "$folder")
done
set -f
IFS=:
for folder in $PATH; do
  tool=${folder:-.}/NAME
  [ -f "$tool" ] && [ -x "$tool" ] || continue
  grep -qF 'MARK' "$tool" || exec "$tool" "$@"
done
echo "NAME: not on the path, and no node_modules/.bin/NAME here or above; run 'npm ci' first" >&2
exit 127
"#;

#[cfg(test)]
mod tests {
    use std::{env, ffi::OsString};

    use super::*;
    use crate::command::Cmd;

    type Test = std::result::Result<(), Box<dyn std::error::Error>>;

    fn tool(file: &Path, says: &str) -> io::Result<()> {
        fs::create_dir_all(file.parent().unwrap_or(file))?;
        fs::write(file, format!("#!/bin/sh\necho \"{says} $1 $2\"\n"))?;
        fs::set_permissions(file, fs::Permissions::from_mode(0o755))
    }

    /// `folders` before everything else, as someone's shell has them.
    fn path(folders: &[PathBuf]) -> std::result::Result<OsString, env::JoinPathsError> {
        let rest = env::var_os("PATH").unwrap_or_default();
        env::join_paths(folders.iter().cloned().chain(env::split_paths(&rest)))
    }

    #[test]
    fn the_tool_of_the_project_above_is_run() -> Test {
        let project = tempfile::tempdir()?;
        let inner = project.path().join("a/b");
        fs::create_dir_all(&inner)?;
        tool(&project.path().join("node_modules/.bin/sass"), "project's")?;
        let shim = project.path().join("new folder/sass");
        write(&shim, "sass")?;

        let shown = Cmd::new(&shim).arg("input").dir(&inner).output()?;
        assert_eq!(shown, "project's input \n");
        Ok(())
    }

    #[test]
    fn outside_of_a_project_the_next_one_on_the_path_is_run() -> Test {
        let folder = tempfile::tempdir()?;
        let folders = ["first", "copy", "own"].map(|name| folder.path().join(name));
        write(&folders[0].join("sass"), "sass")?;
        write(&folders[1].join("sass"), "sass")?;
        tool(&folders[2].join("sass"), "own")?;

        let shim = Cmd::new(folders[0].join("sass")).args(["a:b c", "*"]);
        let shim = shim.dir(folder.path()).env("PATH", path(&folders)?);
        assert_eq!(shim.output()?, "own a:b c *\n");
        Ok(())
    }

    #[test]
    fn without_any_the_reason_is_given() -> Test {
        let folder = tempfile::tempdir()?;
        let shim = folder.path().join("no-such-tool");
        write(&shim, "no-such-tool")?;
        let search = path(&[folder.path().to_owned()])?;
        let shown = Cmd::new(&shim).dir(folder.path()).env("PATH", search);
        let error = shown.output().map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.contains("127") && text.contains("not on the path")));
        Ok(())
    }

    #[test]
    fn only_what_is_missing_or_ours_and_old_is_written() -> Test {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("sass");
        assert!(is_wanted(&file, "sass"));
        fs::write(&file, "# Written by `cargo xtask setup`.\n")?;
        assert!(is_wanted(&file, "sass"));
        write(&file, "sass")?;
        assert!(!is_wanted(&file, "sass"));
        fs::write(&file, "#!/bin/sh\nexec dart-sass\n")?;
        assert!(!is_wanted(&file, "sass"));
        fs::write(&file, [0xff, 0xfe])?;
        assert!(!is_wanted(&file, "sass"));
        Ok(())
    }
}
