//! `cargo xtask serve`: from whatever is there to a running server.

mod address;

use std::{
    process::{Child, ExitCode},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

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
    let stop = stop_wish().or_fail(STEP, "try again")?;
    let address = address::of_server(&workspace.root);
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
}

impl Server {
    /// Asks once for an orderly end: open sockets are closed and data is flushed.
    fn stop(&mut self) {
        if !self.stopping {
            self.stopping = true;
            let _gone = Cmd::new("kill")
                .args(["-TERM", &self.process.id().to_string()])
                .succeeds();
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

fn stop_wish() -> std::io::Result<Arc<AtomicBool>> {
    let wish = Arc::new(AtomicBool::new(false));
    flag::register(SIGINT, Arc::clone(&wish))?;
    flag::register(SIGTERM, Arc::clone(&wish))?;
    Ok(wish)
}

fn watch(
    workspace: &Workspace,
    mut server: Server,
    address: &str,
    stop: &AtomicBool,
    start: Instant,
) -> Result<ExitCode> {
    let mut up = false;
    let mut background: Option<Background> = None;
    loop {
        if let Some(status) = server.process.try_wait().or_fail(STEP, "try again")? {
            return ended(status.code(), server.stopping);
        }
        if stop.load(Ordering::Relaxed) {
            server.stop();
        }
        if !up && address::answers(address) {
            up = true;
            let time = ui::elapsed(start.elapsed());
            ui::line(format_args!(
                "\n✓ CryptoVault is up after {time}: http://{address}/\n"
            ));
            background = setup::cargo_leptos::start(workspace)?;
            if background.is_some() {
                ui::line("  (installing cargo-leptos in the background, for `cargo leptos watch`)");
            }
        }
        if let Some(background) = &mut background {
            background.report();
        }
        thread::sleep(LOOK);
    }
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
