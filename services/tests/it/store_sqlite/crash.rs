use super::{
    Outcome, open, place,
    records::{act, user, wallet},
};
use std::{io::Write, path::PathBuf, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

const FILE: &str = "STORE_SQLITE_CRASH_FILE";
const CONFIRMED: usize = 40;

/// Not a test of its own: the program that the next one kills.
#[tokio::test]
#[ignore = "is started by another test"]
async fn a_program_that_writes_until_it_is_killed() -> Outcome {
    let Some(file) = std::env::var_os(FILE) else {
        return Ok(());
    };
    let store = open(&PathBuf::from(file)).await?;
    for sequence in 1.. {
        let mut user = user(&format!("u{sequence}@example.com"))?;
        user.wallets = vec![wallet(2 * sequence)?, wallet(2 * sequence + 1)?];
        store.users.insert(&user).await?;
        store.audit.append(&act(u64::from(sequence))).await?;
        writeln!(std::io::stdout(), "confirmed {sequence}")?;
    }
    Ok(())
}

#[tokio::test]
async fn what_was_confirmed_outlives_a_killed_server() -> Outcome {
    let (_folder, file) = place()?;
    let mut server = Command::new(std::env::current_exe()?)
        .args(["--ignored", "--nocapture", "--exact"])
        .arg("store_sqlite::crash::a_program_that_writes_until_it_is_killed")
        .env(FILE, &file)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = server.stdout.take().ok_or("no output")?;
    let mut lines = BufReader::new(output).lines();
    let mut confirmed = 0_u32;
    for _ in 0..CONFIRMED + 10 {
        let line = lines.next_line().await?.ok_or("it ended by itself")?;
        if let Some((_, number)) = line.split_once("confirmed ") {
            confirmed = number.parse()?;
        }
        if confirmed as usize >= CONFIRMED {
            break;
        }
    }
    server.kill().await?;

    let store = open(&file).await?;
    let records = store.audit.from(1, u32::MAX).await?;
    assert!(records.len() >= CONFIRMED && confirmed as usize >= CONFIRMED);
    let in_order = (1..).zip(&records).all(|(n, record)| record.sequence == n);
    assert!(in_order, "a record is missing");
    for number in 1..=confirmed {
        // An account is there with all its wallets.
        let owner = store.users.by_wallet(&wallet(2 * number + 1)?).await?;
        let wallets = owner.map(|owner| owner.wallets);
        let expected = vec![wallet(2 * number)?, wallet(2 * number + 1)?];
        assert_eq!(wallets, Some(expected), "account {number}");
    }
    Ok(())
}
