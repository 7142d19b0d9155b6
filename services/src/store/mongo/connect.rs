//! From an address to a client, and the first word with the server.

use super::{
    MongoTimeouts,
    error::{Failure, Names},
    link::Link,
};
use crate::store::{OpenError, StoreError};
use mongodb::{
    Client,
    bson::{Document, doc},
    error::ErrorKind,
    options::{Acknowledgment, ClientOptions, ReadConcern, SelectionCriteria, WriteConcern},
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The database where the address names none.
const DEFAULT_DATABASE: &str = "cryptovault";

/// Between two tries to reach the server.
const PAUSE: Duration = Duration::from_millis(200);

/// A client that has not connected yet.
pub(super) async fn link(url: &str, timeouts: MongoTimeouts) -> Result<Link, OpenError> {
    if !url.starts_with("mongodb://") && !url.starts_with("mongodb+srv://") {
        return Err(OpenError::Url);
    }
    let mut options = ClientOptions::parse(url).await.map_err(|error| {
        // The name of an `mongodb+srv` address is looked up here already.
        if matches!(*error.kind, ErrorKind::DnsResolve { .. }) {
            let cause = "the name in the address can't be looked up";
            OpenError::Store(StoreError::Unavailable(cause.to_owned()))
        } else {
            OpenError::Url
        }
    })?;
    settle(&mut options, timeouts);
    let names = Names::of(&options);
    let database = options.default_database.clone();
    let database = database.filter(|name| !name.is_empty());
    if database.as_deref().is_some_and(is_no_name) {
        return Err(OpenError::Url);
    }
    let client = Client::with_options(options).map_err(|_unusable| OpenError::Url)?;
    let database = client.database(database.as_deref().unwrap_or(DEFAULT_DATABASE));
    Ok(Link::new(client, database, timeouts, names))
}

/// Whether MongoDB refuses this as a database's name (its manual, "Naming Restrictions").
fn is_no_name(name: &str) -> bool {
    name.len() > 63 || name.contains(['/', '\\', '.', ' ', '"', '$', '*', '<', '>', ':', '|', '?'])
}

/// What the address can't change.
fn settle(options: &mut ClientOptions, timeouts: MongoTimeouts) {
    let concern = WriteConcern::builder()
        .w(Acknowledgment::Majority)
        .journal(true)
        .w_timeout(timeouts.call)
        .build();
    options.write_concern = Some(concern);
    options.read_concern = Some(ReadConcern::majority());
    // A secondary may not know yet that a session has ended.
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(
        mongodb::options::ReadPreference::Primary,
    ));
    options.connect_timeout = Some(timeouts.connect);
    options.server_selection_timeout = Some(timeouts.select);
    // A server that hangs is found out by this check, and its connections are given up.
    options.heartbeat_freq = Some(timeouts.call.max(Duration::from_millis(500)));
    options.app_name.get_or_insert_with(|| "cryptovault".into());
}

/// Waits for a server that takes writes and knows transactions.
pub(super) async fn wait_until_up(link: &Link) -> Result<(), OpenError> {
    let deadline = Instant::now() + link.timeouts().open;
    loop {
        let database = link.database().clone();
        let hello = async move { Ok(database.run_command(doc! { "hello": 1 }).await?) };
        let answer = tokio::time::timeout_at(deadline, link.attempt(hello)).await;
        match answer {
            Ok(Ok(answer)) => return require_transactions(&answer),
            Ok(Err(failure)) if is_lasting(&failure) || Instant::now() + PAUSE > deadline => {
                return Err(link.translate(&failure).into());
            }
            Ok(Err(_)) => sleep(PAUSE).await,
            Err(_elapsed) => return Err(link.no_answer(link.timeouts().open).into()),
        }
    }
}

/// Whether trying again is no use.
fn is_lasting(failure: &Failure) -> bool {
    let Failure::Driver(error) = failure else {
        return false;
    };
    matches!(
        *error.kind,
        ErrorKind::Authentication { .. }
            | ErrorKind::InvalidTlsConfig { .. }
            | ErrorKind::IncompatibleServer { .. }
            | ErrorKind::InvalidArgument { .. }
    )
}

fn require_transactions(hello: &Document) -> Result<(), OpenError> {
    let is_router = matches!(hello.get_str("msg"), Ok("isdbgrid"));
    if is_router || hello.contains_key("setName") {
        return Ok(());
    }
    Err(OpenError::NoTransactions)
}
