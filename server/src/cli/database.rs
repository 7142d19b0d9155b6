//! Commands that work on the database: a copy, the copy back, an administrator, the audit log.

use super::{Failed, say};
use clap::{Args, Subcommand};
use domain::{
    account::{Email, EthAddress, Name},
    api::{ApiError, ErrorCode},
};
use services::{
    auth::{
        Auth, AuthError, Owner,
        audit::{self, Verified},
    },
    cache,
    config::Config,
    exchange,
    notifications::Teller,
    notify::Notifier,
    store::{self, BackupError, Store},
    watchers::Watchers,
};
use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Longest password that is read, in bytes.
const MOST_BYTES: u64 = 1_024;

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Make an administrator, or make one of an account that is there already.
    Create(Admin),
    /// Suspend an account: all its sessions end, and nobody gets in.
    Suspend(Whose),
    /// Let the owner of a suspended account sign in again, as a user.
    Reinstate(Whose),
}

/// An account, by something that is only its own.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Whose {
    /// E-mail address of the account.
    #[arg(long)]
    email: Option<String>,
    /// Ethereum address of a wallet that is linked to it.
    #[arg(long)]
    wallet: Option<String>,
}

impl Whose {
    fn read(&self) -> Result<Owner, Failed> {
        if let Some(email) = &self.email {
            let email = Email::parse(email).map_err(|error| wrong("email", &error))?;
            return Ok(Owner::Email(email));
        }
        let wallet = self.wallet.as_deref().unwrap_or_default();
        let wallet = EthAddress::parse(wallet).map_err(|error| wrong("wallet", &error))?;
        Ok(Owner::Wallet(wallet))
    }
}

#[derive(Debug, Args)]
pub(super) struct Admin {
    /// E-mail address of the account.
    #[arg(long)]
    email: String,
    /// What the administrator is called.
    #[arg(long, default_value = "Administrator")]
    name: String,
    /// Read the password from standard input. Without it a link to set one is sent by mail.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Walk the chain of the audit log and tell whether it is whole.
    Verify,
    /// Keep the log's present end in DATA_DIR from now on, after a backup was put back or a cut was
    /// looked into.
    Accept,
}

/// Copies the embedded database while it is in use.
pub(super) async fn backup(config: &Config, target: PathBuf) -> Result<(), Failed> {
    let source = embedded(config)?.to_owned();
    let shown = target.display().to_string();
    blocking(move || store::backup(&source, &target)).await?;
    say(&format!("The database is copied to {shown}."))
}

/// Puts a copy in the place of the embedded database.
pub(super) async fn restore(config: &Config, copy: PathBuf, force: bool) -> Result<(), Failed> {
    let database = embedded(config)?.to_owned();
    let shown = database.display().to_string();
    blocking(move || store::restore(&copy, &database, force)).await?;
    say(&format!(
        "{shown} is restored. Its audit log ends where the copy was made: `cryptovault audit accept` takes that for its end."
    ))
}

fn embedded(config: &Config) -> Result<&Path, Failed> {
    config.database.url.sqlite_path().ok_or(Failed::NotEmbedded)
}

async fn blocking(
    work: impl FnOnce() -> Result<(), BackupError> + Send + 'static,
) -> Result<(), Failed> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failed::Output(io::Error::other(error)))??;
    Ok(())
}

/// Makes an administrator.
async fn make_admin(config: &Config, admin: Admin) -> Result<(), Failed> {
    let email = Email::parse(&admin.email).map_err(|error| wrong("email", &error))?;
    let name = Name::parse(&admin.name).map_err(|error| wrong("name", &error))?;
    let password = admin.password_stdin.then(read_password).transpose()?;
    let accounts = Accounts::open(config).await?;
    let made = accounts.make_admin(&email, name, password.as_deref()).await;
    accounts.close().await;
    let linked = made?;
    let how = match (linked, config.notify.to_mailbox) {
        (false, _) => "",
        (true, true) => " A link to set a password lies in the development mailbox (/dev/mailbox).",
        (true, false) => " A link to set a password was sent.",
    };
    say(&format!("{email} is an administrator now.{how}"))
}

