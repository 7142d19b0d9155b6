//! Hashing in a pool of its own: at most as many at once as there are cores, a short queue, and
//! beyond it a clear refusal, so that a flood of logins slows down nothing else.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use rand::RngCore;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::available_parallelism,
};
use tokio::sync::Semaphore;

/// OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Waiting for each that is being hashed.
const QUEUE_PER_CORE: usize = 8;
const SALT: usize = 16;
/// Compared with where there is no account, so that this takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$0vSXz/OdkxtEgf9kkjGWjA$p5tUzmkTRuLJHGXbkGaXNAhXgXTnZF9TCHuyh/W+reg";

/// Too many passwords are being checked; try again in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy;

/// What became of a comparison.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Another password.
    Wrong,
    /// The right one; a new hash where the stored one was made with other parameters.
    Right { rehashed: Option<String> },
}

/// Hashes and compares passwords.
#[derive(Clone)]
pub(crate) struct PasswordPool {
    slots: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    /// At work and waiting.
    most: usize,
    argon2: Argon2<'static>,
}

impl fmt::Debug for PasswordPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordPool")
    }
}

impl PasswordPool {
    /// A pool for the cores of this machine.
    ///
    /// # Errors
    /// When the hash can't be computed at all: a mistake of ours.
    pub(crate) fn new() -> Result<Self, argon2::password_hash::Error> {
        let cores = available_parallelism().map_or(1, usize::from);
        Self::with_slots(cores, cores * QUEUE_PER_CORE)
    }

    fn with_slots(slots: usize, most_waiting: usize) -> Result<Self, argon2::password_hash::Error> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Ok(Self {
            slots: Arc::new(Semaphore::new(slots)),
            waiting: Arc::default(),
            most: slots + most_waiting,
            argon2,
        })
    }

    /// Hashes a password for storing, in PHC format.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Busy> {
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        let hashed = self.run(move || hash_now(&argon2, &password)).await?;
        hashed.map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            Busy
        })
    }

    /// Compares a password with a hash. Without a hash it takes as long and is wrong.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<Verdict, Busy> {
        let argon2 = self.argon2.clone();
        let password = password.to_owned();
        let exists = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        self.run(move || verify_now(&argon2, &password, &hash, exists))
            .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let place = Place::take(&self.waiting, self.most)?;
        let slot = Arc::clone(&self.slots)
            .acquire_owned()
            .await
            .map_err(|_| Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        });
        let result = done.await.map_err(|_| Busy);
        drop(place);
        result
    }
}

/// A place in the queue or at work; given back also when the caller goes away.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(waiting: &Arc<AtomicUsize>, most: usize) -> Result<Self, Busy> {
        let taken = waiting.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| {
            (count < most).then_some(count + 1)
        });
        taken.map_err(|_| Busy)?;
        Ok(Self(Arc::clone(waiting)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn hash_now(argon2: &Argon2<'_>, password: &str) -> Result<String, argon2::password_hash::Error> {
    let mut salt = [0; SALT];
    rand::rng().fill_bytes(&mut salt);
    let hash = argon2.hash_password_with_salt(password.as_bytes(), &salt)?;
    Ok(hash.to_string())
}

fn verify_now(argon2: &Argon2<'_>, password: &str, hash: &str, exists: bool) -> Verdict {
    let Ok(parsed) = PasswordHash::new(hash) else {
        tracing::error!("a stored password hash can't be read");
        return Verdict::Wrong;
    };
    let is_right = argon2.verify_password(password.as_bytes(), &parsed).is_ok();
    if !is_right || !exists {
        return Verdict::Wrong;
    }
    let is_current = Params::try_from(&parsed).is_ok_and(|params| {
        (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY_KIB, PASSES, LANES)
    });
    let rehashed = if is_current {
        None
    } else {
        hash_now(argon2, password).ok()
    };
    Verdict::Right { rehashed }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[tokio::test]
    async fn the_right_password_is_found_right() -> Outcome {
        let pool = PasswordPool::with_slots(1, 8)?;
        let hash = pool.hash("correct horse").await?;
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            pool.verify("correct horse", Some(&hash)).await? == Verdict::Right { rehashed: None }
        );
        assert!(pool.verify("correct house", Some(&hash)).await? == Verdict::Wrong);
        assert!(pool.verify("nobody has this password", None).await? == Verdict::Wrong);
        assert!(pool.verify("x", Some("no hash")).await? == Verdict::Wrong);
        Ok(())
    }

    #[tokio::test]
    async fn a_hash_with_other_parameters_is_made_anew() -> Outcome {
        let pool = PasswordPool::with_slots(1, 8)?;
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(1024, 1, 1, None)?,
        );
        let hash = hash_now(&weak, "correct horse")?;
        let Verdict::Right {
            rehashed: Some(hash),
        } = pool.verify("correct horse", Some(&hash)).await?
        else {
            return Err("not made anew".into());
        };
        assert!(
            pool.verify("correct horse", Some(&hash)).await? == Verdict::Right { rehashed: None }
        );
        Ok(())
    }

    #[tokio::test]
    async fn a_flood_is_refused_and_leaves_nothing_behind() -> Outcome {
        let pool = PasswordPool::with_slots(1, QUEUE_PER_CORE)?;
        let tries = (0..40).map(|_| pool.verify("x", None));
        let outcomes = futures_util::future::join_all(tries).await;
        let refused = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        assert_eq!(refused, 40 - QUEUE_PER_CORE - 1);
        assert!(pool.verify("x", None).await.is_ok(), "there is room again");
        Ok(())
    }
}
