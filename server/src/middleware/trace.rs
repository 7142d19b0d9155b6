//! A span for every request, so that each log line in it names the request.

use super::request_id::RequestId;
use crate::area::Area;
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
    area: Area,
    started: Instant,
}

impl Observed {
    pub(crate) fn of(request: &Request, id: &RequestId, area: Area) -> Self {
        Self {
            id: id.clone(),
            method: request.method().clone(),
            path: shorten(request.uri().path()),
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
    pub(crate) fn finish(&self, status: StatusCode) {
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
        let (area, class) = (self.area.as_str(), class(status));
        metrics::counter!("cryptovault_http_requests_total", "area" => area, "status" => class)
            .increment(1);
        metrics::histogram!("cryptovault_http_request_seconds", "area" => area).record(elapsed);
    }
}

/// Escaped, so that no path can look like log lines of its own.
fn shorten(path: &str) -> String {
    let start = path
        .get(..path.floor_char_boundary(MAX_PATH))
        .unwrap_or_default();
    let ellipsis = if start.len() < path.len() { "…" } else { "" };
    format!("{}{ellipsis}", start.escape_debug())
}

const fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use tracing_subscriber::{EnvFilter, layer::SubscriberExt};

    #[test]
    fn an_error_names_its_request_on_every_log_level() {
        let quiet = tracing_subscriber::registry().with(EnvFilter::new("server=error"));
        tracing::subscriber::with_default(quiet, || {
            let request = Request::new(Body::empty());
            let observed = Observed::of(&request, &RequestId::new(), Area::Page);
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
