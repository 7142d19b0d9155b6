//! How we stand with the server, told once per change instead of once per call.

use crate::cache::CacheError;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

const GOOD: u8 = 0;
const SILENT: u8 = 1;
const REFUSED: u8 = 2;

/// Between two times that the refusal of one operation is told. Memory that is just full, say,
/// refuses some calls and grants others in between.
const TOLD_EVERY: Duration = Duration::from_secs(30);

/// What a refusal says of other operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Concerns {
    /// They are refused as well: the password is wrong, say.
    Everything,
    /// Nothing: a right is missing, there is no memory left for values.
    Operation,
}

/// What the calls so far have shown.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The connection that all operations but subscriptions share.
    connection: AtomicU8,
    changed: Mutex<Option<Instant>>,
    operations: Operations,
}

/// A change worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// Nothing works, for a new reason.
    Trouble,
    /// The server answers again.
    Back,
    /// One operation is refused.
    Refused,
    /// It is granted again.
    Granted,
}

impl Standing {
    /// Takes note of a call over the shared connection that began at `asked`, and logs what it
    /// changes. `concerns` is looked at when it was refused.
    pub(super) fn note<T>(
        &self,
        operation: &'static str,
        asked: Instant,
        outcome: &Result<T, CacheError>,
        concerns: Option<Concerns>,
    ) {
        let error = outcome.as_ref().err();
        for news in self.learn(operation, asked, error, concerns) {
            tell(news, operation, error);
        }
    }

    /// Takes note of a call that had a connection of its own: what it met says nothing of the
    /// shared one. While that is in trouble, nothing is told twice.
    pub(super) fn note_apart<T>(&self, operation: &'static str, outcome: &Result<T, CacheError>) {
        let error = outcome.as_ref().err();
        if let Some(news) = self.learn_apart(operation, error) {
            tell(news, operation, error);
        }
    }

    fn learn_apart(&self, operation: &'static str, error: Option<&CacheError>) -> Option<News> {
        if error.is_some() && self.connection.load(Ordering::Relaxed) != GOOD {
            return None;
        }
        self.operations.learn(operation, error.is_none())
    }

    fn learn(
        &self,
        operation: &'static str,
        asked: Instant,
        error: Option<&CacheError>,
        concerns: Option<Concerns>,
    ) -> Vec<News> {
        let connection = match (error, concerns) {
            (Some(CacheError::Unavailable(_)), _) => SILENT,
            (Some(CacheError::Refused(_)), Some(Concerns::Everything)) => REFUSED,
            // A refusal of this one operation is an answer, and so is an unexpected value.
            _ => GOOD,
        };
        let mut news = Vec::new();
        if self.connection_becomes(connection, asked) {
            news.push(if connection == GOOD {
                News::Back
            } else {
                News::Trouble
            });
        }
        if connection == GOOD {
            let granted = !matches!(error, Some(CacheError::Refused(_)));
            news.extend(self.operations.learn(operation, granted));
        }
        news
    }

    /// Whether that is a change. What began before the last one proves nothing: when a connection
    /// is given up, calls over it end in either way for seconds beside those over its successor.
    fn connection_becomes(&self, now: u8, asked: Instant) -> bool {
        // Nearly every call finds it as it was; only a change is worth a write that all cores see.
        if self.connection.load(Ordering::Relaxed) == now {
            return false;
        }
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if changed.is_some_and(|changed| asked < changed) {
            return false;
        }
        *changed = Some(Instant::now());
        self.connection.swap(now, Ordering::Relaxed) != now
    }
}

fn tell(news: News, operation: &'static str, error: Option<&CacheError>) {
    let error = error.map(ToString::to_string).unwrap_or_default();
    match news {
        News::Trouble => tracing::error!("{error}"),
        News::Back => tracing::info!("the cache answers again"),
        News::Refused => tracing::error!(operation, "{error}"),
        News::Granted => tracing::info!(operation, "the cache grants this again"),
    }
}

/// The operations that were ever refused.
#[derive(Debug, Default)]
struct Operations {
    /// How many are refused now. Nearly always none, and then nobody needs the lock.
    refused: AtomicUsize,
    known: Mutex<BTreeMap<&'static str, Refusal>>,
}

#[derive(Debug)]
struct Refusal {
    told: Instant,
    lasts: bool,
}

impl Operations {
    fn learn(&self, operation: &'static str, granted: bool) -> Option<News> {
        if granted && self.refused.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let news = if granted {
            let refusal = known.get_mut(operation)?;
            std::mem::take(&mut refusal.lasts).then_some(News::Granted)
        } else {
            refused_again(&mut known, operation, Instant::now())
        };
        let lasting = known.values().filter(|refusal| refusal.lasts).count();
        self.refused.store(lasting, Ordering::Relaxed);
        news
    }
}

