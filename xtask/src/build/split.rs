//! Code splitting: cuts the compiled client into a main module and one for each page, as cargo-leptos
//! does with `--split`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use wasm_split_cli_support::{Options, transform};

use super::hash;
use crate::{
    failure::{Failure, OrFail, Result},
    ui,
    workspace::Workspace,
};

/// Has the linker keep what says which function needs which.
pub(super) const LINKER: &str = "-Clink-args=--emit-relocs";

const REMEDY: &str =
    "compare the version of wasm_split_cli_support with that of leptos in Cargo.lock";

/// The modules of a client.
#[derive(Debug)]
pub(super) struct Parts {
    /// What wasm-bindgen still has to read.
    pub(super) main: PathBuf,
    /// Each is complete.
    pub(super) pages: Vec<PathBuf>,
}

/// Cuts the raw file. Beside the pages' modules it puts the script that loads them and the list of
/// what each page needs.
pub(super) fn cut(workspace: &Workspace, raw: &Path) -> Result<Parts> {
    let step = "Splitting the client by page";
    let pkg = workspace.pkg();
    let main = raw.with_file_name("client_split.wasm");
    ui::step(step, || {
        let input = fs::read(raw).or_fail(step, "build the client again")?;
        let script = format!("./{}.js", workspace.leptos.output_name);
        let loader = format!("./{}", hash::LOADER);
        let mut options = Options::new(&input);
        options.output_dir = &pkg;
        options.main_out_path = &main;
        options.main_module = &script;
        options.link_name = &loader;
        let split =
            transform(options).map_err(|error| Failure::new(step, format!("{error:#}"), REMEDY))?;
        // Sorted, so that the same client gives the same list.
        let needs: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
        let text = serde_json::to_string(&needs).or_fail(step, REMEDY)?;
        fs::write(pkg.join(hash::NEEDS), text).or_fail(step, "make the site's folder writable")?;
        Ok(Parts {
            main: main.clone(),
            pages: split.split_modules,
        })
    })
}
