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
    let webhooks = store.webhooks.of_user(user).await?;
    let wanting = webhooks.iter().filter(|webhook| webhook.wants(topic));
    targets.extend(wanting.map(|webhook| Target::Webhook(webhook.id)));
    Ok(targets)
}