fn refused_again(
    known: &mut BTreeMap<&'static str, Refusal>,
    operation: &'static str,
    now: Instant,
) -> Option<News> {
    let is_known = known
        .get(operation)
        .is_some_and(|refusal| refusal.lasts || now - refusal.told < TOLD_EVERY);
    if is_known {
        return None;
    }
    let refusal = Refusal {
        told: now,
        lasts: true,
    };
    known.insert(operation, refusal);
    Some(News::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    fn unavailable() -> CacheError {
        CacheError::Unavailable("h:1: no answer in time".to_owned())
    }

    fn refused() -> CacheError {
        CacheError::Refused("h:1: NOPERM".to_owned())
    }

    /// What is told of a call that may fail as an operation does.
    fn told(standing: &Standing, operation: &'static str, error: Option<&CacheError>) -> Vec<News> {
        standing.learn(operation, Instant::now(), error, Some(Concerns::Operation))
    }

    #[tokio::test(start_paused = true)]
    async fn an_operation_that_is_refused_beside_others_is_told_once_and_so_is_its_end() {
        let (standing, refused) = (Standing::default(), refused());
        assert_eq!(told(&standing, "get", None), []);
        assert_eq!(told(&standing, "publish", Some(&refused)), [News::Refused]);
        for _ in 0..3 {
            assert_eq!(told(&standing, "get", None), []);
            assert_eq!(told(&standing, "publish", Some(&refused)), []);
            advance(TOLD_EVERY).await;
        }
        assert_eq!(told(&standing, "set", Some(&refused)), [News::Refused]);
        assert_eq!(told(&standing, "publish", None), [News::Granted]);
        assert_eq!(told(&standing, "publish", None), []);
        assert_eq!(told(&standing, "set", None), [News::Granted]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_that_comes_and_goes_is_not_told_with_every_call() {
        let (standing, refused) = (Standing::default(), refused());
        let mut news = Vec::new();
        for _ in 0..100 {
            news.extend(told(&standing, "set", Some(&refused)));
            news.extend(told(&standing, "set", None));
        }
        assert_eq!(news, [News::Refused, News::Granted]);
        advance(TOLD_EVERY).await;
        assert_eq!(told(&standing, "set", Some(&refused)), [News::Refused]);
    }

    #[test]
    fn what_concerns_all_operations_is_told_once_for_all() {
        let (standing, lost, refused) = (Standing::default(), unavailable(), refused());
        let turned_away = |operation| {
            let everything = Some(Concerns::Everything);
            standing.learn(operation, Instant::now(), Some(&refused), everything)
        };
        assert_eq!(told(&standing, "get", Some(&lost)), [News::Trouble]);
        assert_eq!(told(&standing, "set", Some(&lost)), []);
        assert_eq!(turned_away("get"), [News::Trouble]);
        assert_eq!(turned_away("set"), []);
        assert_eq!(told(&standing, "set", None), [News::Back]);
        assert_eq!(told(&standing, "get", None), []);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_end_long_after_a_change_do_not_undo_it() {
        let (standing, lost) = (Standing::default(), unavailable());
        let before = Instant::now();
        advance(Duration::from_secs(1)).await;
        let late = |error| standing.learn("get", before, error, Some(Concerns::Operation));
        assert_eq!(told(&standing, "get", Some(&lost)), [News::Trouble]);
        assert_eq!(late(None), []);
        assert_eq!(told(&standing, "get", None), [News::Back]);
        assert_eq!(late(Some(&lost)), []);
        assert_eq!(told(&standing, "get", None), []);
    }

    #[test]
    fn a_subscription_that_fails_alone_is_told_once_and_with_all_others_never() {
        let (standing, lost) = (Standing::default(), unavailable());
        let subscribed = |error| standing.learn_apart("subscribe", error);
        assert_eq!(told(&standing, "get", Some(&lost)), [News::Trouble]);
        assert_eq!(subscribed(Some(&lost)), None);
        assert_eq!(told(&standing, "get", None), [News::Back]);
        assert_eq!(subscribed(Some(&lost)), Some(News::Refused));
        assert_eq!(subscribed(Some(&lost)), None);
        assert_eq!(told(&standing, "get", None), []);
        assert_eq!(subscribed(None), Some(News::Granted));
    }

    #[test]
    fn an_unexpected_value_after_an_outage_is_an_answer() {
        let (standing, lost) = (Standing::default(), unavailable());
        let unexpected = CacheError::Corrupt("cache:a".to_owned());
        assert_eq!(told(&standing, "get", Some(&unexpected)), []);
        assert_eq!(told(&standing, "get", Some(&lost)), [News::Trouble]);
        assert_eq!(told(&standing, "get", Some(&unexpected)), [News::Back]);
    }

    #[test]
    fn a_refusal_after_an_outage_tells_both() {
        let (standing, lost, refused) = (Standing::default(), unavailable(), refused());
        assert_eq!(told(&standing, "get", Some(&lost)), [News::Trouble]);
        let both = [News::Back, News::Refused];
        assert_eq!(told(&standing, "get", Some(&refused)), both);
    }
}
