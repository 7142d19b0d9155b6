use super::{Outcome, race, records::now};
use domain::{
    UserId,
    exchange::{
        Asset, Pair,
        id::{OrderId, TradeId, TransactionId},
        order::{Side, Status},
        rules::Role,
    },
    trading::{Balance, Digits, Fill, Order, OrderType, TimeInForce, Transaction, TransactionType},
};
use services::store::{
    AnswerRecord, Commit, Epoch, JournalRecord, OrderFilter, Owned, Page, SnapshotRecord, Store,
    StoreError, TransactionFilter,
};
use std::error::Error;
use time::Duration;
use uuid::Uuid;

type Failure = Box<dyn Error + Send + Sync>;

const ALL: Page = Page {
    before: None,
    limit: 100,
};

pub(super) fn ann() -> UserId {
    UserId::new(Uuid::from_u128(1))
}

pub(super) fn bob() -> UserId {
    UserId::new(Uuid::from_u128(2))
}

fn entry(sequence: u64) -> JournalRecord {
    JournalRecord {
        sequence,
        at: 1_795_000_000_000,
        event: format!("{{\"number\":{sequence}}}"),
    }
}

pub(super) fn entries(sequences: std::ops::RangeInclusive<u64>) -> Commit {
    Commit {
        entries: sequences.map(entry).collect(),
        ..Commit::default()
    }
}

fn pair(text: &str) -> Result<Pair, Failure> {
    Ok(text.parse()?)
}

fn digits(text: &str) -> Result<Digits, Failure> {
    Ok(text.parse()?)
}

fn order(number: u128, of: &str, status: Status, sequence: u64) -> Result<Order, Failure> {
    Ok(Order {
        id: OrderId::new(Uuid::from_u128(number)),
        pair: pair(of)?,
        side: Side::Buy,
        kind: OrderType::Limit,
        status,
        reason: None,
        quantity: Some(digits("0.5")?),
        quote_amount: None,
        price: Some(digits("100.25")?),
        stop_price: None,
        trail: None,
        time_in_force: TimeInForce::Gtc,
        expires_at: None,
        post_only: false,
        filled_quantity: Digits::default(),
        filled_amount: Digits::default(),
        average_price: None,
        fee: Digits::default(),
        client_order_id: Some("mine".parse()?),
        linked_order_id: None,
        created_at: now(),
        updated_at: now(),
        sequence,
    })
}

pub(super) fn fill(number: u128, order: u128, sequence: u64) -> Result<Fill, Failure> {
    Ok(Fill {
        id: TradeId::new(Uuid::from_u128(number)),
        order_id: OrderId::new(Uuid::from_u128(order)),
        pair: pair("BTC-USD")?,
        side: Side::Buy,
        role: Role::Taker,
        price: digits("100")?,
        quantity: digits("0.5")?,
        amount: digits("50")?,
        fee: digits("0.1")?,
        at: now(),
        sequence,
    })
}

pub(super) fn transaction(
    number: u128,
    kind: TransactionType,
    minute: i64,
) -> Result<Transaction, Failure> {
    Ok(Transaction {
        id: TransactionId::new(Uuid::from_u128(number)),
        kind,
        asset: Asset::USD,
        amount: digits("12.5")?,
        pair: None,
        price: None,
        quote_amount: None,
        fee: Digits::default(),
        order_id: None,
        destination: None,
        reference: None,
        at: now() + Duration::minutes(minute),
        sequence: 1,
    })
}

fn balance(asset: &str, amount: &str, sequence: u64) -> Result<Balance, Failure> {
    let amount = digits(amount)?.get();
    Ok(Balance::new(asset.parse()?, amount, amount, sequence))
}

pub(super) fn owned<T>(user: UserId, value: T) -> Owned<T> {
    Owned { user, value }
}

/// Takes over from whoever writes.
pub(super) async fn writer(store: &Store) -> Result<Epoch, Failure> {
    let seen = store.journal.tenure().await?;
    let epoch = store.journal.take_over(seen).await?;
    Ok(epoch.ok_or("somebody else was first")?)
}

