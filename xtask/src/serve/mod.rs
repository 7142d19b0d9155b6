//! `cargo xtask serve`: from whatever is there to a running server.

mod address;
mod wish;

use std::{
    process::{Child, ExitCode},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    build::{self, Profile},
    command::Cmd,
    failure::{Failure, OrFail, Result},
    setup::{self, cargo_leptos::Background},
    ui,
    workspace::Workspace,
};

const STEP: &str = "Running the server";
/// Between two looks at the server and at the wish to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Sets up, builds, starts the server and stays until it ends.
pub(crate) fn run(
    workspace: &mut Workspace,
    profile: Profile,
    args: &[String],
) -> Result<ExitCode> {
    ui::line("CryptoVault: install what is missing, build server and site, start");
    ui::line("(the first time this takes minutes, afterwards seconds; Ctrl-C stops)");
    let start = Instant::now();
    setup::to_build(workspace)?;
    let program = build::product(workspace, profile)?;
    let stop = wish::to_stop().or_fail(STEP, "try again")?;
    let address = address::of_server(&workspace.root);
    let taken = address::answers(&address);
    if taken {
        ui::line(format_args!(
            "! Another server answers at http://{address}/ already: stop it, or set PORT to another port"
        ));
    }
    let server = workspace
        .equip(Cmd::new(program))?
        .args(args)
        .spawn_apart()
        .or_fail(STEP, "see the message above")?;
    watch(
        workspace,
        Server {
            process: server,
            stopping: false,
            // The other one's answers would be taken for ours.
            announced: taken,
        },
        &address,
        &stop,
        start,
    )
}

/// The server's process; asked to stop when this is dropped early.
#[derive(Debug)]
struct Server {
    process: Child,
    stopping: bool,
    /// Whether nothing is left to be said of its being up.
    announced: bool,
}

impl Server {
    /// Asks once for an orderly end: open sockets are closed and data is flushed.
    fn stop(&mut self) {
        if !self.stopping {
            self.stopping = true;
            let _gone = kill_process(Pid::from_child(&self.process), Signal::TERM);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.stop();
            let _ended = self.process.wait();
        }
    }
}

fn watch(
    workspace: &Workspace,
    mut server: Server,
    address: &str,
    stop: &AtomicBool,
    start: Instant,
) -> Result<ExitCode> {
    let mut background: Option<Background> = None;
    loop {
        if let Some(status) = server.process.try_wait().or_fail(STEP, "try again")? {
            return ended(status.code(), server.stopping);
        }
        if stop.load(Ordering::Relaxed) {
            server.stop();
        }
        if !server.announced && address::answers(address) {
            server.announced = true;
            let time = ui::elapsed(start.elapsed());
            ui::line(format_args!(
                "\n✓ CryptoVault is up after {time}: http://{address}/\n"
            ));
            background = install_meanwhile(workspace);
        }
        if let Some(background) = &mut background {
            background.report();
        }
        thread::sleep(LOOK);
    }
}

/// Starts installing cargo-leptos; no reason to end a server that runs if that can't be done.
fn install_meanwhile(workspace: &Workspace) -> Option<Background> {
    let background = setup::cargo_leptos::start(workspace).unwrap_or_else(|failure| {
        ui::failure(&failure);
        None
    });
    if background.is_some() {
        ui::line(
            "  (installing cargo-leptos in the background, for `cargo leptos watch`: ten minutes, \
             and what is left of them at the next start)",
        );
    }
    background
}

fn ended(code: Option<i32>, asked: bool) -> Result<ExitCode> {
    if asked || code == Some(0) {
        ui::line("CryptoVault has stopped.");
        return Ok(ExitCode::SUCCESS);
    }
    let cause = code.map_or("it was killed".to_owned(), |code| {
        format!("it ended with code {code}")
    });
    Err(Failure::new(
        STEP,
        cause,
        "see its message above; `cryptovault check-config` explains settings",
    ))
}
