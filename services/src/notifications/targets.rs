//! On which ways somebody is told of something.

use crate::store::{Store, StoreError};
use domain::{
    UserId,
    notification::{Target, Topic},
};

/// The ways on which somebody wants to be told of this, besides the page. Ask it when the news are written.
///
/// # Errors
/// When the database fails.
pub(crate) async fn targets(
    store: &Store,
    user: UserId,
    topic: Topic,
) -> Result<Vec<Target>, StoreError> {
    let mut targets = store.notifications.preferences(user).await?.targets(topic);
    if targets.contains(&Target::Sms) && !has_number(store, user).await? {
        targets.retain(|target| *target != Target::Sms);
    }
    let webhooks = store.webhooks.of_user(user).await?;
    let wanting = webhooks.iter().filter(|webhook| webhook.wants(topic));
    targets.extend(wanting.map(|webhook| Target::Webhook(webhook.id)));
    Ok(targets)
}

/// Whether a text message would reach them. What they wanted to be told that way is kept for their next
/// number.
async fn has_number(store: &Store, user: UserId) -> Result<bool, StoreError> {
    let user = store.users.by_id(user).await?;
    Ok(user.is_some_and(|user| user.phone.is_some()))
}
