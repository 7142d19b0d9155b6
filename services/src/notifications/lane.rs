//! What is sent side by side. Messages to servers of the operator's and those to wherever somebody wants
//! them go in lanes of their own, and of one person only so much at a time: whoever doesn't answer holds up
//! nobody else.

use super::outbox::{CLAIM_FOR, Outbox};
use crate::store::{Claim, DeliveryRecord, Lane};
use domain::UserId;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

/// Between two looks at how much is due.
const MEASURE_EVERY: Duration = Duration::from_secs(15);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// What is on its way when the server stops may take so long. The rest is tried again by whoever comes next.
const LAST_WAIT: Duration = Duration::from_secs(3);
/// Mails and the like that are sent at a time.
const MESSAGES: Width = Width {
    together: 16,
    of_one: 4,
};
/// Messages to webhooks that are sent at a time.
const WEBHOOKS: Width = Width {
    together: 64,
    of_one: 4,
};

/// How much goes at a time. All is claimed one by one, because every one that is on its way counts before the
/// next is taken.
#[derive(Clone, Copy)]
struct Width {
    together: usize,
    /// Of one person.
    of_one: usize,
}

/// Sends until `shutdown`.
pub(super) async fn run(outbox: Outbox, shutdown: CancellationToken) {
    let outbox = Arc::new(outbox);
    let messages = Going::new(&outbox, Lane::Messages, MESSAGES);
    let webhooks = Going::new(&outbox, Lane::Webhooks, WEBHOOKS);
    tokio::join!(
        messages.run(shutdown.clone()),
        webhooks.run(shutdown.clone()),
        measure(&outbox, &shutdown)
    );
}

/// Tells operators what is due, until `shutdown`.
async fn measure(outbox: &Outbox, shutdown: &CancellationToken) {
    let mut looks = interval(MEASURE_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = looks.tick() => {}
        }
        for lane in Lane::ALL {
            let now = outbox.clock.now();
            let Ok(backlog) = outbox.store.notifications.backlog(lane, now).await else {
                continue;
            };
            let age = backlog
                .oldest
                .map_or(0.0, |oldest| (now - oldest).as_seconds_f64());
            let waiting = f64::from(u32::try_from(backlog.waiting).unwrap_or(u32::MAX));
            let name = lane.as_str();
            metrics::gauge!("cryptovault_deliveries_due", "lane" => name).set(waiting);
            metrics::gauge!("cryptovault_deliveries_oldest_seconds", "lane" => name).set(age);
        }
    }
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

    /// Takes one that is due and has it sent; tells whether there may be more. First come those of whom
    /// nothing is on its way; and half of all places are for them alone, so that a few people whose receivers
    /// hang take no place away from those who wait for their first.
    async fn take(&mut self) -> bool {
        let mut found = self.claim(self.on_their_way(1)).await;
        let has_room = !self.owners.is_empty() && self.owners.len() < self.width.together / 2;
        if has_room && found.as_ref().is_some_and(Vec::is_empty) {
            found = self.claim(self.on_their_way(self.width.of_one)).await;
        }
        let Some(delivery) = found.and_then(|mut found| found.pop()) else {
            return false;
        };
        let (outbox, owner) = (Arc::clone(&self.outbox), delivery.user);
        let task = self
            .tasks
            .spawn(async move { outbox.see_off(delivery).await });
        self.owners.insert(task.id(), owner);
        true
    }

    /// One that is due and of nobody of these; `None` when it can't be told.
    async fn claim(&self, except: Vec<UserId>) -> Option<Vec<DeliveryRecord>> {
        let now = self.outbox.clock.now();
        let claim = Claim {
            lane: self.lane,
            except,
            now,
            until: now + CLAIM_FOR,
            limit: 1,
        };
        match self.outbox.store.notifications.claim(&claim).await {
            Ok(claimed) => Some(claimed),
            Err(error) => {
                tracing::warn!(%error, "what is to be sent can't be read");
                None
            }
        }
    }

    /// Of whom so many are on their way.
    fn on_their_way(&self, many: usize) -> Vec<UserId> {
        let mut counts = HashMap::new();
        for owner in self.owners.values() {
            *counts.entry(*owner).or_insert(0_usize) += 1;
        }
        let busy = counts.into_iter().filter(|(_, count)| *count >= many);
        busy.map(|(owner, _)| owner).collect()
    }
}
