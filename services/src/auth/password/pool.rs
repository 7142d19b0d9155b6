//! Hashing and judging in threads of their own: as many as there are cores, a short queue, and
//! beyond it a clear refusal. The threads run only when nothing else wants to, so that a flood of
//! logins slows down nothing else.

use super::{check_strength, priority::give_way};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::{
    account::{Email, MAX_PASSWORD_CHARS, Name},
    api::FieldError,
};
use rand::RngCore;
use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};
use tokio::sync::oneshot;

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

type Job = Box<dyn FnOnce() + Send>;

/// Hashes and compares passwords. Its threads end with the last copy of it.
#[derive(Clone)]
pub(crate) struct PasswordPool {
    /// As long as the queue may be.
    jobs: SyncSender<Job>,
    /// Those that nobody has begun.
    waiting: Arc<AtomicUsize>,
    most_waiting: usize,
    argon2: Argon2<'static>,
}

/// Why there is no pool.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The hash can't be computed at all: a mistake of ours.
    #[error("the password hash can't be computed: {0}")]
    Hash(#[from] argon2::password_hash::Error),
    /// The system gives no threads.
    #[error("threads for password hashing can't be started: {0}")]
    Threads(#[from] io::Error),
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
    /// [`PoolError`].
    pub(crate) fn new() -> Result<Self, PoolError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::with_threads(cores, cores * QUEUE_PER_CORE)
    }

    fn with_threads(threads: usize, most_waiting: usize) -> Result<Self, PoolError> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None);
        let params = params.map_err(argon2::password_hash::Error::from)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let (jobs, queue) = sync_channel(most_waiting);
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..threads {
            let queue = Arc::clone(&queue);
            let thread = thread::Builder::new().name(format!("password-{number}"));
            thread.spawn(move || work_off(&queue))?;
        }
        Ok(Self {
            jobs,
            waiting: Arc::default(),
            most_waiting,
            argon2,
        })
    }

    /// How many wait, and how many may.
    pub(crate) fn queue(&self) -> (usize, usize) {
        (self.waiting.load(Ordering::Relaxed), self.most_waiting)
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

    /// Judges a new password as [`check_strength`] does, which takes milliseconds.
    pub(crate) async fn judge(
        &self,
        field: &str,
        password: &str,
        email: Option<&Email>,
        name: &Name,
    ) -> Result<Result<(), FieldError>, Busy> {
        let (field, password) = (field.to_owned(), password.to_owned());
        let (email, name) = (email.cloned(), name.clone());
        self.run(move || check_strength(&field, &password, email.as_ref(), &name))
            .await
    }

    /// Compares a password with a hash. Without a hash it takes as long and is wrong; so is a password
    /// that is longer than any may be, whose length costs nothing.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<Verdict, Busy> {
        let argon2 = self.argon2.clone();
        let is_too_long = password.chars().nth(MAX_PASSWORD_CHARS).is_some();
        let hash = hash.filter(|_| !is_too_long);
        let password = if is_too_long { "" } else { password };
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
        let (reply, answer) = oneshot::channel();
        let waiting = Arc::clone(&self.waiting);
        let job = move || {
            waiting.fetch_sub(1, Ordering::Relaxed);
            // Nobody waits any longer for whom went away.
            if !reply.is_closed() {
                let _gone = reply.send(work());
            }
        };
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if self.jobs.try_send(Box::new(job)).is_err() {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Busy);
        }
        answer.await.map_err(|_| Busy)
    }
}

