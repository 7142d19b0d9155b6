//! Counts of the metrics crate, as one thread sees them.

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// A recorder that keeps counters only. Install it with `metrics::set_default_local_recorder`.
#[derive(Debug, Default)]
pub(crate) struct Counted(Mutex<HashMap<Key, Arc<AtomicU64>>>);

impl Counted {
    /// How often the counter with this name and label value was incremented.
    pub(crate) fn of(&self, name: &str, label: &str) -> u64 {
        let counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let matching = counters.iter().filter(|(key, _)| {
            key.name() == name && key.labels().any(|known| known.value() == label)
        });
        matching
            .map(|(_, count)| count.load(Ordering::SeqCst))
            .sum()
    }
}

impl Recorder for Counted {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Counter::from_arc(Arc::clone(counters.entry(key.clone()).or_default()))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
