//! The style sheet: Sass, then Lightning CSS, both as cargo-leptos runs them.

use crate::{
    command::Cmd,
    failure::{OrFail, Result},
    ui,
    workspace::Workspace,
};

/// Compiles the style file to `<name>.css` beside the client.
pub(super) fn compile(workspace: &Workspace) -> Result<()> {
    let step = "Compiling the style sheet";
    let options = &workspace.leptos;
    ui::step(step, || {
        Cmd::new("node")
            .arg(workspace.root.join("xtask/node/style.mjs"))
            .arg(workspace.root.join(&options.style_file))
            .arg(workspace.pkg().join(format!("{}.css", options.output_name)))
            .arg(&options.browserquery)
            .run()
            .or_fail(step, "see the message above")
    })
}