pub(crate) async fn a_new_journal_has_no_writer_and_the_first_gets_it(store: Store) -> Outcome {
    let seen = store.journal.tenure().await?;
    assert_eq!((seen.epoch, seen.is_vacant), (0, true));
    let got = race(|_| {
        let journal = store.journal.clone();
        async move { journal.take_over(seen).await }
    })
    .await?;
    let got: Result<Vec<_>, _> = got.into_iter().collect();
    let winners: Vec<_> = got?.into_iter().flatten().collect();
    assert_eq!(winners, [Epoch(1)]);
    Ok(())
}

pub(crate) async fn whoever_was_followed_writes_no_more(store: Store) -> Outcome {
    let first = writer(&store).await?;
    store.journal.commit(first, entries(1..=2)).await?;
    store.journal.beat(first).await?;
    let second = writer(&store).await?;
    let refused = store.journal.commit(first, entries(3..=3)).await;
    assert_eq!(refused, Err(StoreError::Changed));
    assert_eq!(store.journal.beat(first).await, Err(StoreError::Changed));
    // Too late to resign.
    store.journal.resign(first).await?;
    store.journal.commit(second, entries(3..=3)).await?;
    let kept = store.journal.entries(0, 10).await?;
    assert_eq!(kept, [entry(1), entry(2), entry(3)]);
    store.journal.resign(second).await?;
    assert!(store.journal.tenure().await?.is_vacant);
    let refused = store.journal.commit(second, entries(4..=4)).await;
    assert_eq!(refused, Err(StoreError::Changed));
    Ok(())
}

pub(crate) async fn entries_follow_one_another(store: Store) -> Outcome {
    let epoch = writer(&store).await?;
    for wrong in [entries(2..=2), entries(0..=0)] {
        let refused = store.journal.commit(epoch, wrong).await;
        assert_eq!(refused, Err(StoreError::Taken("sequence")));
    }
    store.journal.commit(epoch, entries(1..=3)).await?;
    let twice = store.journal.commit(epoch, entries(3..=4)).await;
    assert_eq!(twice, Err(StoreError::Taken("sequence")));
    store.journal.commit(epoch, entries(4..=4)).await?;
    let kept = store.journal.entries(1, 2).await?;
    assert_eq!(kept, [entry(2), entry(3)]);
    assert_eq!(store.journal.entries(4, 2).await?, []);
    Ok(())
}

pub(crate) async fn a_group_is_kept_as_a_whole_or_not_at_all(store: Store) -> Outcome {
    let epoch = writer(&store).await?;
    let twice = fill(7, 1, 1)?;
    let commit = Commit {
        entries: vec![entry(1)],
        orders: vec![owned(ann(), order(1, "BTC-USD", Status::Open, 1)?)],
        balances: vec![owned(ann(), balance("USD", "5", 1)?)],
        fills: vec![owned(ann(), twice.clone()), owned(ann(), twice)],
        ..Commit::default()
    };
    assert!(store.journal.commit(epoch, commit).await.is_err());
    assert_eq!(store.journal.entries(0, 10).await?, []);
    assert_eq!(store.trading.balances(ann()).await?, []);
    let none = OrderFilter::default();
    assert_eq!(store.trading.orders(ann(), &none, ALL).await?, []);
    store.journal.commit(epoch, entries(1..=1)).await?;
    Ok(())
}

