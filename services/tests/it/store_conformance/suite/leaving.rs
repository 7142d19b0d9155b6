use super::{
    Outcome,
    journal::writer,
    records::{rich_user, user},
};
use services::store::{Commit, Deletion, Store, StoreError};

pub(crate) async fn whoever_has_deleted_the_account_is_leaving_until_it_is_closed(
    store: Store,
) -> Outcome {
    let (ann, bob) = (user("ann@example.com")?, user("bob@example.com")?);
    let boss = rich_user("boss@example.com")?;
    for user in [&ann, &bob, &boss] {
        store.users.insert(user).await?;
    }
    assert_eq!(store.journal.leaving(10).await?, []);
    // Whoever stays does not leave.
    assert_eq!(store.users.delete(boss.id).await?, Deletion::LastAdmin);
    assert_eq!(store.journal.leaving(10).await?, []);
    for id in [ann.id, bob.id] {
        assert_eq!(store.users.delete(id).await?, Deletion::Done);
        assert_eq!(store.users.delete(id).await?, Deletion::Missing);
    }
    let mut both = [ann.id, bob.id];
    both.sort_unstable();
    assert_eq!(store.journal.leaving(10).await?, both);
    assert_eq!(store.journal.leaving(1).await?, both[..1]);
    let epoch = writer(&store).await?;
    let closed = || Commit {
        closed: vec![ann.id],
        ..Commit::default()
    };
    store.journal.commit(epoch, closed()).await?;
    assert_eq!(store.journal.leaving(10).await?, [bob.id]);
    // As often as somebody wants to make sure.
    store.journal.commit(epoch, closed()).await?;
    // It goes with the rest of the commit, or not at all.
    let follower = writer(&store).await?;
    let late = Commit {
        closed: vec![bob.id],
        ..Commit::default()
    };
    let refused = store.journal.commit(epoch, late.clone()).await;
    assert_eq!(refused, Err(StoreError::Changed));
    assert_eq!(store.journal.leaving(10).await?, [bob.id]);
    store.journal.commit(follower, late).await?;
    assert_eq!(store.journal.leaving(10).await?, []);
    Ok(())
}
