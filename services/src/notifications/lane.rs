//! What is sent side by side. Messages to servers of the operator's and those to wherever somebody wants
//! them go in lanes of their own, and of one person only so much at a time: whoever doesn't answer holds up
//! nobody else.

use super::outbox::{CLAIM_FOR, Outbox};
use crate::store::{Claim, Lane};
use domain::UserId;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// What is on its way when the server stops may take so long. The rest is tried again by whoever comes next.
const LAST_WAIT: Duration = Duration::from_secs(3);
/// Mails and the like that are sent at a time.
const MESSAGES: Width = Width {
    together: 16,
    of_one: 16,
    at_once: 16,
};
/// Messages to webhooks that are sent at a time. Claimed one by one, because every one that is on its way
/// counts before the next is taken.
const WEBHOOKS: Width = Width {
    together: 64,
    of_one: 4,
    at_once: 1,
};

/// How much goes at a time.
#[derive(Clone, Copy)]
struct Width {
    together: usize,
    /// Of one person.
    of_one: usize,
    /// How much is claimed with one call.
    at_once: usize,
}

/// Sends until `shutdown`.
pub(super) async fn run(outbox: Outbox, shutdown: CancellationToken) {
    let outbox = Arc::new(outbox);
    let messages = Going::new(&outbox, Lane::Messages, MESSAGES);
    let webhooks = Going::new(&outbox, Lane::Webhooks, WEBHOOKS);
    tokio::join!(
        messages.run(shutdown.clone()),
        webhooks.run(shutdown.clone())
    );
}

/// What is on its way in one lane.
struct Going {
    outbox: Arc<Outbox>,
    lane: Lane,
    width: Width,
    tasks: JoinSet<()>,
    /// Whose each of them is.
    owners: HashMap<Id, UserId>,
}

impl Going {
    fn new(outbox: &Arc<Outbox>, lane: Lane, width: Width) -> Self {
        Self {
            outbox: Arc::clone(outbox),
            lane,
            width,
            tasks: JoinSet::new(),
            owners: HashMap::new(),
        }
    }

    async fn run(mut self, shutdown: CancellationToken) {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = looks.tick() => {}
                Some(ended) = self.tasks.join_next_with_id() => self.over(ended),
            }
            while !shutdown.is_cancelled() && self.owners.len() < self.width.together {
                if !self.take().await {
                    break;
                }
            }
        }
        let rest = async { while self.tasks.join_next().await.is_some() {} };
        // What is left is claimed for a while, and then somebody else's.
        let _ended = timeout(LAST_WAIT, rest).await;
    }

    fn over(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match &ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        self.owners.remove(&id);
    }

    /// Takes what is due and has it sent; tells whether there may be more.
    async fn take(&mut self) -> bool {
        let free = self.width.together.saturating_sub(self.owners.len());
        let now = self.outbox.clock.now();
        let claim = Claim {
            lane: self.lane,
            except: self.busy(),
            now,
            until: now + CLAIM_FOR,
            limit: u32::try_from(free.min(self.width.at_once)).unwrap_or(u32::MAX),
        };
        let claimed = match self.outbox.store.notifications.claim(&claim).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "what is to be sent can't be read");
                return false;
            }
        };
        let found = !claimed.is_empty();
        for delivery in claimed {
            let (outbox, owner) = (Arc::clone(&self.outbox), delivery.user);
            let task = self
                .tasks
                .spawn(async move { outbox.see_off(delivery).await });
            self.owners.insert(task.id(), owner);
        }
        found
    }

    /// Of whom enough is on its way.
    fn busy(&self) -> Vec<UserId> {
        let mut counts = HashMap::new();
        for owner in self.owners.values() {
            *counts.entry(*owner).or_insert(0_usize) += 1;
        }
        let busy = counts
            .into_iter()
            .filter(|(_, count)| *count >= self.width.of_one);
        busy.map(|(owner, _)| owner).collect()
    }
}
