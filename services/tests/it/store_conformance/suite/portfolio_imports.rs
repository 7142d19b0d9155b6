use super::{
    Outcome, ann_and_bob,
    portfolios::{PLENTY, keys},
    race,
    records::{entry, imported as import},
};
use domain::{ImportId, portfolio::EARLIER};
use services::store::Store;
use uuid::Uuid;

pub(crate) async fn an_import_is_taken_out_as_a_whole_and_nothing_else(store: Store) -> Outcome {
    let (ann, bob) = ann_and_bob(&store).await?;
    let portfolios = &store.portfolios;
    let [first, second] = [Uuid::now_v7(), Uuid::now_v7()].map(ImportId::new);
    let (one, two) = (import(first, 1..=3)?, import(second, 4..=5)?);
    portfolios.add(ann.id, &[entry(9)?], PLENTY).await?;
    portfolios.add(ann.id, &one, PLENTY).await?;
    portfolios.add(ann.id, &two, PLENTY).await?;
    portfolios.add(bob.id, &one, PLENTY).await?;
    assert_eq!(portfolios.delete_import(bob.id, second).await?, 0);
    assert_eq!(portfolios.delete_import(ann.id, EARLIER).await?, 0);
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 3);
    assert_eq!(portfolios.delete_import(ann.id, first).await?, 3);
    assert_eq!(
        keys(&**portfolios, ann.id).await?,
        ["kraken:4", "kraken:5", "9"]
    );
    // Whoever has read the entries learns that they have changed, once.
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 4);
    assert_eq!(portfolios.delete_import(ann.id, first).await?, 0);
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 4);
    assert_eq!(keys(&**portfolios, bob.id).await?.len(), 3);
    // The same file may come again, and there is room for it.
    let again = import(ImportId::new(Uuid::now_v7()), 1..=3)?;
    let added = portfolios.add(ann.id, &again, 6).await?;
    assert_eq!(added.map(|ids| ids.len()), Some(3));
    Ok(())
}

pub(crate) async fn imports_of_thousands_are_taken_out_as_a_whole(store: Store) -> Outcome {
    const COUNT: u32 = 1_200;
    let (ann, _) = ann_and_bob(&store).await?;
    let portfolios = &store.portfolios;
    let [large, other] = [Uuid::now_v7(), Uuid::now_v7()].map(ImportId::new);
    let told = import(large, 1..=COUNT)?;
    portfolios.add(ann.id, &told, PLENTY).await?;
    let others = import(other, COUNT + 1..=COUNT + 600)?;
    portfolios.add(ann.id, &others, PLENTY).await?;
    assert_eq!(
        portfolios.delete_import(ann.id, large).await?,
        COUNT as usize
    );
    let left = portfolios.entries(ann.id).await?;
    assert!(left.iter().all(|one| one.told.import_id() == Some(other)));
    assert_eq!(left.len(), 600);
    assert_eq!(portfolios.portfolio(ann.id).await?.revision, 3);
    let added = portfolios.add(ann.id, &told, COUNT + 600).await?;
    assert_eq!(added.map(|ids| ids.len()), Some(COUNT as usize));
    Ok(())
}

pub(crate) async fn one_of_many_takes_an_import_out(store: Store) -> Outcome {
    let (ann, _) = ann_and_bob(&store).await?;
    let id = ImportId::new(Uuid::now_v7());
    store
        .portfolios
        .add(ann.id, &import(id, 1..=4)?, PLENTY)
        .await?;
    let outcomes = race(|_| {
        let portfolios = store.portfolios.clone();
        async move { portfolios.delete_import(ann.id, id).await }
    })
    .await?;
    let removed = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(removed.into_iter().sum::<usize>(), 4);
    assert_eq!(store.portfolios.portfolio(ann.id).await?.revision, 2);
    Ok(())
}
