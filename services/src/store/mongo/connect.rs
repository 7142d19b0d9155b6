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

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::options::ReadPreference;

    /// What was confirmed outlives the loss of a server, and who asks is told the latest of it, whatever
    /// an address says that somebody has copied from elsewhere.
    #[tokio::test]
    async fn no_address_makes_writes_or_reads_less_certain()
    -> Result<(), Box<dyn std::error::Error>> {
        let timeouts = MongoTimeouts::default();
        for url in [
            "mongodb://db.example",
            "mongodb://a.example,b.example/vault?replicaSet=rs&w=1&journal=false&wTimeoutMS=1\
             &readConcernLevel=local&readPreference=secondary",
            "mongodb://db.example/?w=0&readConcernLevel=available&readPreference=nearest",
        ] {
            let mut options = ClientOptions::parse(url).await?;
            settle(&mut options, timeouts);
            let writes = options.write_concern.ok_or("no write concern")?;
            assert_eq!(writes.w, Some(Acknowledgment::Majority), "{url}");
            assert_eq!(writes.journal, Some(true), "{url}");
            assert_eq!(writes.w_timeout, Some(timeouts.call), "{url}");
            assert_eq!(options.read_concern, Some(ReadConcern::majority()), "{url}");
            let reads = options.selection_criteria;
            let from_primary = SelectionCriteria::ReadPreference(ReadPreference::Primary);
            assert_eq!(reads, Some(from_primary), "{url}");
        }
        Ok(())
    }

    /// What is set for the client holds for whatever is asked through it.
    #[tokio::test]
    async fn a_database_is_asked_as_its_client_is() -> Result<(), Box<dyn std::error::Error>> {
        let link = link("mongodb://127.0.0.1:9/?w=1", MongoTimeouts::default()).await?;
        let database = link.database();
        let writes = database
            .write_concern()
            .and_then(|concern| concern.w.clone());
        assert_eq!(writes, Some(Acknowledgment::Majority));
        assert_eq!(database.read_concern(), Some(&ReadConcern::majority()));
        Ok(())
    }
}
