//! A file that an older program has written and filled is brought to the present version.

use super::{STEPS, apply, known, version};
use crate::store::{Claim, Lane, Purpose, SqliteStore, Store};
use domain::{
    account::{Email, Role, Scope},
    market::CandleInterval,
    notification::Target,
    portfolio::EARLIER,
};
use rusqlite::{Connection, types::Value};
use std::{error::Error, path::Path};
use time::OffsetDateTime;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// What programs of each version have put into its tables, as it stood in the file. Never changed: a new
/// step brings rows of its own.
const ROWS: [&str; 14] = [
    "INSERT INTO users VALUES (zeroblob(16), 'ann@example.com', 'Ann', 'admin', 1, '$argon2id$x', x'0102', 1,
         57000000, zeroblob(64), 3, 1700000000000000, 5);
     INSERT INTO wallets VALUES ('0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed', zeroblob(16), 0);
     INSERT INTO sessions VALUES (randomblob(16), zeroblob(16), 3, 2, 1700000000000000, 9700000000000000,
         'Firefox', '192.0.2.7', 1700000000000000, 1700000000000000, NULL);
     INSERT INTO blacklist VALUES (randomblob(16), 9700000000000000);
     INSERT INTO tokens (hash, purpose, user_id, data, expires_at, tries)
         VALUES (zeroblob(32), 'reset_password', zeroblob(16), 'ann@example.com', 9700000000000000, 1);
     INSERT INTO api_keys VALUES (randomblob(16), zeroblob(16), 'bot', x'00ff', 'read trade', '192.0.2.0/24',
         NULL, 1700000000000000, NULL);
     INSERT INTO audit VALUES (1, 1700000000000000, zeroblob(16), 'login', NULL, '192.0.2.7', 'one',
         'password', zeroblob(32), zeroblob(32));",
    "INSERT INTO candles VALUES ('1h', 'bitcoin', 3600, 1.5, 2.5, 0.5, 2.0);",
    "INSERT INTO addresses VALUES (randomblob(16), zeroblob(16), 'bitcoin',
         'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'Cold', 1, 1700086400000000, 1700000000000000, 1);",
    "INSERT INTO journal VALUES (1, 1700000000000, '{}');
     INSERT INTO snapshots VALUES (1, '{}');
     UPDATE tenure SET epoch = 4, beat = 9, vacant = 0;
     INSERT INTO orders VALUES (randomblob(16), zeroblob(16), 'BTC-USD', 'open', 1, '{}');
     INSERT INTO fills VALUES (zeroblob(16), randomblob(16), randomblob(16), 'BTC-USD', 1, '{}');
     INSERT INTO balances VALUES (zeroblob(16), 'USD', 1, '{}');
     INSERT INTO transactions VALUES (zeroblob(16), randomblob(16), 'deposit', 'USD', 1700000000000, '{}');
     INSERT INTO withdrawals VALUES (randomblob(16), zeroblob(16), 'requested', '{}');
     INSERT INTO idempotency VALUES (zeroblob(16), 'key:one', zeroblob(32), '{}', 9700000000000000);",
    "INSERT INTO tokens (hash, purpose, user_id, epoch, data, expires_at, tries)
         VALUES (randomblob(32), 'second_factor', zeroblob(16), 3, 'password', 9700000000000000, 0);",
    "INSERT INTO leaving VALUES (randomblob(16));",
    r#"INSERT INTO portfolios VALUES (zeroblob(16), 'hifo', 2);
     INSERT INTO portfolio_entries VALUES (zeroblob(16), 1738324800000, zeroblob(16), 'holding:1', '{"entry":{
         "id":"00000000-0000-0000-0000-000000000000","at":1738324800000,"rank":0,"place":"elsewhere",
         "act":{"trade":{"given":{"asset":"USD","quantity":"20000"},"received":{"asset":"BTC","quantity":"1"},
         "worth":"20000","fee":null}}},"origin":"holding","key":"holding:1","note":"Cold"}', 1);"#,
    r#"INSERT INTO alerts VALUES (zeroblob(16), zeroblob(16), '{"id":"00000000-0000-0000-0000-000000000000",
         "condition":{"type":"price_above","coin":"bitcoin","price":"70000"},"cooldown":null,"note":"",
         "standing":"armed","fired":0,"fired_at":null,"created_at":"2026-01-31T12:00:00Z"}', 1700000000000000, 1);
     INSERT INTO notifications VALUES (zeroblob(16), 1, zeroblob(16), '{"topic":"alert","title":"Bitcoin",
         "text":"Up","link":"/coins/bitcoin","created_at":"2026-01-31T12:00:00Z"}', 0);
     INSERT INTO deliveries VALUES (zeroblob(16), zeroblob(16), zeroblob(16), '{"way":"email"}', '{"topic":"alert",
         "title":"Bitcoin","text":"Up","link":"/coins/bitcoin","created_at":"2026-01-31T12:00:00Z"}', 2, 'due',
         1700000000000000, 'the server did not answer in time', 1700000000000000);
     INSERT INTO preferences VALUES (zeroblob(16), '{"email":["alert"]}');
     INSERT INTO portfolio_entries VALUES (zeroblob(16), 1738324800001, randomblob(16), 'kraken:x:1', '{"entry":{
         "id":"00000000-0000-0000-0000-000000000001","at":1738324800001,"rank":1,"place":"kraken",
         "act":{"deposit":{"leg":{"asset":"BTC","quantity":"1"},"worth":"20000"}}},"origin":"import",
         "key":"kraken:x:1","note":""}', 1);"#,
    // Its table has had its row from the beginning on.
    "",
    "INSERT INTO webhooks VALUES (zeroblob(16), zeroblob(16), 'https://bot.example/hook', NULL, '', x'00ff', 0, NULL,
         1700000000000000);",
    "",
    "UPDATE users SET phone = '+4930123456' WHERE id = zeroblob(16);",
    "",
    "INSERT INTO portfolio_pending VALUES (randomblob(16), zeroblob(16), 0);",
];

