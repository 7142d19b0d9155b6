//! Market lists as bytes, kept until a row changes: the most requested answer is encoded once, not
//! once per request.

use bytes::Bytes;
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

/// Different queries kept at a time. Search texts are endless, memory is not.
const MAX_QUERIES: usize = 128;

/// Encoded lists of one generation of rows, by query string.
#[derive(Debug, Default)]
pub(crate) struct EncodedLists {
    current: RwLock<Generation>,
}

#[derive(Debug, Default)]
struct Generation {
    number: u64,
    by_query: HashMap<Box<str>, Bytes>,
}

impl EncodedLists {
    /// The answer to `query`, if it was made from this generation.
    pub(super) fn get(&self, generation: u64, query: &str) -> Option<Bytes> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        if current.number != generation {
            return None;
        }
        current.by_query.get(query).cloned()
    }

    /// Keeps an answer, and forgets those of older generations.
    pub(super) fn put(&self, generation: u64, query: &str, body: Bytes) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.number < generation {
            current.number = generation;
            current.by_query.clear();
        }
        if current.number != generation {
            return;
        }
        // Whoever asks for many different lists must not keep those that many ask for out for good.
        if current.by_query.len() >= MAX_QUERIES {
            current.by_query.clear();
        }
        current.by_query.insert(query.into(), body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: Bytes = Bytes::from_static(b"{}");

    #[test]
    fn an_answer_lives_as_long_as_its_generation() {
        let lists = EncodedLists::default();
        lists.put(1, "sort=rank", BODY);
        assert_eq!(lists.get(1, "sort=rank"), Some(BODY));
        assert_eq!(lists.get(1, ""), None);
        assert_eq!(lists.get(2, "sort=rank"), None);
        lists.put(2, "", BODY);
        assert_eq!(lists.get(1, "sort=rank"), None);
        assert_eq!(lists.get(2, ""), Some(BODY));
    }

    #[test]
    fn a_late_answer_of_an_older_generation_is_not_kept() {
        let lists = EncodedLists::default();
        lists.put(2, "", BODY);
        lists.put(1, "search=x", BODY);
        assert_eq!(lists.get(1, "search=x"), None);
        assert_eq!(lists.get(2, "search=x"), None);
    }

    #[test]
    fn endless_queries_do_not_take_endless_memory() {
        let lists = EncodedLists::default();
        for number in 0..10 * MAX_QUERIES {
            lists.put(1, &format!("search={number}"), BODY);
        }
        let kept = (0..10 * MAX_QUERIES)
            .filter(|number| lists.get(1, &format!("search={number}")).is_some())
            .count();
        assert_eq!(kept, MAX_QUERIES);
    }
}