pub(crate) async fn orders_are_found_as_they_are_now(store: Store) -> Outcome {
    let epoch = writer(&store).await?;
    let (mine, other) = (
        order(1, "BTC-USD", Status::Open, 1)?,
        order(2, "ETH-USD", Status::PendingTrigger, 2)?,
    );
    let theirs = order(3, "BTC-USD", Status::Open, 3)?;
    let commit = Commit {
        entries: entries(1..=3).entries,
        orders: vec![
            owned(ann(), mine.clone()),
            owned(ann(), other.clone()),
            owned(bob(), theirs.clone()),
        ],
        ..Commit::default()
    };
    store.journal.commit(epoch, commit).await?;
    let now = Order {
        status: Status::Filled,
        sequence: 4,
        ..mine
    };
    let commit = Commit {
        entries: vec![entry(4)],
        orders: vec![owned(ann(), now.clone())],
        ..Commit::default()
    };
    store.journal.commit(epoch, commit).await?;

    let trading = &store.trading;
    let find = async |filter: OrderFilter, page| trading.orders(ann(), &filter, page).await;
    let any = OrderFilter::default;
    assert_eq!(find(any(), ALL).await?, [other.clone(), now.clone()]);
    let first = Page { limit: 1, ..ALL };
    assert_eq!(find(any(), first).await?, std::slice::from_ref(&other));
    let before = Some(other.id.uuid());
    let next = Page { before, limit: 1 };
    assert_eq!(find(any(), next).await?, std::slice::from_ref(&now));
    let of_pair = OrderFilter {
        pair: Some(pair("BTC-USD")?),
        ..any()
    };
    assert_eq!(find(of_pair, ALL).await?, std::slice::from_ref(&now));
    let live = OrderFilter {
        statuses: vec![Status::Open, Status::PendingTrigger],
        ..any()
    };
    assert_eq!(find(live, ALL).await?, std::slice::from_ref(&other));
    assert_eq!(trading.order(ann(), now.id).await?, Some(now.clone()));
    // Somebody else's is none.
    assert_eq!(trading.order(bob(), now.id).await?, None);
    let everybodys = trading.all_orders(None, 10).await?;
    let ids: Vec<_> = everybodys.iter().map(|order| order.value.id).collect();
    assert_eq!(ids, [now.id, other.id, theirs.id]);
    assert_eq!(trading.all_orders(Some(other.id), 10).await?.len(), 1);
    Ok(())
}

pub(crate) async fn what_has_changed_is_found_by_the_last_number_known(store: Store) -> Outcome {
    let epoch = writer(&store).await?;
    let (first, second) = (
        order(1, "BTC-USD", Status::Open, 1)?,
        order(2, "BTC-USD", Status::Open, 3)?,
    );
    let (usd, btc) = (balance("USD", "5", 2)?, balance("BTC", "0.5", 3)?);
    let bought = fill(9, 1, 3)?;
    let commit = Commit {
        entries: entries(1..=3).entries,
        orders: vec![owned(ann(), first.clone()), owned(ann(), second.clone())],
        balances: vec![owned(ann(), usd.clone()), owned(ann(), btc.clone())],
        fills: vec![owned(ann(), bought.clone())],
        ..Commit::default()
    };
    assert_eq!(store.journal.last().await?, 0);
    store.journal.commit(epoch, commit).await?;
    assert_eq!(store.journal.last().await?, 3);
    let trading = &store.trading;
    let all = trading.changes(ann(), 1..=9, 10).await?;
    assert_eq!(all.orders, [first, second.clone()]);
    assert_eq!(all.balances, [usd, btc.clone()]);
    let later = trading.changes(ann(), 3..=9, 10).await?;
    assert_eq!((later.orders, later.balances), (vec![second], vec![btc]));
    assert_eq!(later.fills, std::slice::from_ref(&bought));
    assert_eq!(trading.changes(ann(), 1..=2, 10).await?.fills, []);
    assert_eq!(trading.changes(bob(), 1..=9, 10).await?, Default::default());
    assert_eq!(trading.trades(pair("BTC-USD")?, 5).await?, [bought]);
    Ok(())
}

