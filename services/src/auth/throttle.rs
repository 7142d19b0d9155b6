//! Failed proofs of who is there: after five within a quarter of an hour the next tries wait, longer
//! each time.
//!
//! A device that has signed in before is not held up with the right password (only wrong ones are
//! refused), unless it has failed far more often than its owner would.
//!
//! Counted in the cache, so that several servers count together, by account and not by address: the
//! address has a limit of its own. An account nobody has is counted alike. A session or a device that
//! has signed in before is counted by itself, so that a thief or a stranger holds nobody else up; all
//! of an account's together are counted as well, more patiently. While the cache does not answer, each
//! server counts alone: taking the cache down neither lifts the limit nor locks everybody out.

use super::{
    AuthError,
    keys::{Keys, Use, hex},
};
use crate::{
    cache::{Cache, CacheError, MemoryCache},
    clock::Clock,
};
use bytes::Bytes;
use domain::UserId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};
use time::OffsetDateTime;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Failures are counted in pieces of 5 minutes: four of them are never less than a quarter of an hour.
const PIECE: Duration = Duration::from_secs(5 * 60);
const PIECES: u32 = 4;
const FREE_FAILURES: u64 = 5;
/// Of an account as a whole: more than one that waits each time can reach.
const FREE_FAILURES_TOGETHER: u64 = 25;
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

/// Whose failures are counted.
#[derive(Debug, Clone)]
pub(super) struct Guesser {
    /// Its own, which a success forgets.
    own: Limit,
    /// Those it shares with others, or that no success forgets.
    more: Vec<Limit>,
}

/// Failures that are counted together.
#[derive(Debug, Clone)]
struct Limit {
    name: String,
    free: u64,
    holds_up: HoldsUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HoldsUp {
    Everything,
    /// A right proof is taken all the same.
    WrongProofs,
}

impl Limit {
    const fn new(name: String, free: u64, holds_up: HoldsUp) -> Self {
        Self {
            name,
            free,
            holds_up,
        }
    }
}

impl Guesser {
    /// Counted by itself alone.
    pub(super) const fn alone(name: String) -> Self {
        Self {
            own: Limit::new(name, FREE_FAILURES, HoldsUp::Everything),
            more: Vec::new(),
        }
    }

    /// A device that has signed in to the account before.
    pub(super) fn known(user: UserId, device: String) -> Self {
        let in_all = format!("{device}:in all");
        let together = format!("known devices:{user}");
        Self {
            own: Limit::new(device, FREE_FAILURES, HoldsUp::WrongProofs),
            more: vec![
                Limit::new(in_all, FREE_FAILURES_TOGETHER, HoldsUp::Everything),
                Limit::new(together, FREE_FAILURES_TOGETHER, HoldsUp::WrongProofs),
            ],
        }
    }

    /// One of several at the same account who can show the same thing: `what`.
    pub(super) fn one_of(what: &str, user: UserId, one: Option<&str>) -> Self {
        let together = format!("{what}:{user}");
        let own = format!("{together}:{}", one.unwrap_or("stranger"));
        let everything = HoldsUp::Everything;
        Self {
            own: Limit::new(own, FREE_FAILURES, everything),
            more: vec![Limit::new(together, FREE_FAILURES_TOGETHER, everything)],
        }
    }

    fn limits(&self) -> impl Iterator<Item = &Limit> {
        std::iter::once(&self.own).chain(&self.more)
    }
}

/// The name of everybody who signs in with an address from a device that is not known.
pub(super) fn of_account(email: &str) -> String {
    format!("account:{email}")
}

/// Counts failures.
#[derive(Debug, Clone)]
pub(super) struct Throttle {
    cache: Arc<dyn Cache>,
    /// Counts while the cache does not.
    own: Arc<dyn Cache>,
    clock: Clock,
    keys: Keys,
    turns: Turns,
}

/// Who is trying right now, by name.
type Turns = Arc<Mutex<HashMap<String, Weak<AsyncMutex<()>>>>>;

/// The right to make one try. Kept until its outcome is counted.
#[derive(Debug)]
#[must_use]
pub(super) struct Turn {
    #[expect(dead_code, reason = "dropping it lets the next one try")]
    lock: OwnedMutexGuard<()>,
    wait: Option<Duration>,
}

impl Turn {
    /// What a wrong proof is answered with: `refusal`, or that tries have to wait.
    pub(super) fn refused(&self, refusal: AuthError) -> AuthError {
        self.wait.map_or(refusal, AuthError::Throttled)
    }
}

impl Throttle {
    pub(super) fn new(cache: Arc<dyn Cache>, clock: Clock, keys: Keys) -> Self {
        let own: Arc<dyn Cache> = Arc::new(MemoryCache::default());
        Self {
            cache,
            own,
            clock,
            keys,
            turns: Turns::default(),
        }
    }