/// Carries a command about administrators or suspensions out.
pub(super) async fn admin(config: &Config, command: AdminCommand) -> Result<(), Failed> {
    match command {
        AdminCommand::Create(admin) => make_admin(config, admin).await,
        AdminCommand::Suspend(whose) => {
            let owner = whose.read()?;
            let accounts = Accounts::open(config).await?;
            let done = accounts.auth.suspend(&owner).await;
            accounts.close().await;
            done.map_err(|error| of(&owner, error))?;
            say(&format!("{owner} is suspended: all sessions have ended."))
        }
        AdminCommand::Reinstate(whose) => {
            let owner = whose.read()?;
            let accounts = Accounts::open(config).await?;
            let done = accounts.auth.reinstate(&owner).await;
            accounts.close().await;
            done.map_err(|error| of(&owner, error))?;
            say(&format!("{owner} may sign in again."))
        }
    }
}

/// Says whose account there is not.
fn of(owner: &Owner, error: AuthError) -> Failed {
    match error {
        AuthError::NotFound => {
            let detail = format!("there is no account of {owner}");
            Failed::Account(ApiError::new(ErrorCode::NotFound, detail))
        }
        error => error.into(),
    }
}

fn wrong(field: &str, reason: &impl std::fmt::Display) -> Failed {
    Failed::Argument(format!("--{field} {reason}"))
}

/// One line, without its end.
fn read_password() -> Result<String, Failed> {
    let mut text = String::new();
    let mut input = io::stdin().lock().take(MOST_BYTES);
    input.read_to_string(&mut text).map_err(Failed::Input)?;
    let line = text.lines().next().unwrap_or_default();
    Ok(line.to_owned())
}

/// Walks the audit log.
pub(super) async fn verify_audit(config: &Config) -> Result<(), Failed> {
    let store = store::open(&config.database.url)
        .await
        .map_err(Failed::Database)?;
    let outcome = audit::verify(store.audit.as_ref(), &config.data_dir).await;
    store.database.close().await;
    match outcome? {
        Verified { records: 0, .. } => say("The audit log is whole: it is empty."),
        Verified {
            records,
            anchored: true,
        } => say(&format!(
            "The audit log is whole: {records} records; its end is the one this server has kept."
        )),
        Verified { records, .. } => Err(Failed::NoEnd(records)),
    }
}

/// Takes the audit log's present end for its end.
pub(super) async fn accept_audit(config: &Config) -> Result<(), Failed> {
    let accounts = Accounts::open(config).await?;
    let outcome = audit::accept(accounts.auth.audit(), &config.data_dir).await;
    accounts.close().await;
    let last = outcome?;
    say(&format!(
        "The audit log is whole, and record {last}, which says so, is its end from now on."
    ))
}

/// Folds the exchange's journal and compares it with what is shown.
pub(super) async fn check_ledger(config: &Config) -> Result<(), Failed> {
    let store = store::open(&config.database.url)
        .await
        .map_err(Failed::Database)?;
    let outcome = exchange::check_ledger(&store).await;
    store.database.close().await;
    let checked = outcome?;
    say(&format!(
        "What is shown is what has happened: {} entries of the journal, {} orders, {} fills, \
         {} transactions, {} withdrawals, {} balances.",
        checked.entries,
        checked.orders,
        checked.fills,
        checked.transactions,
        checked.withdrawals,
        checked.balances
    ))
}

/// Accounts without a server around them.
struct Accounts {
    auth: Auth,
    store: Store,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Accounts {
    async fn open(config: &Config) -> Result<Self, Failed> {
        services::tls::install();
        let store = store::open(&config.database.url)
            .await
            .map_err(Failed::Database)?;
        let cache = cache::open(config.cache.url.expose()).map_err(services::StartError::from)?;
        let (tasks, shutdown) = (TaskTracker::new(), CancellationToken::new());
        let notifier = Notifier::start(&config.notify, &config.data_dir, &tasks, &shutdown)
            .map_err(services::StartError::from)?;
        let teller = Teller::new(store.clone(), Watchers::nobody());
        let auth = Auth::start(config, &store, &cache, &notifier, &teller, &tasks)
            .map_err(services::StartError::from)?;
        Ok(Self {
            auth,
            store,
            tasks,
            shutdown,
        })
    }

    async fn make_admin(
        &self,
        email: &Email,
        name: Name,
        password: Option<&str>,
    ) -> Result<bool, Failed> {
        let user = self.auth.make_admin(email.clone(), name, password).await?;
        if user.password_hash.is_none() {
            self.auth.send_reset_link(email).await?;
        }
        Ok(user.password_hash.is_none())
    }

    /// Lets mails go out first.
    async fn close(self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.store.database.close().await;
    }
}
