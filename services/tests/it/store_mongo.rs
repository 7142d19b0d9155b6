//! What is special to the MongoDB adapter: its indexes, its transactions, and what becomes of it
//! while the server is away, hangs or refuses it.

mod addresses;
mod portfolios;

use crate::mongo_server::MongoServer;
use crate::proxy::{Fault, Proxy};
use crate::wait::until;
use domain::{
    SessionId, UserId,
    account::{Email, EthAddress, Name, Role},
};
use futures_util::TryStreamExt;
use mongodb::{
    Client, Collection, Database, IndexModel,
    bson::{Document, doc},
};
use services::store::{
    Deletion, Generation, MongoStore, MongoTimeouts, OpenError, SessionRecord, Store, StoreError,
    UserRecord,
};
use std::{
    error::Error,
    net::Ipv4Addr,
    time::{Duration, Instant},
};
use time::OffsetDateTime;
use uuid::Uuid;

type Failed = Box<dyn Error + Send + Sync>;
type Outcome = Result<(), Failed>;

/// Short enough for a test, long enough for a busy machine.
const TIMEOUTS: MongoTimeouts = MongoTimeouts {
    connect: Duration::from_secs(1),
    select: Duration::from_secs(2),
    call: Duration::from_secs(3),
    open: Duration::from_secs(3),
};

/// What a busy machine may add to a time limit; without the limit, calls would wait for ever.
const SLACK: Duration = Duration::from_secs(5);
const LIMIT: Duration = Duration::from_secs(30);

async fn open(url: &str) -> Result<Store, OpenError> {
    // A server under test may be busy with other tests.
    let patient = MongoTimeouts {
        call: LIMIT,
        open: LIMIT,
        ..TIMEOUTS
    };
    Ok(MongoStore::connect(url, patient).await?.into())
}

/// The database as it is, past the adapter.
async fn raw(url: &str) -> Result<Database, Failed> {
    let client = Client::with_uri_str(url).await?;
    Ok(client.default_database().ok_or("the address names none")?)
}

fn user(number: u32) -> Result<UserRecord, Failed> {
    Ok(UserRecord {
        id: UserId::new(Uuid::now_v7()),
        email: Some(Email::parse(&format!("ann{number}@example.com"))?),
        name: Name::parse("Ann")?,
        role: Role::User,
        email_verified: true,
        phone: None,
        password_hash: None,
        totp: None,
        wallets: vec![EthAddress::parse(&format!("0x{number:040x}"))?],
        session_epoch: 0,
        created_at: OffsetDateTime::UNIX_EPOCH,
        revision: 0,
    })
}

fn session(user: UserId) -> SessionRecord {
    let now = OffsetDateTime::now_utc();
    SessionRecord {
        id: SessionId::new(Uuid::now_v7()),
        user,
        epoch: 0,
        generation: Generation {
            number: 1,
            issued_at: now,
            expires_at: now + Duration::from_secs(3600),
        },
        device: "test".to_owned(),
        ip: Ipv4Addr::LOCALHOST.into(),
        created_at: now,
        last_used_at: now,
        stepped_up_at: None,
    }
}

fn unavailable<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable(_)))
}

/// Name, uniqueness and lifetime of each index.
async fn indexes(of: Collection<Document>) -> Result<Vec<(String, bool, bool)>, Failed> {
    let all: Vec<IndexModel> = of.list_indexes().await?.try_collect().await?;
    let options = all.into_iter().filter_map(|index| index.options);
    let mut found: Vec<_> = options
        .map(|index| {
            let expires = index.expire_after == Some(Duration::ZERO);
            let is_unique = index.unique == Some(true);
            (index.name.unwrap_or_default(), is_unique, expires)
        })
        .filter(|(name, ..)| name != "_id_")
        .collect();
    found.sort();
    Ok(found)
}

