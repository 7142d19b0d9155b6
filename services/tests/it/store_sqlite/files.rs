use super::{
    Outcome, names, open, place,
    records::{act, minutes, now, rich_user, session, stored, token, user},
};
use rusqlite::Connection;
use services::{
    config::DatabaseUrl,
    store::{self, BackupError, OpenError, Purpose, StoreError, backup, restore},
};
use std::{
    fs::{self, OpenOptions, Permissions},
    os::unix::fs::{FileExt, PermissionsExt},
};
use uuid::Uuid;

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart() -> Outcome {
    let (folder, file) = place()?;
    let store = open(&file).await?;
    let ann = rich_user("ann@example.com")?;
    store.users.insert(&ann).await?;
    store.audit.append(&act(1)).await?;
    store.database.close().await;
    assert_eq!(names(folder.path())?, ["vault.db", "vault.db.lock"]);
    let store = open(&file).await?;
    assert_eq!(store.users.by_id(ann.id).await?, Some(stored(&ann, 1)));
    assert_eq!(store.audit.from(1, 9).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_is_over_is_purged() -> Outcome {
    let (_folder, file) = place()?;
    let store = open(&file).await?;
    let ann = user("ann@example.com")?;
    store.users.insert(&ann).await?;
    let (session, jti) = (session(ann.id), Uuid::now_v7());
    store.sessions.insert(&session).await?;
    store.blacklist.add(jti, minutes(60)).await?;
    store.tokens.insert(&token(1, None)).await?;
    store.database.purge(minutes(61)).await?;
    assert_eq!(store.sessions.get(session.id).await?, None);
    assert!(!store.blacklist.contains(jti).await?);
    let purpose = Purpose::VerifyEmail;
    assert_eq!(store.tokens.take(&[1; 32], purpose, now()).await?, None);
    Ok(())
}

#[tokio::test]
async fn only_the_owner_can_read_the_files() -> Outcome {
    let (folder, _) = place()?;
    let file = folder.path().join("new/data/vault.db");
    let store = open(&file).await?;
    store.audit.append(&act(1)).await?;
    let data = folder.path().join("new/data");
    let expected = ["vault.db", "vault.db-shm", "vault.db-wal", "vault.db.lock"];
    assert_eq!(names(&data)?, expected);
    for name in expected {
        let mode = fs::metadata(data.join(name))?.permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(fs::metadata(&data)?.permissions().mode() & 0o777, 0o700);
    store.database.close().await;
    fs::set_permissions(&file, Permissions::from_mode(0o644))?;
    let _store = open(&file).await?;
    let mode = fs::metadata(&file)?.permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    Ok(())
}

#[tokio::test]
async fn a_damaged_file_is_called_damaged() -> Outcome {
    type Damage = fn(&fs::File, u64) -> std::io::Result<()>;
    let damages: [(&str, Damage); 4] = [
        ("no header", |file, _| file.write_all_at(&[0xaa; 100], 0)),
        ("a page of noise", |file, _| {
            file.write_all_at(&[0xaa; 4_096], 4_096)
        }),
        ("cut off", |file, length| file.set_len(length / 2)),
        ("another kind of file", |file, _| {
            file.set_len(0)?;
            file.write_all_at(b"name,amount\nbtc,1\n", 0)
        }),
    ];
    for (what, damage) in damages {
        let (_folder, path) = place()?;
        let store = open(&path).await?;
        for number in 0..20 {
            let user = rich_user(&format!("u{number}@example.com"));
            let mut user = user?;
            user.wallets.clear();
            store.users.insert(&user).await?;
        }
        store.database.close().await;
        let file = OpenOptions::new().write(true).open(&path)?;
        damage(&file, file.metadata()?.len())?;
        let outcome = open(&path).await;
        let damaged = matches!(outcome, Err(OpenError::Damaged(_)));
        assert!(damaged, "{what}: {outcome:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_newer_programs_file_is_left_as_it_is() -> Outcome {
    let (_folder, file) = place()?;
    open(&file).await?.database.close().await;
    let newer = Connection::open(&file)?;
    newer.pragma_update(None, "user_version", 99)?;
    newer.pragma_update(None, "journal_mode", "DELETE")?;
    drop(newer);
    let before = fs::read(&file)?;
    let outcome = open(&file).await;
    let refused = matches!(outcome, Err(OpenError::TooNew { found: 99, .. }));
    assert!(refused, "{outcome:?}");
    assert!(fs::read(&file)? == before, "the file was changed");
    Ok(())
}

#[tokio::test]
async fn another_programs_database_is_refused() -> Outcome {
    let (_folder, file) = place()?;
    let other = Connection::open(&file)?;
    other.execute_batch("CREATE TABLE songs (title TEXT)")?;
    drop(other);
    let before = fs::read(&file)?;
    let outcome = open(&file).await;
    assert!(matches!(outcome, Err(OpenError::Damaged(_))), "{outcome:?}");
    assert!(fs::read(&file)? == before, "the file was changed");
    Ok(())
}

#[tokio::test]
async fn a_file_that_cant_be_made_is_named() -> Outcome {
    let (folder, _) = place()?;
    let blocked = folder.path().join("file");
    fs::write(&blocked, "")?;
    for place in [folder.path().to_owned(), blocked.join("vault.db")] {
        let outcome = open(&place).await;
        let Err(OpenError::Store(StoreError::Unavailable(text))) = outcome else {
            return Err(format!("{outcome:?}").into());
        };
        let name = blocked.parent().unwrap_or(&place).display().to_string();
        assert!(text.contains(&name), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn an_address_from_the_root_names_the_file() -> Outcome {
    let (_folder, file) = place()?;
    let url = DatabaseUrl::parse(&format!("sqlite://{}", file.display()))?;
    let store = store::open(&url).await?;
    store.database.ping().await?;
    assert!(file.exists());
    Ok(())
}

#[tokio::test]
async fn a_link_to_the_file_is_the_same_database() -> Outcome {
    let (folder, file) = place()?;
    let store = open(&file).await?;
    store.audit.append(&act(1)).await?;
    let saved = folder.path().join("saved.db");
    backup(&file, &saved)?;
    let links = tempfile::tempdir()?;
    let link = links.path().join("link.db");
    std::os::unix::fs::symlink(&file, &link)?;
    let outcome = restore(&saved, &link, true);
    assert!(matches!(outcome, Err(BackupError::InUse(_))), "{outcome:?}");
    store.audit.append(&act(2)).await?;
    store.database.close().await;
    restore(&saved, &link, true)?;
    for path in [file, link] {
        let store = open(&path).await?;
        assert_eq!(store.audit.from(1, 9).await?.len(), 1);
        store.database.close().await;
    }
    assert_eq!(names(links.path())?, ["link.db"]);
    Ok(())
}