    /// The name under which `who` is counted; an address does not stand in the cache in clear.
    fn name(&self, who: &str) -> String {
        let digest = self.keys.current.mac(Use::Throttle, &[who.as_bytes()]);
        hex(&digest[..16])
    }

    /// Waits for the tries of `who` before this one to be counted, and refuses while they have to wait:
    /// many tries at once are as many tries as one after the other.
    pub(super) async fn turn(&self, who: &Guesser) -> Result<Turn, AuthError> {
        let lock = self.lock_of(&who.own.name).lock_owned().await;
        let wait = self.check(who).await?;
        Ok(Turn { lock, wait })
    }

    fn lock_of(&self, name: &str) -> Arc<AsyncMutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = turns.get(name).and_then(Weak::upgrade) {
            return lock;
        }
        turns.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        turns.insert(name.to_owned(), Arc::downgrade(&lock));
        lock
    }

    /// Refuses while `who` has to wait; tells how long only wrong proofs have to.
    async fn check(&self, who: &Guesser) -> Result<Option<Duration>, AuthError> {
        let mut of_wrong_proofs = None;
        for limit in who.limits() {
            match (self.wait(&limit.name).await?, limit.holds_up) {
                (Some(wait), HoldsUp::Everything) => return Err(AuthError::Throttled(wait)),
                (wait, _) => of_wrong_proofs = of_wrong_proofs.max(wait),
            }
        }
        Ok(of_wrong_proofs)
    }

    /// How long `name` has to wait.
    async fn wait(&self, name: &str) -> Result<Option<Duration>, AuthError> {
        let name = self.name(name);
        let until = match until(&*self.cache, &name).await {
            Ok(until) => until,
            Err(_) => until(&*self.own, &name).await?,
        };
        let left = until.map(|until| until - self.clock.now());
        let left = left.and_then(|left| Duration::try_from(left).ok());
        Ok(left.filter(|left| !left.is_zero()))
    }

    /// Counts a failure.
    pub(super) async fn failed(&self, who: &Guesser) -> Result<(), AuthError> {
        let now = self.clock.now();
        for limit in who.limits() {
            let (name, free) = (self.name(&limit.name), limit.free);
            if let Err(error) = count(&*self.cache, &name, free, now).await {
                tracing::warn!(%error, "failed sign-ins are counted by this server alone");
                count(&*self.own, &name, free, now).await?;
            }
        }
        Ok(())
    }

    /// Counts something that happens, and tells how often it has within `window`.
    pub(super) async fn occurrence(&self, what: &str, window: Duration) -> Result<u64, AuthError> {
        let key = format!("ratelimit:occurred:{}", self.name(what));
        let counted = match self.cache.increment(&key, window).await {
            Ok(counted) => counted,
            Err(_) => self.own.increment(&key, window).await?,
        };
        Ok(counted.value)
    }

    /// Forgets the failures of `who`, but not those of the whole account.
    pub(super) async fn succeeded(&self, who: &Guesser) -> Result<(), AuthError> {
        let (name, now) = (self.name(&who.own.name), self.clock.now());
        forget(&*self.own, &name, now).await?;
        if let Err(error) = forget(&*self.cache, &name, now).await {
            tracing::debug!(%error, "failed sign-ins are not forgotten in the cache");
        }
        Ok(())
    }
}

fn wait_key(name: &str) -> String {
    format!("ratelimit:wait:{name}")
}

/// Where the failures of a piece of time are counted, the present one first.
fn failures_keys(name: &str, now: OffsetDateTime) -> impl Iterator<Item = String> {
    let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
    let piece = seconds / PIECE.as_secs();
    (0..u64::from(PIECES))
        .map(move |back| format!("ratelimit:failures:{name}:{}", piece.saturating_sub(back)))
}