/// A file as a program of this version has left it.
fn written(path: &Path, number: usize) -> Outcome {
    let mut file = Connection::open(path)?;
    for ((step, rows), at) in STEPS.into_iter().zip(ROWS).zip(1..).take(number) {
        apply(&mut file, step, at)?;
        file.execute_batch(rows)?;
    }
    Ok(())
}

/// A table's name, its columns, and its rows in an order of their own.
type Table = (String, Vec<String>, Vec<Vec<Value>>);

/// What is in the tables. Of a table that `like` has, only the columns that it has there.
fn content(path: &Path, like: &[Table]) -> Outcome<Vec<Table>> {
    let file = Connection::open(path)?;
    let mut names =
        file.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
    let names = names.query_map([], |row| row.get::<_, String>(0))?;
    let mut tables = Vec::new();
    for name in names {
        let name = name?;
        let known = like.iter().find(|(table, ..)| *table == name);
        let columns = match known {
            Some((_, columns, _)) => columns.clone(),
            None if like.is_empty() => columns(&file, &name)?,
            // The table is new.
            None => continue,
        };
        let list = columns.join(", ");
        let order: Vec<String> = (1..=columns.len()).map(|at| at.to_string()).collect();
        let sql = format!("SELECT {list} FROM {name} ORDER BY {}", order.join(", "));
        let mut select = file.prepare(&sql)?;
        let rows = select.query_map([], |row| {
            (0..columns.len())
                .map(|at| row.get(at))
                .collect::<Result<Vec<Value>, _>>()
        })?;
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        tables.push((name, columns, rows));
    }
    Ok(tables)
}