#[tokio::test]
async fn every_index_is_there_also_after_a_second_start() -> Outcome {
    let server = MongoServer::shared().await?;
    let url = server.url();
    open(&url).await?.users.insert(&user(1)?).await?;
    let again = open(&url).await?;
    assert_eq!(again.users.count_with_role(Role::User).await?, 1);
    let database = raw(&url).await?;
    let (unique, expiring, plain) = ((true, false), (false, true), (false, false));
    for (collection, wanted) in [
        (
            "users",
            vec![("email", unique), ("role", plain), ("wallet", unique)],
        ),
        ("sessions", vec![("expires_at", expiring), ("user", plain)]),
        (
            "blacklisted_tokens",
            vec![("expires_at", expiring), ("token_jti", unique)],
        ),
        (
            "single_use_tokens",
            vec![("expires_at", expiring), ("user", plain)],
        ),
        ("api_keys", vec![("user", plain)]),
        ("addresses", vec![("address", unique)]),
        (
            "portfolio_entries",
            vec![("id", unique), ("key", unique), ("time", plain)],
        ),
        (
            "audit_logs",
            vec![("action", plain), ("actor", plain), ("subject", plain)],
        ),
    ] {
        let wanted: Vec<_> = wanted
            .into_iter()
            .map(|(name, (is_unique, expires))| (name.to_owned(), is_unique, expires))
            .collect();
        let found = indexes(database.collection(collection)).await?;
        assert_eq!(found, wanted, "{collection}");
    }
    Ok(())
}

#[tokio::test]
async fn times_that_indexes_look_at_are_times_and_never_too_early() -> Outcome {
    let server = MongoServer::shared().await?;
    let url = server.url();
    let store = open(&url).await?;
    let jti = Uuid::now_v7();
    let end = OffsetDateTime::from_unix_timestamp_nanos(4_000_000_000_000_001_000)?;
    store.blacklist.add(jti, end).await?;
    let entries: Collection<Document> = raw(&url).await?.collection("blacklisted_tokens");
    let entry = entries
        .find_one(doc! { "token_jti": jti.to_string() })
        .await?;
    let entry = entry.ok_or("it is not stored under the name of the contract")?;
    let stored = entry.get_datetime("expires_at")?.timestamp_millis();
    assert_eq!(stored, 4_000_000_000_001);
    Ok(())
}

