use super::{
    Outcome, race,
    records::{act, minutes},
};
use domain::UserId;
use services::store::{AuditFilter, AuditRecord, Store, StoreError};
use uuid::Uuid;

pub(crate) async fn a_record_is_found_as_it_was_stored(store: Store) -> Outcome {
    assert_eq!(store.audit.last().await?, None);
    let plain = act(1);
    let full = AuditRecord {
        actor: Some(UserId::new(Uuid::now_v7())),
        subject: Some("session".to_owned()),
        ip: Some("2001:db8::1".to_owned()),
        request_id: Some("r-1".to_owned()),
        detail: "{\"device\":\"Zoë's\"}".to_owned(),
        previous: [255; 32],
        hash: [1; 32],
        ..act(2)
    };
    for record in [&plain, &full] {
        store.audit.append(record).await?;
        assert_eq!(store.audit.last().await?.as_ref(), Some(record));
    }
    assert_eq!(store.audit.from(1, 9).await?, [plain, full]);
    Ok(())
}

pub(crate) async fn records_are_read_on_from_a_number(store: Store) -> Outcome {
    for sequence in 1..=12 {
        store.audit.append(&act(sequence)).await?;
    }
    for (from, limit, expected) in [
        (0, 3, vec![1, 2, 3]),
        (9, 2, vec![9, 10]),
        (11, 9, vec![11, 12]),
        (13, 9, vec![]),
        (u64::MAX, 9, vec![]),
        (1, 0, vec![]),
    ] {
        let found = store.audit.from(from, limit).await?;
        assert_eq!(numbers(&found), expected, "{limit} from {from}");
    }
    Ok(())
}

fn numbers(records: &[AuditRecord]) -> Vec<u64> {
    records.iter().map(|record| record.sequence).collect()
}

pub(crate) async fn records_are_found_by_actor_action_and_subject(store: Store) -> Outcome {
    let (ann, bob) = (UserId::new(Uuid::now_v7()), UserId::new(Uuid::now_v7()));
    for (sequence, actor, action, subject) in [
        (1, Some(ann), "login", None),
        (2, Some(ann), "logout", Some("x")),
        (3, Some(bob), "login", Some("x")),
        (4, None, "login", Some("y")),
        (5, Some(ann), "login", Some("x")),
    ] {
        let record = AuditRecord {
            actor,
            action: action.to_owned(),
            subject: subject.map(str::to_owned),
            ..act(sequence)
        };
        store.audit.append(&record).await?;
    }
    for (actor, action, subject, expected) in [
        (None, None, None, vec![5, 4, 3, 2, 1]),
        (Some(ann), None, None, vec![5, 2, 1]),
        (None, Some("login"), None, vec![5, 4, 3, 1]),
        (None, None, Some("x"), vec![5, 3, 2]),
        (Some(ann), Some("login"), Some("x"), vec![5]),
        (Some(bob), Some("logout"), None, vec![]),
        (None, Some("log"), None, vec![]),
    ] {
        let filter = AuditFilter {
            actor,
            action: action.map(str::to_owned),
            subject: subject.map(str::to_owned),
            ..AuditFilter::default()
        };
        let found = store.audit.find(&filter, None, 9).await?;
        assert_eq!(numbers(&found), expected, "{filter:?}");
    }
    Ok(())
}

pub(crate) async fn records_are_paged_newest_first(store: Store) -> Outcome {
    for sequence in 1..=12 {
        let action = if sequence % 2 == 0 { "even" } else { "odd" };
        let record = AuditRecord {
            action: action.to_owned(),
            ..act(sequence)
        };
        store.audit.append(&record).await?;
    }
    let even = AuditFilter {
        action: Some("even".to_owned()),
        ..AuditFilter::default()
    };
    for (before, limit, expected) in [
        (None, 2, vec![12, 10]),
        (Some(10), 2, vec![8, 6]),
        (Some(6), 9, vec![4, 2]),
        (Some(2), 9, vec![]),
        (Some(u64::MAX), 1, vec![12]),
    ] {
        let found = store.audit.find(&even, before, limit).await?;
        assert_eq!(numbers(&found), expected, "{limit} before {before:?}");
    }
    Ok(())
}

pub(crate) async fn records_are_found_by_their_moment(store: Store) -> Outcome {
    for sequence in 1..=4 {
        let record = AuditRecord {
            at: minutes(i64::try_from(sequence)?),
            ..act(sequence)
        };
        store.audit.append(&record).await?;
    }
    let all = store.audit.from(1, 9).await?;
    let moment = |number: usize| all.get(number).map(|record| record.at);
    for (from, to, expected) in [
        (None, moment(1), vec![1]),
        (moment(1), None, vec![4, 3, 2]),
        (moment(1), moment(3), vec![3, 2]),
        (moment(3), moment(1), vec![]),
    ] {
        let filter = AuditFilter {
            from,
            to,
            ..AuditFilter::default()
        };
        let found = store.audit.find(&filter, None, 9).await?;
        assert_eq!(numbers(&found), expected, "{filter:?}");
    }
    Ok(())
}

pub(crate) async fn a_number_is_given_once(store: Store) -> Outcome {
    store.audit.append(&act(1)).await?;
    let other = AuditRecord {
        action: "other".to_owned(),
        ..act(1)
    };
    let outcome = store.audit.append(&other).await;
    assert_eq!(outcome, Err(StoreError::Taken("sequence")));
    let found = store.audit.from(1, 9).await?;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].action, "login");
    Ok(())
}

pub(crate) async fn one_of_many_appends_wins(store: Store) -> Outcome {
    for sequence in 1..=2 {
        let outcomes = race(|_| {
            let audit = store.audit.clone();
            async move { audit.append(&act(sequence)).await }
        })
        .await?;
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(won, 1);
        let taken = Err(StoreError::Taken("sequence"));
        let lost = outcomes.iter().filter(|outcome| **outcome == taken).count();
        assert_eq!(lost + 1, outcomes.len());
    }
    Ok(())
}
