//! Installs the peers of a suite below the target directory, so that the checkout stays clean.

use std::{fs, path::PathBuf};

use super::Suite;
use crate::{
    build::listing,
    command::Cmd,
    failure::{OrFail, Result},
    setup::{self, mongo, python},
    ui,
    workspace::Workspace,
};

/// A variable of the load generator, and the place it names.
type Place = (&'static str, PathBuf);

/// Where peers and everything they leave behind live.
pub(super) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("bench")
}

/// Installs what `suite` compares with, and says where it is.
pub(super) fn install(workspace: &Workspace, suite: Suite) -> Result<Vec<Place>> {
    let list = workspace.root.join("bench/peers/requirements.txt");
    let environment = folder(workspace).join("python");
    let python = || python::install("Installing the Python peers", &list, &environment);
    match suite {
        Suite::Http => Ok(vec![("BENCH_PYTHON", python()?)]),
        Suite::Ssr => Ok(vec![("BENCH_SVELTEKIT", node(workspace, "sveltekit")?)]),
        Suite::Fanout => Ok(vec![
            ("BENCH_PYTHON", python()?),
            ("BENCH_BUN", node(workspace, "bun")?),
        ]),
        Suite::Orders => Ok(vec![
            ("BENCH_PYTHON", python()?),
            ("BENCH_MONGO", mongo::ensure(workspace)?),
        ]),
        Suite::Flood | Suite::Core | Suite::Portfolio | Suite::Alerts => Ok(Vec::new()),
    }
}

/// A copy of the Node project `name`, installed from its lock file and built.
fn node(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    let step = format!("Installing and building the peer {name}");
    let source = workspace.root.join("bench/peers").join(name);
    let copy = folder(workspace).join(name);
    ui::step(&step, || {
        let work = || {
            for file in listing::files(&source)? {
                let to = copy.join(&file);
                fs::create_dir_all(to.parent().unwrap_or(&copy))?;
                fs::copy(source.join(file), to)?;
            }
            std::io::Result::Ok(())
        };
        work().or_fail(&step, "make the target directory writable")?;
        setup::npm_install(&copy)?;
        Cmd::new("npm")
            .args(["run", "build", "--silent"])
            .dir(&copy)
            .run()
            .or_fail(&step, "see the message above")
    })?;
    Ok(copy)
}
