//! On which ways somebody is told of something.

use crate::store::{Store, StoreError};
use domain::{
    UserId,
    account::Role,
    notification::{Target, Topic},
};

/// The ways on which somebody wants to be told of this, besides the page. Ask it when the news are written.
/// Of somebody who is suspended nothing goes out.
///
/// # Errors
/// When the database fails.
pub(crate) async fn targets(
    store: &Store,
    user: UserId,
    topic: Topic,
) -> Result<Vec<Target>, StoreError> {
    let owner = store.users.by_id(user).await?;
    let Some(owner) = owner.filter(|owner| owner.role != Role::Suspended) else {
        return Ok(Vec::new());
    };
    let mut targets = store.notifications.preferences(user).await?.targets(topic);
    // What they wanted to be told on a way they have not shown to be theirs is kept for when they have.
    targets.retain(|target| match target {
        Target::Email => owner.email_verified && owner.email.is_some(),
        Target::Sms => owner.phone.is_some(),
        Target::Webhook(_) => true,
    });
    let webhooks = store.webhooks.of_user(user).await?;
    let wanting = webhooks.iter().filter(|webhook| webhook.wants(topic));
    targets.extend(wanting.map(|webhook| Target::Webhook(webhook.id)));
    Ok(targets)
}
