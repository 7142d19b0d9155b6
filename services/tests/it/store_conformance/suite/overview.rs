use super::{
    Failed, Outcome,
    journal::{ann, bob, entries, fill, owned, writer},
    records::{minutes, now, session, user, wallet},
};
use domain::{
    UserId,
    account::{Name, Role},
};
use services::store::{
    Page, SessionCounts, SessionRecord, SessionsWithin, Store, TradeCounts, UserFilter, UserRecord,
};
use time::Duration;
use uuid::Uuid;

const ALL: Page = Page {
    before: None,
    limit: 9,
};

async fn named(store: &Store, name: &str, email: &str) -> Result<UserRecord, Failed> {
    let user = UserRecord {
        name: Name::parse(name)?,
        ..user(email)?
    };
    store.users.insert(&user).await?;
    Ok(user)
}

async fn found(store: &Store, role: Option<Role>, text: &str) -> Result<Vec<UserId>, Failed> {
    let text = (!text.is_empty()).then(|| text.to_owned());
    let filter = UserFilter { role, text };
    let found = store.overview.find_users(&filter, ALL).await?;
    Ok(found.iter().map(|user| user.id).collect())
}

pub(crate) async fn accounts_are_found_by_what_they_are_called(store: Store) -> Outcome {
    let ann = named(&store, "Ann Example", "a.n+n@example.com").await?.id;
    let zoe = named(&store, "Zoë (.*)", "zoe_percent%@example.com")
        .await?
        .id;
    let by_wallet = UserRecord {
        email: None,
        name: Name::parse("Whale")?,
        role: Role::Admin,
        wallets: vec![wallet(0xabc)?, wallet(0xdef)?],
        ..user("x@example.com")?
    };
    store.users.insert(&by_wallet).await?;
    let whale = by_wallet.id;
    let whole = ann.to_string();
    for (role, text, expected) in [
        (None, "", vec![whale, zoe, ann]),
        (Some(Role::User), "", vec![zoe, ann]),
        (Some(Role::Admin), "", vec![whale]),
        (Some(Role::Suspended), "", vec![]),
        (None, "aNN ex", vec![ann]),
        (None, "EXAMPLE.com", vec![zoe, ann]),
        (None, "a.n+n", vec![ann]),
        (None, "a.n.n", vec![]),
        (None, "(.*)", vec![zoe]),
        (None, ".*", vec![zoe]),
        (None, "%", vec![zoe]),
        (None, "_", vec![zoe]),
        (None, "Zoë", vec![zoe]),
        (None, "0ABC", vec![whale]),
        (None, "0def", vec![whale]),
        (Some(Role::User), "0def", vec![]),
        (None, whole.as_str(), vec![ann]),
        (None, "'; DROP TABLE users", vec![]),
        (None, "\\", vec![]),
    ] {
        assert_eq!(
            found(&store, role, text).await?,
            expected,
            "{role:?} {text}"
        );
    }
    Ok(())
}

pub(crate) async fn accounts_are_read_newest_first_page_by_page(store: Store) -> Outcome {
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(
            named(&store, "Ann", &format!("{number}@example.com"))
                .await?
                .id,
        );
    }
    made.reverse();
    let filter = UserFilter {
        text: Some("ann".to_owned()),
        ..UserFilter::default()
    };
    for limit in [1, 2, 5, 9] {
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = Page { before, limit };
            let page = store.overview.find_users(&filter, page).await?;
            assert!(page.len() <= limit as usize);
            let Some(last) = page.last() else { break };
            before = Some(last.id.uuid());
            seen.extend(page.iter().map(|user| user.id));
        }
        assert_eq!(seen, made, "{limit} at a time");
    }
    let none = Page {
        before: None,
        limit: 0,
    };
    assert_eq!(store.overview.find_users(&filter, none).await?, []);
    Ok(())
}

pub(crate) async fn sessions_that_are_open_are_counted(store: Store) -> Outcome {
    let (ann, bob) = (user("ann@example.com")?, user("bob@example.com")?);
    for user in [&ann, &bob] {
        store.users.insert(user).await?;
    }
    let within = SessionsWithin {
        now: now(),
        begun: now() - Duration::days(90),
        used: now() - Duration::days(1),
    };
    let nothing = store.overview.count_sessions(within).await?;
    assert_eq!(nothing, SessionCounts::default());
    let plain = session(ann.id);
    let long_unused = SessionRecord {
        last_used_at: minutes(-60 * 25),
        ..session(bob.id)
    };
    let mut over = session(bob.id);
    over.generation.expires_at = minutes(-1);
    let too_old = SessionRecord {
        created_at: now() - Duration::days(91),
        ..session(bob.id)
    };
    for session in [plain, session(ann.id), long_unused, over, too_old] {
        store.sessions.insert(&session).await?;
    }
    let expected = SessionCounts {
        open: 3,
        users: 2,
        active: 1,
    };
    assert_eq!(store.overview.count_sessions(within).await?, expected);
    Ok(())
}

pub(crate) async fn fills_of_a_pair_are_read_from_a_moment_on(store: Store) -> Outcome {
    let epoch = writer(&store).await?;
    let mut commit = entries(1..=1);
    for (user, number) in [(ann(), 1), (bob(), 2), (ann(), 3), (bob(), 3), (ann(), 4)] {
        commit.fills.push(owned(user, fill(number, 1, 1)?));
    }
    let other = domain::trading::Fill {
        pair: "ETH-USD".parse()?,
        ..fill(5, 2, 1)?
    };
    commit.fills.push(owned(ann(), other));
    store.journal.commit(epoch, commit).await?;
    let pair = "BTC-USD".parse()?;
    for (after, limit, expected) in [
        (0, 9, vec![1, 2, 3, 3, 4]),
        (1, 2, vec![2, 3]),
        (3, 9, vec![4]),
        (4, 9, vec![]),
        (0, 0, vec![]),
    ] {
        let after = Uuid::from_u128(after);
        let found = store.overview.fills_after(pair, after, limit).await?;
        let numbers: Vec<u128> = found.iter().map(|fill| fill.id.uuid().as_u128()).collect();
        assert_eq!(numbers, expected, "{limit} after {after}");
    }
    let counted = store.overview.count_trades(Uuid::nil()).await?;
    let expected = TradeCounts {
        fills: 6,
        ..TradeCounts::default()
    };
    assert_eq!(counted, expected);
    Ok(())
}

pub(crate) async fn it_says_what_it_is(store: Store) -> Outcome {
    let about = store.overview.about().await?;
    match about.kind {
        "sqlite" => assert!(about.schema.is_some_and(|version| version >= 7)),
        "mongodb" => assert_eq!(about.schema, None),
        other => assert_eq!(other, "a known kind"),
    }
    Ok(())
}
