//! `cargo xtask bench`: builds both sides, installs the peers, runs the load generator.

mod peers;

use std::{path::PathBuf, process::ExitCode};

use clap::ValueEnum;

use crate::{
    build::{self, Profile},
    command::Cmd,
    failure::{OrFail, Result},
    setup,
    test::end_to_end,
    ui,
    workspace::Workspace,
};

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// Requests to the REST API
    Http,
    /// Server-rendered pages
    Ssr,
    /// Prices to thousands of WebSockets
    Fanout,
    /// Others' requests during a flood of sign-ins
    Flood,
    /// The exchange without anything around it
    Core,
    /// Orders over HTTP, until they are kept
    Orders,
    /// Portfolios with 100,000 trades
    Portfolio,
    /// Alerts on one coin, alone and at a server
    Alerts,
}

impl Suite {
    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Ssr => "ssr",
            Self::Fanout => "fanout",
            Self::Flood => "flood",
            Self::Core => "core",
            Self::Orders => "orders",
            Self::Portfolio => "portfolio",
            Self::Alerts => "alerts",
        }
    }

    /// Whether it measures nothing but a part of the product without a server.
    fn is_alone(self) -> bool {
        matches!(self, Self::Core)
    }

    /// What measures it: a part that is measured alone has the server's allocator.
    fn program(self) -> &'static str {
        match self {
            Self::Core | Self::Alerts => "bench-alone",
            _ => "bench",
        }
    }
}

/// Runs one suite; its own output is the result.
pub(crate) fn run(workspace: &mut Workspace, suite: Suite, args: &[String]) -> Result<ExitCode> {
    setup::to_build(workspace)?;
    let server = match suite.is_alone() {
        true => None,
        false => Some(build::product(workspace, Profile::Release)?),
    };
    let load = compile_load_generator(workspace)?.join(suite.program());
    let mut places = peers::install(workspace, suite)?;
    if let (Suite::Portfolio, Some(server)) = (suite, &server) {
        let file = peers::folder(workspace).join("switch.json");
        end_to_end::measure(workspace, &setup::browser::ensure()?, server, &file)?;
        places.push(("BENCH_SWITCH", file));
    }
    let step = format!("Measuring {}", suite.name());
    ui::step(&step, || {
        let mut command = workspace
            .equip(Cmd::new("setpriv"))?
            // Ended with this program, and its servers with it.
            .args(["--pdeathsig", "KILL"])
            .arg(load)
            .arg(suite.name())
            .args(args)
            .env("BENCH_DIR", peers::folder(workspace))
            .env("LEPTOS_SITE_ROOT", workspace.site());
        if let Some(server) = server {
            command = command.env("CRYPTOVAULT_BIN", server);
        }
        for (variable, place) in places {
            command = command.env(variable, place);
        }
        command.run().or_fail(&step, "see the message above")
    })?;
    Ok(ExitCode::SUCCESS)
}

fn compile_load_generator(workspace: &Workspace) -> Result<PathBuf> {
    let step = "Compiling the load generator";
    ui::step(step, || {
        let cargo = workspace
            .cargo()?
            .args(["build", "--release", "--package", "bench"]);
        cargo
            .run()
            .or_fail(step, "see the compiler's message above")
    })?;
    Ok(Profile::Release.folder(workspace))
}
