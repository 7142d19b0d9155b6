//! On which ways people are told of something.

use crate::store::{Store, StoreError, UserRecord};
use domain::{
    UserId,
    account::Role,
    notification::{Preferences, Target, Topic},
};
use std::collections::{BTreeSet, HashMap};

/// The ways on which each of these wants to be told of this, besides the page. Ask it when the news are
/// written. Of somebody who is suspended nothing goes out.
///
/// # Errors
/// When the database fails.
pub(crate) async fn targets(
    store: &Store,
    users: BTreeSet<UserId>,
    topic: Topic,
) -> Result<HashMap<UserId, Vec<Target>>, StoreError> {
    let users: Vec<_> = users.into_iter().collect();
    let owners = store.users.by_ids(&users).await?;
    let owners = owners
        .into_iter()
        .filter(|owner| owner.role != Role::Suspended);
    let owners: HashMap<_, _> = owners.map(|owner| (owner.id, owner)).collect();
    let preferences = store.notifications.preferences_of(&users).await?;
    let webhooks = store.webhooks.of_users(&users).await?;
    let mut all = HashMap::with_capacity(users.len());
    for user in users {
        let owner = owners.get(&user);
        let default = Preferences::default();
        let wanted = preferences.get(&user).unwrap_or(&default);
        all.insert(
            user,
            owner.map_or_else(Vec::new, |owner| shown(owner, wanted, topic)),
        );
    }
    for webhook in webhooks {
        let owner = owners.get(&webhook.user);
        if let Some(targets) = all.get_mut(&webhook.user)
            && owner.is_some()
            && webhook.wants(topic)
        {
            targets.push(Target::Webhook(webhook.id));
        }
    }
    Ok(all)
}

/// What they wanted to be told on a way they have not shown to be theirs is kept for when they have.
fn shown(owner: &UserRecord, wanted: &Preferences, topic: Topic) -> Vec<Target> {
    let mut targets = wanted.targets(topic);
    targets.retain(|target| match target {
        Target::Email => owner.email_verified && owner.email.is_some(),
        Target::Sms => owner.phone.is_some(),
        Target::Webhook(_) => true,
    });
    targets
}