pub(crate) async fn balances_are_read_by_whole_users(store: Store) -> Outcome {
    let epoch = writer(&store).await?;
    let commit = Commit {
        entries: entries(1..=1).entries,
        balances: vec![
            owned(ann(), balance("BTC", "1", 1)?),
            owned(ann(), balance("USD", "2", 1)?),
            owned(bob(), balance("USD", "3", 1)?),
        ],
        ..Commit::default()
    };
    store.journal.commit(epoch, commit).await?;
    let first = store.trading.all_balances(None, 1).await?;
    let users: Vec<_> = first.iter().map(|balance| balance.user).collect();
    assert_eq!(users, [ann(), ann()]);
    let rest = store.trading.all_balances(Some(ann()), 1).await?;
    let users: Vec<_> = rest.iter().map(|balance| balance.user).collect();
    assert_eq!(users, [bob()]);
    assert_eq!(store.trading.all_balances(Some(bob()), 1).await?, []);
    Ok(())
}

pub(crate) async fn transactions_are_found_by_what_they_are_and_when(store: Store) -> Outcome {
    let epoch = writer(&store).await?;
    let came = transaction(1, TransactionType::Deposit, 0)?;
    let bought = Transaction {
        asset: "BTC".parse()?,
        ..transaction(2, TransactionType::Buy, 10)?
    };
    let commit = Commit {
        entries: entries(1..=1).entries,
        transactions: vec![owned(ann(), came.clone()), owned(ann(), bought.clone())],
        ..Commit::default()
    };
    store.journal.commit(epoch, commit).await?;
    let trading = &store.trading;
    let find = async |filter: TransactionFilter| trading.transactions(ann(), &filter, ALL).await;
    let any = TransactionFilter::default;
    assert_eq!(find(any()).await?, [bought.clone(), came.clone()]);
    let kinds = vec![TransactionType::Deposit];
    let at = bought.at;
    let (came, bought) = (vec![came], vec![bought]);
    assert_eq!(find(TransactionFilter { kinds, ..any() }).await?, came);
    let asset = Some("BTC".parse()?);
    assert_eq!(find(TransactionFilter { asset, ..any() }).await?, bought);
    let from = Some(at);
    assert_eq!(find(TransactionFilter { from, ..any() }).await?, bought);
    assert_eq!(find(TransactionFilter { to: from, ..any() }).await?, came);
    let id = TransactionId::new(Uuid::from_u128(1));
    assert_eq!(
        trading.transaction(ann(), id).await?,
        came.into_iter().next()
    );
    assert_eq!(trading.transaction(bob(), id).await?, None);
    Ok(())
}

pub(crate) async fn the_last_snapshot_counts(store: Store) -> Outcome {
    assert_eq!(store.journal.snapshot().await?, None);
    for sequence in [5, 9, 12] {
        let state = format!("{{\"at\":{sequence}}}");
        let snapshot = SnapshotRecord { sequence, state };
        store.journal.keep_snapshot(snapshot.clone()).await?;
        assert_eq!(store.journal.snapshot().await?, Some(snapshot));
    }
    Ok(())
}

pub(crate) async fn a_first_answer_is_kept_until_its_end(store: Store) -> Outcome {
    let epoch = writer(&store).await?;
    let answer = |text: &str, end| AnswerRecord {
        user: ann(),
        key: "key:1".to_owned(),
        digest: [7; 32],
        answer: text.to_owned(),
        expires_at: end,
    };
    let end = now() + Duration::DAY;
    let first = answer("first", end);
    let commit = |answer: &AnswerRecord| Commit {
        answers: vec![answer.clone()],
        ..Commit::default()
    };
    store.journal.commit(epoch, commit(&first)).await?;
    let asked = [(ann(), "key:1".to_owned()), (bob(), "key:1".to_owned())];
    let found = store.journal.answers(&asked, now()).await?;
    assert_eq!(found, std::slice::from_ref(&first));
    assert_eq!(store.journal.answers(&asked, end).await?, []);
    assert_eq!(store.journal.answers(&[], now()).await?, []);
    // The name is free again.
    let next = answer("next", end + Duration::DAY);
    store.journal.commit(epoch, commit(&next)).await?;
    assert_eq!(store.journal.answers(&asked, end).await?, [next]);
    Ok(())
}
