//! Where messages go in development.

use super::{
    Outcome,
    desk::{Desk, RESTLESS, config, mail, sms},
};
use services::{
    config::NotifyTimings,
    notify::{Kept, Kind},
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use uuid::Uuid;

fn desk(folder: &Path, timings: NotifyTimings) -> Outcome<Desk> {
    Ok(Desk::start(&config(&[], timings)?, folder)?)
}

async fn list(desk: &Desk) -> Outcome<Vec<Kept>> {
    let mailbox = desk.notifier.mailbox().ok_or("no mailbox")?;
    Ok(mailbox.list().await?)
}

#[tokio::test]
async fn messages_are_kept_as_files_that_only_their_owner_reads() -> Outcome {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let desk = desk(&data, RESTLESS)?;
    assert_eq!(list(&desk).await?, []);
    assert!(!data.exists(), "made with the first message");
    assert!(desk.notifier.send_mail(mail("first")?));
    desk.quiet().await?;
    assert!(desk.notifier.send_sms(sms("second")?));
    desk.quiet().await?;
    let kept = list(&desk).await?;
    let short = |kept: &Kept| {
        (
            kept.kind,
            kept.to.clone(),
            kept.subject.clone(),
            kept.text.clone(),
        )
    };
    let expected = [
        (
            Kind::Sms,
            "+4930123456".to_owned(),
            None,
            "second".to_owned(),
        ),
        (
            Kind::Mail,
            "ann@example.org".to_owned(),
            Some("Grüße vom Tresor".to_owned()),
            "first".to_owned(),
        ),
    ];
    assert_eq!(kept.iter().map(short).collect::<Vec<_>>(), expected);
    let mailbox = desk.notifier.mailbox().ok_or("no mailbox")?;
    assert_eq!(mailbox.get(kept[1].id).await?.as_ref(), Some(&kept[1]));
    assert_eq!(mailbox.get(Uuid::nil()).await?, None);
    let mailbox = data.join("mailbox");
    assert_eq!(fs::metadata(&mailbox)?.permissions().mode() & 0o777, 0o700);
    let mut files = 0;
    for entry in fs::read_dir(&mailbox)? {
        let entry = entry?;
        assert_eq!(entry.metadata()?.permissions().mode() & 0o777, 0o600);
        let name = entry.file_name().into_string().map_err(|_| "an odd name")?;
        assert!(
            name.ends_with(".json"),
            "nothing half written is left: {name}"
        );
        files += 1;
    }
    assert_eq!(files, 2);
    Ok(())
}

#[tokio::test]
async fn the_oldest_make_room() -> Outcome {
    let folder = tempfile::tempdir()?;
    let timings = NotifyTimings {
        capacity: 1000,
        ..RESTLESS
    };
    let desk = desk(folder.path(), timings)?;
    assert!(desk.notifier.send_mail(mail("oldest")?));
    desk.quiet().await?;
    for _ in 0..205 {
        assert!(desk.notifier.send_mail(mail("later")?));
    }
    desk.quiet().await?;
    assert!(desk.notifier.send_mail(mail("newest")?));
    desk.quiet().await?;
    let kept = list(&desk).await?;
    assert_eq!(kept.len(), 200);
    assert_eq!(kept[0].text, "newest");
    assert!(!kept.iter().any(|kept| kept.text == "oldest"));
    assert!(kept.is_sorted_by(|newer, older| newer.id > older.id));
    Ok(())
}

#[tokio::test]
async fn other_files_in_the_folder_are_left_alone() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mailbox = folder.path().join("mailbox");
    fs::create_dir(&mailbox)?;
    fs::write(mailbox.join("notes.json"), "mine")?;
    fs::write(mailbox.join(format!("{}.json", Uuid::now_v7())), "{\"half")?;
    let desk = desk(folder.path(), RESTLESS)?;
    assert!(desk.notifier.send_mail(mail("x")?));
    desk.quiet().await?;
    assert_eq!(list(&desk).await?.len(), 1);
    assert_eq!(fs::read_to_string(mailbox.join("notes.json"))?, "mine");
    Ok(())
}
