//! The command line of `cargo xtask`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{
    bench::{self, Suite},
    build::{self, Profile},
    check_site,
    failure::Result,
    serve, setup, simulate,
    test::{self, Extent},
    workspace::Workspace,
};

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    about = "Set up, serve, test and measure CryptoVault"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Install what building needs and this machine lacks
    Setup {
        /// Also cargo-leptos, which people use but no other task needs (10 minutes)
        #[arg(long)]
        all: bool,
    },
    /// Build the server and the site
    Build {
        /// Optimise the server; the client always is
        #[arg(long)]
        release: bool,
    },
    /// Install what is missing, build, start, and print the address
    Serve {
        /// Optimise the server; the client always is
        #[arg(long)]
        release: bool,
        /// Handed on to the server
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Run every check that a change needs
    Test {
        /// Leave out the browser
        #[arg(long)]
        quick: bool,
    },
    /// Build the site and the server, and run the browser tests alone
    E2e {
        /// Handed on to Playwright: names of test files, --retries and the like
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Measure against the peers in bench/peers
    Bench {
        suite: Suite,
        /// Handed on to the load generator
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Trade at random on an optimised exchange, and check it after every command
    Simulate {
        /// Handed on: --seeds, --ops, --first
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Show that cargo-leptos and this program build the same site
    CheckSite,
}

impl Cli {
    /// Runs the chosen task to its end.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let mut workspace = Workspace::open()?;
        match self.task {
            Task::Setup { all } => {
                setup::to_build(&mut workspace)?;
                if all {
                    setup::cargo_leptos::ensure(&workspace)?;
                }
                Ok(ExitCode::SUCCESS)
            }
            Task::Build { release } => {
                setup::to_build(&mut workspace)?;
                build::product(&workspace, Profile::of(release))?;
                Ok(ExitCode::SUCCESS)
            }
            Task::Serve { release, args } => {
                serve::run(&mut workspace, Profile::of(release), &args)
            }
            Task::Test { quick } => test::run(
                &mut workspace,
                if quick { Extent::Quick } else { Extent::Full },
            ),
            Task::E2e { args } => test::in_browser(&mut workspace, &args),
            Task::Bench { suite, args } => bench::run(&mut workspace, suite, &args),
            Task::Simulate { args } => simulate::run(&mut workspace, &args),
            Task::CheckSite => check_site::run(&mut workspace),
        }
    }
}
