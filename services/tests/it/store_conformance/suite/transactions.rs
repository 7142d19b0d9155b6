use super::{
    Outcome,
    journal::{ann, bob, entries, owned, transaction, writer},
};
use domain::trading::{Transaction, TransactionType};
use services::store::Store;

pub(crate) async fn a_users_transactions_are_read_oldest_first_page_by_page(
    store: Store,
) -> Outcome {
    let epoch = writer(&store).await?;
    let mut commit = entries(1..=1);
    let mut mine: Vec<Transaction> = Vec::new();
    // Numbered apart, and somebody else's between them.
    for number in [40, 10, 255, 30, 256, 20] {
        let row = transaction(number, TransactionType::Deposit, 0)?;
        commit.transactions.push(owned(ann(), row.clone()));
        mine.push(row);
        let theirs = transaction(number + 1, TransactionType::Buy, 0)?;
        commit.transactions.push(owned(bob(), theirs));
    }
    store.journal.commit(epoch, commit).await?;
    mine.sort_by_key(|row| row.id);
    let trading = &store.trading;
    for limit in [1, 2, 5, 6, 7] {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = trading.transactions_from(ann(), after, limit).await?;
            assert!(page.len() <= limit as usize);
            let Some(last) = page.last() else { break };
            after = Some(last.id.uuid());
            read.extend(page);
        }
        assert_eq!(read, mine, "by {limit}");
    }
    assert_eq!(trading.transactions_from(ann(), None, 0).await?, []);
    // What comes later is found from where the reading ended.
    let later = transaction(300, TransactionType::Sell, 1)?;
    let mut commit = entries(2..=2);
    commit.transactions.push(owned(ann(), later.clone()));
    store.journal.commit(epoch, commit).await?;
    let end = mine.last().map(|row| row.id.uuid());
    assert_eq!(trading.transactions_from(ann(), end, 9).await?, [later]);
    Ok(())
}
