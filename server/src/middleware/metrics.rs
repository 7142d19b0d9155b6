//! Requests, counted and timed by area and outcome.

use crate::area::Area;
use http::StatusCode;
use metrics::{Counter, Histogram, counter, histogram};
use std::time::Duration;

/// Classes of statuses, by their first digit.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Looked up once: with names and labels, each would cost as much as an answer from memory.
#[derive(Debug)]
pub(crate) struct Metrics {
    requests: [[Counter; CLASSES.len()]; Area::ALL.len()],
    seconds: [Histogram; Area::ALL.len()],
}

impl Metrics {
    /// Registers them with the recorder, which must be set by now.
    pub(crate) fn new() -> Self {
        Self {
            requests: Area::ALL.map(|area| {
                CLASSES.map(|class| {
                    counter!("cryptovault_http_requests_total", "area" => area.as_str(), "status" => class)
                })
            }),
            seconds: Area::ALL
                .map(|area| histogram!("cryptovault_http_request_seconds", "area" => area.as_str())),
        }
    }

    pub(crate) fn count(&self, area: Area, status: StatusCode, elapsed: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        let counters = self.requests.get(area as usize);
        if let Some(counter) = counters.and_then(|counters| counters.get(class)) {
            counter.increment(1);
        }
        if let Some(seconds) = self.seconds.get(area as usize) {
            seconds.record(elapsed);
        }
    }
}
