//! Reads which alerts there are.
//!
//! At first all. Then only what was changed and is not known yet: of the changes within the overlap of
//! clocks only the revisions are looked at again, as often as it is looked.

use super::state::State;
use crate::store::{Alerts, StoreError};
use domain::alert::Turn;
use rust_decimal::Decimal;
use time::OffsetDateTime;

/// Alerts that are read at a time.
const PAGE: usize = 5_000;
/// Revisions that are.
const REVISIONS: u32 = 25_000;

/// Reads the alerts that were changed since the last time, at first all, and tells what turns by that; also
/// when not all could be read.
pub(super) async fn catch_up(
    state: &mut State,
    alerts: &dyn Alerts,
    now: OffsetDateTime,
) -> (Vec<(Turn, Decimal)>, Result<(), StoreError>) {
    let mut turns = Vec::new();
    let read = match state.read.since() {
        None => all(state, alerts, &mut turns).await,
        Some(since) => changes(state, alerts, since, &mut turns).await,
    };
    if read.is_err() {
        return (turns, read);
    }
    state.read.all(now);
    let forgotten = forget_deleted(state, alerts).await;
    (turns, forgotten)
}

async fn all(
    state: &mut State,
    alerts: &dyn Alerts,
    turns: &mut Vec<(Turn, Decimal)>,
) -> Result<(), StoreError> {
    let (mut since, mut after) = (OffsetDateTime::UNIX_EPOCH, None);
    loop {
        let page = alerts.changed_since(since, after, PAGE as u32).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        (since, after) = (last.updated_at, Some(last.alert.id));
        turns.extend(page.into_iter().filter_map(|record| state.take_in(record)));
    }
}

async fn changes(
    state: &mut State,
    alerts: &dyn Alerts,
    mut since: OffsetDateTime,
    turns: &mut Vec<(Turn, Decimal)>,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = alerts.revised_since(since, after, REVISIONS).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        (since, after) = (last.updated_at, Some(last.id));
        for ids in state.unread(&page).chunks(PAGE) {
            let records = alerts.these(ids).await?.into_iter();
            turns.extend(records.filter_map(|record| state.take_in(record)));
        }
    }
}

/// Of whom more is kept than there may be, it is looked what there is.
async fn forget_deleted(state: &mut State, alerts: &dyn Alerts) -> Result<(), StoreError> {
    while let Some(user) = state.known.crowded() {
        let there_are = alerts.of_user(user).await?;
        let there_are = there_are.into_iter().map(|record| record.alert.id);
        for id in state.known.gone(user, &there_are.collect()) {
            state.forget(id);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