/// Does what is in the queue until nobody can add to it any more.
fn work_off(queue: &Mutex<Receiver<Job>>) {
    give_way();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("hashing a password panicked");
        }
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
        let pool = PasswordPool::with_threads(1, 8)?;
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
    async fn a_password_longer_than_any_may_be_is_not_hashed() -> Outcome {
        let pool = PasswordPool::with_threads(1, 8)?;
        let longest = "é".repeat(128);
        let hash = pool.hash(&longest).await?;
        assert!(pool.verify(&longest, Some(&hash)).await? == Verdict::Right { rehashed: None });
        // As if one that is too long had been set.
        for too_long in [longest + "e", String::new()] {
            let hash = hash_now(&pool.argon2, &too_long)?;
            let right = pool.verify(&too_long, Some(&hash)).await? != Verdict::Wrong;
            assert_eq!(right, too_long.is_empty());
        }
        let hash = pool.hash("").await?;
        assert!(pool.verify(&"x".repeat(129), Some(&hash)).await? == Verdict::Wrong);
        Ok(())
    }

    #[tokio::test]
    async fn judging_takes_its_place_in_the_queue() -> Outcome {
        let pool = PasswordPool::with_threads(1, 1)?;
        let name = Name::parse("Ann")?;
        let judge = |password: &'static str| pool.judge("password", password, None, &name);
        assert!(judge("correct horse battery staple").await?.is_ok());
        assert!(judge("passwordpassword").await?.is_err());
        let (open, closed) = sync_channel::<()>(0);
        let (begun, begins) = oneshot::channel();
        let mut working = Box::pin(pool.run(move || {
            let _seen = begun.send(());
            closed.recv()
        }));
        let _pending = futures_util::poll!(&mut working);
        begins.await?;
        let mut waiting = Box::pin(judge("passwordpassword"));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert_eq!(judge("passwordpassword").await, Err(Busy));
        drop(open);
        assert!(waiting.await?.is_err());
        Ok(())
    }

    #[tokio::test]
    async fn a_hash_with_other_parameters_is_made_anew() -> Outcome {
        let pool = PasswordPool::with_threads(1, 8)?;
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
        let pool = PasswordPool::with_threads(1, QUEUE_PER_CORE)?;
        let tries = (0..40).map(|_| pool.verify("x", None));
        let outcomes = futures_util::future::join_all(tries).await;
        let refused = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        // The queue, and what the thread has taken from it meanwhile.
        assert!(
            (40 - QUEUE_PER_CORE - 2..=40 - QUEUE_PER_CORE).contains(&refused),
            "{refused}"
        );
        assert!(pool.verify("x", None).await.is_ok(), "there is room again");
        Ok(())
    }

    #[tokio::test]
    async fn as_many_are_hashed_at_once_as_there_are_cores_and_no_more() -> Outcome {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let all = cores * (1 + QUEUE_PER_CORE);
        let pool = PasswordPool::new()?;
        let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
        let (end, ends) = sync_channel::<()>(all);
        let ends = Arc::new(Mutex::new(ends));
        let mut working = Vec::new();
        for number in 0..all {
            let (begun, ends) = (begun.clone(), Arc::clone(&ends));
            let mut job = Box::pin(pool.run(move || {
                let _seen = begun.send(());
                let _ended = ends.lock().unwrap_or_else(PoisonError::into_inner).recv();
            }));
            assert!(
                futures_util::poll!(&mut job).is_pending(),
                "{number} of {all}"
            );
            working.push(job);
            if number < cores {
                // Each core takes one, before the queue is filled.
                begins.recv().await.ok_or("none begins")?;
            }
        }
        assert_eq!(
            pool.verify("x", None).await.err(),
            Some(Busy),
            "the queue is full"
        );
        for ended in 1..=all {
            // Only where one has ended another one begins.
            assert!(begins.is_empty(), "{cores} cores, {ended}");
            end.send(())?;
            if ended + cores <= all {
                begins.recv().await.ok_or("none begins")?;
            }
        }
        futures_util::future::join_all(working).await;
        Ok(())
    }

    #[tokio::test]
    async fn a_panic_and_callers_who_went_away_do_not_stop_the_pool() -> Outcome {
        let pool = PasswordPool::with_threads(1, QUEUE_PER_CORE)?;
        #[expect(clippy::panic, reason = "what is tested")]
        let broken = pool.run(|| -> () { panic!("on purpose") }).await;
        assert_eq!(broken, Err(Busy));
        for _ in 0..3 * QUEUE_PER_CORE {
            let mut gone = Box::pin(pool.verify("x", None));
            let _pending = futures_util::poll!(&mut gone);
        }
        // Their places in the queue are given back without any work.
        let hash = loop {
            match pool.hash("correct horse").await {
                Ok(hash) => break hash,
                Err(Busy) => tokio::task::yield_now().await,
            }
        };
        assert!(
            pool.verify("correct horse", Some(&hash)).await? == Verdict::Right { rehashed: None }
        );
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn hashing_gives_way_to_everything_else() -> Outcome {
        let pool = PasswordPool::with_threads(1, QUEUE_PER_CORE)?;
        use thread_priority::{NormalThreadSchedulePolicy, ThreadSchedulePolicy};
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        let hashing = pool.run(thread_priority::thread_schedule_policy).await?;
        assert_eq!(hashing.map_err(|error| error.to_string())?, idle);
        let own = thread_priority::thread_schedule_policy();
        assert_ne!(own.map_err(|error| error.to_string())?, idle);
        Ok(())
    }
}
