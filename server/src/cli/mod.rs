//! The command line.

mod database;
mod simulate;

use crate::{
    file_limit, logging,
    run::{RunError, run},
    site::{InvalidSite, Site},
};
use clap::{Parser, Subcommand};
use database::{AdminCommand, AuditCommand};
use domain::api::ApiError;
use services::{
    StartError,
    auth::{AuthError, audit},
    config::{self, Loaded, Setting},
    exchange,
    store::BackupError,
};
use std::{io, io::Write, net::SocketAddr, path::PathBuf, process::ExitCode};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

/// The settings are wrong.
const EXIT_CONFIG: u8 = 2;

/// A self-hosted crypto trading desk.
#[derive(Debug, Parser)]
#[command(
    name = "cryptovault",
    version,
    about = "A self-hosted crypto trading desk: live prices in the browser, over REST and WebSockets.",
    long_about = None,
    after_help = "Settings are read from the environment and from .env; see .env.example."
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server (also without any command).
    Serve,
    /// Print the settings in effect, or everything that is wrong with them.
    CheckConfig,
    /// Administrators and suspensions.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// The log of who did what.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Compare orders and balances with the exchange's journal, all of it.
    CheckLedger,
    /// Copy the embedded database, also while it is in use.
    Backup {
        /// The file to write; it must not exist yet.
        file: PathBuf,
    },
    /// Put a copy in the place of the embedded database. The server must not run.
    Restore {
        /// The copy.
        file: PathBuf,
        /// Replace the database that is there.
        #[arg(long)]
        force: bool,
    },
    /// Trade at random, and check the exchange after every command.
    Simulate(simulate::Simulate),
}

/// Why the process ends with a failure.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("port {port} of {ip} is taken: stop the other program or set PORT to another one", port = .0.port(), ip = .0.ip())]
    PortTaken(SocketAddr),
    #[error("can't listen on {0}: {1}; check HOST and PORT")]
    Listen(SocketAddr, io::Error),
    #[error("can't receive signals: {0}")]
    Signals(io::Error),
    #[error(transparent)]
    Logging(#[from] logging::AlreadySetUp),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Site(#[from] InvalidSite),
    #[error("can't write to standard output: {0}")]
    Output(io::Error),
    #[error("can't read standard input: {0}")]
    Input(io::Error),
    #[error("{0}")]
    Argument(String),
    #[error("DATABASE_URL: {0}")]
    Database(services::store::OpenError),
    #[error("DATABASE_URL names a server: copy its database with its own tools, such as mongodump")]
    NotEmbedded,
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error("the audit log is not whole: {0}")]
    Audit(#[from] audit::Broken),
    #[error(
        "the audit log's {0} records follow each other, but DATA_DIR keeps no end to compare the last one with: what was cut off behind it can't be noticed. `cryptovault audit accept` keeps the present end"
    )]
    NoEnd(u64),
    #[error("the ledger does not fit: {0}")]
    Ledger(#[from] exchange::Mismatch),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("{0}")]
    Account(ApiError),
    #[error(
        "{failure}; see it again with `cryptovault simulate --first {seed} --seeds 1 --ops {ops}`"
    )]
    Simulation {
        seed: u64,
        ops: usize,
        failure: domain::exchange::simulate::Failure,
    },
}

impl From<AuthError> for Failed {
    fn from(error: AuthError) -> Self {
        if let AuthError::Invalid(fields) = &error {
            let told = fields
                .iter()
                .map(|f| format!("the {} {}", f.field, f.message));
            return Self::Argument(told.collect::<Vec<_>>().join("; "));
        }
        Self::Account(error.into())
    }
}

impl Failed {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Site(_) | Self::Run(RunError::Site(_)) | Self::Argument(_) => {
                ExitCode::from(EXIT_CONFIG)
            }
            _ => ExitCode::FAILURE,
        }
    }
}

/// Runs the program.
pub async fn main() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    if let Command::Simulate(wanted) = command {
        // It needs no settings.
        return end(simulate::run(wanted));
    }
    let loaded = match config::load_env() {
        Ok(loaded) => loaded,
        Err(mistakes) => {
            complain(&mistakes);
            return ExitCode::from(EXIT_CONFIG);
        }
    };
    let outcome = match command {
        Command::Serve => serve(loaded).await,
        Command::CheckConfig => check_config(&loaded),
        Command::Admin(command) => database::admin(&loaded.config, command).await,
        Command::CheckLedger => database::check_ledger(&loaded.config).await,
        Command::Audit(AuditCommand::Verify) => database::verify_audit(&loaded.config).await,
        Command::Audit(AuditCommand::Accept) => database::accept_audit(&loaded.config).await,
        Command::Backup { file } => database::backup(&loaded.config, file).await,
        Command::Restore { file, force } => database::restore(&loaded.config, file, force).await,
        Command::Simulate(wanted) => simulate::run(wanted),
    };
    end(outcome)
}

fn end(outcome: Result<(), Failed>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            error.exit_code()
        }
    }
}

async fn serve(
    Loaded {
        config, warnings, ..
    }: Loaded,
) -> Result<(), Failed> {
    logging::start(config.log)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    if let Err(error) = file_limit::raise() {
        tracing::warn!(%error, "cannot raise the limit of open files; it bounds the open sockets");
    }
    let shutdown = CancellationToken::new();
    cancel_on_signal(shutdown.clone()).map_err(Failed::Signals)?;
    let address = config.http.socket_addr();
    let listener = TcpListener::bind(address).await.map_err(|error| {
        if error.kind() == io::ErrorKind::AddrInUse {
            Failed::PortTaken(address)
        } else {
            Failed::Listen(address, error)
        }
    })?;
    run(listener, config, shutdown).await?;
    tracing::info!("stopped");
    Ok(())
}

/// SIGTERM (service managers) and SIGINT (Ctrl-C) ask for an orderly end; a second one ends at once.
fn cancel_on_signal(shutdown: CancellationToken) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        next().await;
        tracing::info!("stopping");
        shutdown.cancel();
        next().await;
        std::process::exit(1);
    });
    Ok(())
}

fn check_config(loaded: &Loaded) -> Result<(), Failed> {
    let site = Site::find(&loaded.config)?;
    print(&loaded.settings).map_err(Failed::Output)?;
    let warnings = loaded.warnings.iter().map(ToString::to_string);
    for warning in warnings.chain(site.warning) {
        warn(&warning);
    }
    Ok(())
}

fn print(settings: &[Setting]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for setting in settings {
        let from = if setting.is_default {
            "  # default"
        } else {
            ""
        };
        writeln!(out, "{}={}{from}", setting.variable, setting.shown)?;
    }
    out.flush()
}

/// What a command has done.
fn say(text: &str) -> Result<(), Failed> {
    writeln!(io::stdout(), "{text}").map_err(Failed::Output)
}

/// Standard error may be closed; there is nobody to tell then.
fn warn(text: &str) {
    let _ = writeln!(io::stderr(), "cryptovault: warning: {text}");
}

/// As [`warn`].
fn complain(error: &dyn std::error::Error) {
    let _ = writeln!(io::stderr(), "cryptovault: {error}");
}
