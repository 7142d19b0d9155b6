use super::{Failed, Outcome, open};
use crate::{
    mongo_server::MongoServer,
    records::{address, user},
};
use services::store::StoreError;
use tokio::task::JoinSet;

/// How many of each server try.
const EACH: u32 = 10;

/// The number of addresses that got onto a list that two servers add to at once, `most` at most.
async fn added_by_two_servers(most: u32, same: bool) -> Result<(usize, usize), Failed> {
    let database = MongoServer::shared().await?;
    let url = database.url();
    let servers = [open(&url).await?, open(&url).await?];
    let ann = user("ann@example.com")?;
    servers[0].users.insert(&ann).await?;
    let mut inserts = JoinSet::new();
    for number in 0..2 * EACH {
        let store = servers[(number % 2) as usize].clone();
        let record = address(ann.id, if same { 0 } else { number })?;
        inserts.spawn(async move { store.addresses.insert(&record, most).await });
    }
    let mut added = 0;
    while let Some(outcome) = inserts.join_next().await {
        match outcome? {
            Ok(is_added) => added += usize::from(is_added),
            Err(error) => assert_eq!(error, StoreError::Taken("address")),
        }
    }
    Ok((added, servers[1].addresses.of_user(ann.id).await?.len()))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_do_not_overfill_a_list() -> Outcome {
    assert_eq!(added_by_two_servers(5, false).await?, (5, 5));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_do_not_put_an_address_on_a_list_twice() -> Outcome {
    assert_eq!(added_by_two_servers(100, true).await?, (1, 1));
    Ok(())
}
