//! A span for every request, so that each log line in it names the request.

use super::{metrics::Metrics, request_id::RequestId};
use crate::{area::Area, session::Asker};
use axum::extract::Request;
use http::{Method, StatusCode};
use std::time::Instant;
use tracing::Span;

/// Bytes of a path that are noted: it tells the page, not what somebody writes into our log.
const MAX_PATH: usize = 200;

/// What is noted about a request: never its query or headers, which may hold secrets.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    pub(crate) id: RequestId,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Whoever was recognised meanwhile.
    pub(crate) asker: Option<Asker>,
    area: Area,
    started: Instant,
}

impl Observed {
    pub(crate) fn of(request: &Request, id: &RequestId, area: Area, asker: Option<Asker>) -> Self {
        Self {
            id: id.clone(),
            method: request.method().clone(),
            path: shorten(request.uri().path()),
            asker,
            area,
            started: Instant::now(),
        }
    }

    /// On the highest level: the request's id belongs to its log lines whatever `LOG_LEVEL` is.
    pub(crate) fn span(&self) -> Span {
        tracing::error_span!(
            "request",
            request_id = self.id.as_str(),
            method = self.method.as_str(),
            path = self.path
        )
    }

    /// Whether something went wrong here.
    pub(crate) fn is_failure(&self, status: StatusCode) -> bool {
        status.is_server_error() && !self.is_probe(status)
    }

    /// A health check that says "not ready" has done its work, and logs changes itself.
    fn is_probe(&self, status: StatusCode) -> bool {
        self.area == Area::Machine && status == StatusCode::SERVICE_UNAVAILABLE
    }

    /// Logs and counts the outcome. Successes are logged on level `debug` only: at full speed a
    /// line each would cost more than the answer.
    pub(crate) fn finish(&self, status: StatusCode, metrics: &Metrics) {
        let elapsed = self.started.elapsed();
        let elapsed_ms = elapsed.as_millis() as u64;
        let code = status.as_u16();
        if self.is_failure(status) {
            tracing::error!(status = code, elapsed_ms, "request failed");
        } else if (status.is_client_error() || status.is_server_error()) && !self.is_probe(status) {
            tracing::info!(status = code, elapsed_ms, "request refused");
        } else {
            tracing::debug!(status = code, elapsed_ms, "request answered");
        }
        metrics.count(self.area, status, elapsed);
    }
}

/// Escaped, so that no path can look like log lines of its own.
fn shorten(path: &str) -> String {
    // Nearly always.
    if path.len() <= MAX_PATH && path.bytes().all(needs_no_escape) {
        return path.to_owned();
    }
    let start = path
        .get(..path.floor_char_boundary(MAX_PATH))
        .unwrap_or_default();
    let ellipsis = if start.len() < path.len() { "…" } else { "" };
    format!("{}{ellipsis}", start.escape_debug())
}

const fn needs_no_escape(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use tracing_subscriber::{
        filter::{LevelFilter, Targets},
        layer::SubscriberExt,
    };

    #[test]
    fn an_error_names_its_request_on_every_log_level() {
        let quiet = tracing_subscriber::registry()
            .with(Targets::new().with_target("server", LevelFilter::ERROR));
        tracing::subscriber::with_default(quiet, || {
            let request = Request::new(Body::empty());
            let observed = Observed::of(&request, &RequestId::new(), Area::Page, None);
            assert!(!observed.span().is_disabled());
        });
    }

    #[test]
    fn nobody_fills_the_log_with_a_path() {
        assert_eq!(shorten("/coins/bitcoin"), "/coins/bitcoin");
        let noted = shorten(&format!("/{}", "é".repeat(10_000)));
        assert!(noted.len() <= MAX_PATH + "…".len(), "{}", noted.len());
        assert!(noted.starts_with("/éé") && noted.ends_with('…'), "{noted}");
        assert_eq!(shorten("/a\u{85}b\u{2028}c"), "/a\\u{85}b\\u{2028}c");
    }
}
