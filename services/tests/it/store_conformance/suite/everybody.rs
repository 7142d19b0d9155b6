use super::{
    Outcome,
    journal::{ann, bob, entries, fill, owned, transaction, writer},
};
use domain::trading::TransactionType;
use services::store::{Commit, Store};
use std::collections::BTreeSet;

pub(crate) async fn fills_and_transactions_of_everybody_are_read_page_by_page(
    store: Store,
) -> Outcome {
    let epoch = writer(&store).await?;
    let mut commit = entries(1..=1);
    for (user, number) in [(ann(), 1), (bob(), 1), (bob(), 2), (ann(), 3), (bob(), 4)] {
        commit.fills.push(owned(user, fill(number, 1, 1)?));
        let kind = TransactionType::Deposit;
        let row = owned(user, transaction(number, kind, 0)?);
        commit.transactions.push(row);
    }
    let Commit {
        fills: all_fills,
        transactions: all_transactions,
        ..
    } = commit.clone();
    store.journal.commit(epoch, commit).await?;
    let trading = &store.trading;
    // However large the pages are, each comes once and one user's are together.
    for limit in [1, 2, 3, 5, 9] {
        let (mut seen, mut users, mut after) = (BTreeSet::new(), Vec::new(), None);
        loop {
            let page = trading.all_fills(after, limit).await?;
            assert!(page.len() <= limit as usize);
            let Some(last) = page.last() else { break };
            after = Some((last.user, last.value.id));
            for row in page {
                assert!(all_fills.contains(&row));
                assert!(seen.insert((row.user, row.value.id)), "once");
                users.push(row.user);
            }
        }
        assert_eq!(seen.len(), all_fills.len());
        assert!(users.is_sorted());
        let (mut seen, mut after) = (BTreeSet::new(), None);
        loop {
            let page = trading.all_transactions(after, limit).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.user, last.value.id));
            for row in page {
                assert!(all_transactions.contains(&row));
                assert!(seen.insert((row.user, row.value.id)), "once");
            }
        }
        assert_eq!(seen.len(), all_transactions.len());
    }
    Ok(())
}