fn columns(file: &Connection, table: &str) -> Outcome<Vec<String>> {
    let select = file.prepare(&format!("SELECT * FROM {table}"))?;
    Ok(select.column_names().map(str::to_owned).collect())
}

/// What the present program makes of it.
async fn is_understood(store: &Store, number: usize) -> Outcome {
    let now = OffsetDateTime::now_utc();
    let user = store
        .users
        .by_email(&Email::parse("ann@example.com")?)
        .await?;
    let user = user.ok_or("no Ann")?;
    assert_eq!(
        (user.role, user.session_epoch, user.revision),
        (Role::Admin, 3, 5)
    );
    assert!(user.totp.is_some_and(|totp| totp.enabled));
    assert_eq!(user.wallets.len(), 1);
    // Nobody had one before.
    let phone = user.phone.map(|phone| phone.to_string());
    let told = (number >= 12).then(|| "+4930123456".to_owned());
    assert_eq!(phone, told);
    let sessions = store.sessions.of_user(user.id).await?;
    assert_eq!(sessions[0].generation.number, 2);
    let keys = store.api_keys.of_user(user.id).await?;
    assert_eq!(keys[0].scopes, [Scope::Read, Scope::Trade]);
    // Nobody knows any more in which epoch it was made.
    let reset = Purpose::ResetPassword;
    let token = store.tokens.take(&[0; 32], reset, now).await?;
    assert_eq!(token.ok_or("no token")?.epoch, None);
    assert_eq!(store.audit.from(1, 10).await?.len(), 1);
    let candles = store.candles.since(CandleInterval::H1, 0).await?;
    assert_eq!(candles.len(), usize::from(number >= 2));
    let addresses = store.addresses.of_user(user.id).await?;
    assert_eq!(addresses.len(), usize::from(number >= 3));
    let told = store.portfolios.entries(user.id).await?;
    let alerts = store.alerts.of_user(user.id).await?;
    assert_eq!(alerts.len(), usize::from(number >= 8));
    let notifications = store.notifications.list(user.id, None, 9).await?;
    assert_eq!(notifications.len(), usize::from(number >= 8));
    // What was before is no news.
    let followed = store.notifications.followed().await?;
    assert_eq!(followed, u64::from(number >= 4));
    let claim = |lane| Claim {
        lane,
        except: Vec::new(),
        now,
        until: now,
        limit: 9,
    };
    let mails = store.notifications.claim(&claim(Lane::Messages)).await?;
    assert_eq!(mails.len(), usize::from(number >= 8));
    assert!(
        mails
            .iter()
            .all(|mail| mail.target == Target::Email && mail.tries == 3)
    );
    let others = store.notifications.claim(&claim(Lane::Webhooks)).await?;
    assert_eq!(others, []);
    assert_eq!(
        told.len(),
        usize::from(number >= 7) + usize::from(number >= 8)
    );
    if number >= 8 {
        // Which file it came with nobody knows any more; it can be taken out all the same.
        let removed = store.portfolios.delete_import(user.id, EARLIER).await?;
        assert_eq!(
            (removed, store.portfolios.entries(user.id).await?.len()),
            (1, 1)
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_file_of_every_older_version_is_opened_with_all_that_is_in_it() -> Outcome {
    for number in 1..STEPS.len() {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("vault.db");
        written(&path, number)?;
        let before = content(&path, &[])?;
        let is_filled = before.iter().all(|(.., rows)| !rows.is_empty());
        assert!(is_filled, "{number}: a table without rows: {before:?}");

        let store: Store = SqliteStore::open(&path).await?.into();
        assert_eq!(content(&path, &before)?, before, "version {number}");
        assert_eq!(version(&Connection::open(&path)?)?, known());
        is_understood(&store, number).await?;
        store.database.close().await;
        // The way is gone once.
        let again = content(&path, &[])?;
        SqliteStore::open(&path).await?;
        assert_eq!(content(&path, &[])?, again, "version {number} again");
    }
    Ok(())
}