/// When `name` may try again.
async fn until(cache: &dyn Cache, name: &str) -> Result<Option<OffsetDateTime>, CacheError> {
    let text = cache.get(&wait_key(name)).await?;
    let nanos: Option<i128> = number(text);
    Ok(nanos.and_then(|nanos| OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()))
}

async fn count(
    cache: &dyn Cache,
    name: &str,
    free: u64,
    now: OffsetDateTime,
) -> Result<(), CacheError> {
    let mut failures = 0;
    for (back, key) in failures_keys(name, now).enumerate() {
        failures += match back {
            0 => cache.increment(&key, PIECE * PIECES).await?.value,
            _ => number(cache.get(&key).await?).unwrap_or_default(),
        };
    }
    let wait = wait_after(failures, free);
    if wait.is_zero() {
        return Ok(());
    }
    let until = (now + wait).unix_timestamp_nanos().to_string();
    cache.set(&wait_key(name), Bytes::from(until), wait).await
}

fn number<T: std::str::FromStr>(text: Option<Bytes>) -> Option<T> {
    std::str::from_utf8(&text?).ok()?.parse().ok()
}

async fn forget(cache: &dyn Cache, name: &str, now: OffsetDateTime) -> Result<(), CacheError> {
    for key in failures_keys(name, now) {
        cache.remove(&key).await?;
    }
    cache.remove(&wait_key(name)).await
}

fn wait_after(failures: u64, free: u64) -> Duration {
    let Some(beyond) = failures.checked_sub(free) else {
        return Duration::ZERO;
    };
    let doublings = u32::try_from(beyond).unwrap_or(u32::MAX);
    let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(factor).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use uuid::Uuid;

    #[test]
    fn waiting_doubles_up_to_five_minutes() {
        let waits: Vec<u64> = (1..=13)
            .map(|failures| wait_after(failures, FREE_FAILURES).as_secs())
            .collect();
        assert_eq!(waits, [0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(wait_after(u64::MAX, FREE_FAILURES), LONGEST_WAIT);
    }

    #[tokio::test]
    async fn many_tries_at_once_are_as_many_as_one_after_the_other() -> Result<(), AuthError> {
        let cache: Arc<dyn Cache> = Arc::new(MemoryCache::default());
        let keys = Keys::new(&Secret::new("a".repeat(32)), None);
        let throttle = Throttle::new(cache, Clock::manual(), keys);
        let who = Guesser::alone("ann".to_owned());
        let tries = (0..50).map(|_| async {
            let _turn = throttle.turn(&who).await?;
            // The proof is looked at meanwhile.
            tokio::task::yield_now().await;
            throttle.failed(&who).await
        });
        let outcomes = futures_util::future::join_all(tries).await;
        let made = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(u64::try_from(made).ok(), Some(FREE_FAILURES));
        Ok(())
    }

    #[tokio::test]
    async fn devices_are_counted_apart_and_all_of_an_account_together() -> Result<(), AuthError> {
        let cache: Arc<dyn Cache> = Arc::new(MemoryCache::default());
        let keys = Keys::new(&Secret::new("a".repeat(32)), None);
        let throttle = Throttle::new(cache, Clock::manual(), keys);
        let user = UserId::new(Uuid::now_v7());
        let one = |number: u64| {
            let device = number.to_string();
            Guesser::one_of("code", user, Some(&device))
        };
        let waits = async |who: &Guesser| {
            let checked = throttle.check(who).await;
            matches!(checked, Err(AuthError::Throttled(_)))
        };
        for _ in 0..FREE_FAILURES {
            throttle.failed(&one(0)).await?;
        }
        let stranger = Guesser::one_of("code", user, None);
        assert!(waits(&one(0)).await);
        assert!(!waits(&one(1)).await && !waits(&stranger).await);
        throttle.succeeded(&one(0)).await?;
        assert!(!waits(&one(0)).await);
        for device in FREE_FAILURES..FREE_FAILURES_TOGETHER {
            assert!(!waits(&one(device)).await, "{device}");
            throttle.failed(&one(device)).await?;
        }
        assert!(waits(&one(0)).await && waits(&stranger).await);
        // What they tried elsewhere holds nobody up.
        let other = UserId::new(Uuid::now_v7());
        assert!(!waits(&Guesser::one_of("code", other, None)).await);
        assert!(!waits(&Guesser::one_of("password", user, None)).await);
        Ok(())
    }
}
