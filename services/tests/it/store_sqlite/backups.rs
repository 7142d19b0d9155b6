use super::{
    Outcome, names, open, place,
    records::{act, rich_user, stored, user, wallet},
};
use rusqlite::Connection;
use services::store::{BackupError, OpenError, Store, StoreError, backup, restore};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_the_server_writes_is_whole() -> Outcome {
    let (folder, file) = place()?;
    let store = open(&file).await?;
    let (written, done) = (
        Arc::new(AtomicU32::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let writer = tokio::spawn(write(store.clone(), written.clone(), done.clone()));
    for round in 0..5_u32 {
        while written.load(SeqCst) < 10 * (round + 1) && !writer.is_finished() {
            tokio::task::yield_now().await;
        }
        let (source, target) = (file.clone(), folder.path().join(format!("{round}.db")));
        let before = written.load(SeqCst);
        let copied = target.clone();
        tokio::task::spawn_blocking(move || backup(&source, &copied)).await??;
        let after = written.load(SeqCst);

        let mode = fs::metadata(&target)?.permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let place = folder.path().join(format!("restored-{round}.db"));
        restore(&target, &place, false)?;
        let restored = open(&place).await?;
        let records = restored.audit.from(1, u32::MAX).await?;
        let count = u32::try_from(records.len())?;
        // The one after the last that was counted may be in it.
        assert!(
            (before..=after + 1).contains(&count),
            "{before} {count} {after}"
        );
        for number in 1..=count {
            let found = restored.users.by_wallet(&wallet(number)?).await?;
            assert!(found.is_some(), "account {number} of {count}");
        }
        restored.database.close().await;
    }
    done.store(true, SeqCst);
    writer.await??;
    let left = names(folder.path())?;
    assert!(!left.iter().any(|name| name.contains("part")), "{left:?}");
    Ok(())
}

/// Adds an account, then a record about it, until it is told to end.
async fn write(
    store: Store,
    written: Arc<AtomicU32>,
    done: Arc<AtomicBool>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    for number in 1.. {
        let mut user = user(&format!("u{number}@example.com"))?;
        user.wallets = vec![wallet(number)?];
        store.users.insert(&user).await?;
        store.audit.append(&act(u64::from(number))).await?;
        written.store(number, SeqCst);
        if done.load(SeqCst) {
            break;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_backup_replaces_no_file() -> Outcome {
    let (folder, file) = place()?;
    open(&file).await?.database.close().await;
    let target = folder.path().join("old.db");
    fs::write(&target, "precious")?;
    let outcome = backup(&file, &target);
    let refused = matches!(&outcome, Err(BackupError::Exists(path)) if *path == target);
    assert!(refused, "{outcome:?}");
    assert_eq!(fs::read(&target)?, b"precious");
    Ok(())
}

#[tokio::test]
async fn nothing_comes_of_what_is_no_whole_database() -> Outcome {
    let (folder, file) = place()?;
    let missing = folder.path().join("missing.db");
    let outcome = backup(&missing, &file);
    assert!(
        matches!(outcome, Err(BackupError::Missing(_))),
        "{outcome:?}"
    );
    let outcome = restore(&missing, &file, false);
    assert!(
        matches!(outcome, Err(BackupError::Missing(_))),
        "{outcome:?}"
    );

    let whole = folder.path().join("whole.db");
    let store = open(&whole).await?;
    for number in 0..20 {
        store
            .users
            .insert(&rich_user_without_wallets(number)?)
            .await?;
    }
    store.database.close().await;
    let mut bytes = fs::read(&whole)?;
    let half = bytes.len() / 2;
    let damaged = folder.path().join("damaged.db");
    fs::write(&damaged, &bytes[..half])?;
    let noisy = folder.path().join("noisy.db");
    bytes[4_096..8_192].fill(0xaa);
    fs::write(&noisy, &bytes)?;
    let empty = folder.path().join("empty.db");
    fs::write(&empty, "")?;
    let text = folder.path().join("text.db");
    fs::write(&text, "name,amount\n".repeat(100))?;
    for source in [damaged, noisy, empty, text] {
        for outcome in [restore(&source, &file, false), backup(&source, &file)] {
            let damaged = matches!(outcome, Err(BackupError::Database(OpenError::Damaged(_))));
            assert!(damaged, "{source:?} {outcome:?}");
            assert!(!file.exists());
        }
    }
    let left = names(folder.path())?;
    assert!(!left.iter().any(|name| name.contains("part")), "{left:?}");
    Ok(())
}

fn rich_user_without_wallets(
    number: u32,
) -> Result<services::store::UserRecord, Box<dyn std::error::Error + Send + Sync>> {
    let mut user = rich_user(&format!("u{number}@example.com"))?;
    user.wallets.clear();
    Ok(user)
}

#[tokio::test]
async fn a_newer_programs_backup_is_refused() -> Outcome {
    let (folder, file) = place()?;
    let newer = folder.path().join("newer.db");
    open(&newer).await?.database.close().await;
    Connection::open(&newer)?.pragma_update(None, "user_version", 99)?;
    let outcome = restore(&newer, &file, false);
    let refused = matches!(
        outcome,
        Err(BackupError::Database(OpenError::TooNew { found: 99, .. }))
    );
    assert!(refused, "{outcome:?}");
    assert!(!file.exists());
    Ok(())
}

#[tokio::test]
async fn a_database_is_replaced_only_by_force_and_while_nobody_uses_it() -> Outcome {
    let (folder, file) = place()?;
    let saved = folder.path().join("saved.db");
    let store = open(&file).await?;
    let ann = rich_user("ann@example.com")?;
    store.users.insert(&ann).await?;
    backup(&file, &saved)?;
    let bob = user("bob@example.com")?;
    store.users.insert(&bob).await?;

    for force in [false, true] {
        let outcome = restore(&saved, &file, force);
        assert!(matches!(outcome, Err(BackupError::InUse(_))), "{outcome:?}");
    }
    store.database.close().await;
    let outcome = restore(&saved, &file, false);
    assert!(
        matches!(outcome, Err(BackupError::Exists(_))),
        "{outcome:?}"
    );
    let store = open(&file).await?;
    assert!(store.users.by_id(bob.id).await?.is_some());
    store.database.close().await;

    restore(&saved, &file, true)?;
    let store = open(&file).await?;
    assert_eq!(store.users.by_id(ann.id).await?, Some(stored(&ann, 1)));
    assert_eq!(store.users.by_id(bob.id).await?, None);
    Ok(())
}

#[tokio::test]
async fn what_a_killed_server_left_does_not_mix_with_the_backup() -> Outcome {
    let (folder, file) = place()?;
    let saved = folder.path().join("saved.db");
    let store = open(&file).await?;
    store.audit.append(&act(1)).await?;
    backup(&file, &saved)?;
    for sequence in 2..=30 {
        store.audit.append(&act(sequence)).await?;
    }
    // As they lie there after a crash.
    let crashed = folder.path().join("crashed.db");
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", file.display());
        fs::copy(from, format!("{}{suffix}", crashed.display()))?;
    }
    restore(&saved, &crashed, true)?;
    let restored = open(&crashed).await?;
    assert_eq!(restored.audit.from(1, 99).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_damaged_database_is_replaced_by_its_backup() -> Outcome {
    let (folder, file) = place()?;
    let saved = folder.path().join("saved.db");
    let store = open(&file).await?;
    store.audit.append(&act(1)).await?;
    backup(&file, &saved)?;
    store.database.close().await;
    fs::write(&file, "name,amount\n".repeat(1_000))?;
    assert!(matches!(open(&file).await, Err(OpenError::Damaged(_))));
    restore(&saved, &file, true)?;
    let store = open(&file).await?;
    assert_eq!(store.audit.from(1, 99).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_refused_restore_leaves_the_database_as_it_is() -> Outcome {
    let (folder, file) = place()?;
    let store = open(&file).await?;
    store.audit.append(&act(1)).await?;
    store.database.close().await;
    let before = fs::read(&file)?;
    let text = folder.path().join("text.db");
    fs::write(&text, "name,amount\n".repeat(100))?;
    let outcome = restore(&text, &file, true);
    assert!(
        matches!(outcome, Err(BackupError::Database(_))),
        "{outcome:?}"
    );
    assert!(fs::read(&file)? == before, "the file was changed");
    let store = open(&file).await?;
    assert_eq!(
        store.audit.append(&act(1)).await,
        Err(StoreError::Taken("sequence"))
    );
    Ok(())
}