#[tokio::test]
async fn no_session_outlives_an_account_that_is_deleted_meanwhile() -> Outcome {
    let server = MongoServer::shared().await?;
    let url = server.url();
    let store = open(&url).await?;
    let sessions: Collection<Document> = raw(&url).await?.collection("sessions");
    for number in 0..5 {
        let user = user(number)?;
        store.users.insert(&user).await?;
        let mut inserts = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (store, session) = (store.clone(), session(user.id));
            inserts.spawn(async move { store.sessions.insert(&session).await });
        }
        assert_eq!(store.users.delete(user.id).await?, Deletion::Done);
        while let Some(outcome) = inserts.join_next().await {
            let outcome = outcome?;
            assert!(
                matches!(outcome, Ok(()) | Err(StoreError::Changed)),
                "{outcome:?}"
            );
        }
        assert_eq!(
            sessions.count_documents(doc! {}).await?,
            0,
            "round {number}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_that_does_not_quote_it() -> Outcome {
    let server = MongoServer::shared().await?;
    let url = server.url();
    let store = open(&url).await?;
    let record = user(1)?;
    store.users.insert(&record).await?;
    let users: Collection<Document> = raw(&url).await?.collection("users");
    let spoil = doc! { "$set": { "email": "ann1@example.com", "role": "hunter2" } };
    users.update_one(doc! {}, spoil).await?;
    let outcome = store.users.by_id(record.id).await;
    let Err(error @ StoreError::Corrupt(_)) = &outcome else {
        return Err(format!("{outcome:?}").into());
    };
    assert!(!error.to_string().contains("hunter2"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_killed_server_is_an_error_and_after_its_return_everything_is_there() -> Outcome {
    let mut server = MongoServer::start().await?;
    let store: Store = MongoStore::connect(&server.url(), TIMEOUTS).await?.into();
    let record = user(1)?;
    store.users.insert(&record).await?;
    server.kill()?;
    let start = Instant::now();
    assert!(unavailable(&store.users.by_id(record.id).await));
    let session = session(record.id);
    assert!(unavailable(&store.sessions.insert(&session).await));
    let spent = start.elapsed();
    assert!(spent < TIMEOUTS.call * 2 + SLACK, "took {spent:?}");

    server.restart().await?;
    until("calls work again", LIMIT, || async {
        store.database.ping().await.is_ok()
    })
    .await?;
    let found = store.users.by_id(record.id).await?;
    assert_eq!(found.map(|user| user.email), Some(record.email));
    store.sessions.insert(&session).await?;
    Ok(())
}

/// A store that reaches its server through a proxy.
async fn behind_proxy(server: &MongoServer) -> Result<(Proxy, Store), Failed> {
    let proxy = Proxy::start((Ipv4Addr::LOCALHOST, server.port()).into()).await?;
    // Else the client goes to the address that the server gives as its own.
    let url = format!(
        "mongodb://{}/proxied?directConnection=true",
        proxy.address()
    );
    let store = MongoStore::connect(&url, TIMEOUTS).await?;
    Ok((proxy, store.into()))
}

#[tokio::test]
async fn a_server_that_hangs_is_an_error_within_the_limit_and_recovers() -> Outcome {
    let server = MongoServer::start().await?;
    let (proxy, store) = behind_proxy(&server).await?;
    let record = user(1)?;
    store.users.insert(&record).await?;
    proxy.set(Fault::Stall);
    for _ in 0..3 {
        let start = Instant::now();
        let session = session(record.id);
        let (read, ping, write) = tokio::join!(
            store.users.by_id(record.id),
            store.database.ping(),
            store.sessions.insert(&session),
        );
        assert!(unavailable(&read), "{read:?}");
        assert!(unavailable(&ping), "{ping:?}");
        assert!(unavailable(&write), "{write:?}");
        let spent = start.elapsed();
        assert!(spent < TIMEOUTS.call + SLACK, "took {spent:?}");
    }
    proxy.set(Fault::None);
    until("calls work again", LIMIT, || async {
        store.database.ping().await.is_ok()
    })
    .await?;
    store.sessions.insert(&session(record.id)).await?;
    Ok(())
}

#[tokio::test]
async fn a_lost_connection_between_two_calls_costs_no_call() -> Outcome {
    let server = MongoServer::start().await?;
    let (proxy, store) = behind_proxy(&server).await?;
    for number in 0..3 {
        let record = user(number)?;
        store.users.insert(&record).await?;
        proxy.cut();
        assert!(store.users.by_id(record.id).await?.is_some());
        proxy.cut();
        store.sessions.insert(&session(record.id)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_server_by_itself_is_refused_with_the_remedy() -> Outcome {
    let server = MongoServer::start_alone().await?;
    let outcome = open(&server.url()).await;
    let shown = outcome.err().map(|error| error.to_string());
    let shown = shown.ok_or("it was taken")?;
    assert!(shown.contains("replica set"), "{shown}");
    Ok(())
}

#[tokio::test]
async fn no_error_shows_credentials() -> Outcome {
    let server = MongoServer::shared().await?;
    let proxy = Proxy::start((Ipv4Addr::LOCALHOST, server.port()).into()).await?;
    proxy.set(Fault::Refuse);
    let wrong_password = format!("mongodb://vault:hunter2@127.0.0.1:{}/x", server.port());
    let nobody = format!("mongodb://vault:hunter2@{}/x", proxy.address());
    for url in [wrong_password, nobody] {
        let start = Instant::now();
        let error = MongoStore::connect(&url, TIMEOUTS).await.err();
        let spent = start.elapsed();
        assert!(spent < TIMEOUTS.open + SLACK, "took {spent:?}");
        let shown = format!("{error:?}");
        assert!(
            shown.contains("Unavailable") && shown.contains("127.0.0.1:"),
            "{shown}"
        );
        assert!(
            !shown.contains("hunter2") && !shown.contains("vault"),
            "{shown}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn malformed_addresses_are_refused_without_quoting_them() {
    for url in [
        "",
        "sqlite://x",
        "mongodb://",
        "mongodb://vault:hunter2@",
        "mongodb://vault:hunter2@h:port/x",
        "mongodb://vault:hunter2@h/x?w=none&unknown",
        "mongodb://vault:hunter2@h/a.b",
    ] {
        let error = MongoStore::connect(url, TIMEOUTS).await.err();
        assert!(matches!(error, Some(OpenError::Url)), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_closed_store_answers_no_more() -> Outcome {
    let server = MongoServer::shared().await?;
    let url = server.url();
    let (store, other) = (open(&url).await?, open(&url).await?);
    assert!(!format!("{store:?}").contains("test_"));
    store.database.close().await;
    store.database.close().await;
    assert!(unavailable(&store.database.ping().await));
    assert!(unavailable(&store.users.count_with_role(Role::User).await));
    other.database.ping().await?;
    Ok(())
}
