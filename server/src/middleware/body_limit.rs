//! How much one request may send.

use axum::body::{Body, Bytes, HttpBody};
use domain::api::{ApiError, ErrorCode};
use http::{HeaderMap, Request, header};
use http_body_util::Limited;
use services::{config::LimitsConfig, portfolio::import::MOST_BYTES};
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

/// Whether a streamed body turned out too large. Whoever read it only saw an error; the answer is
/// replaced at the edge.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrun(Arc<AtomicBool>);

impl Overrun {
    pub(crate) fn happened(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a form adds to the file in it.
const FORM_BYTES: usize = 16 * 1024;

/// What a request to this path may send: files are larger than forms.
pub(crate) fn most(path: &str, limits: &LimitsConfig) -> usize {
    match path {
        "/api/portfolio/import" => MOST_BYTES.max(limits.body_bytes),
        // The same file in a form.
        "/_fn/portfolio/import" => (MOST_BYTES + FORM_BYTES).max(limits.body_bytes),
        _ => limits.body_bytes,
    }
}

/// The refusal.
pub(crate) fn too_large(limit: usize) -> ApiError {
    const MEBI: usize = 1024 * 1024;
    let most = match limit / MEBI {
        0 => format!("{limit} bytes"),
        mebi => format!("{mebi} MiB"),
    };
    let detail = format!("What you sent is too large: at most {most} are taken.");
    ApiError::new(ErrorCode::PayloadTooLarge, detail)
}

/// Whether the announced length is already too much.
pub(crate) fn announced_too_large(headers: &HeaderMap, limit: usize) -> bool {
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > limit as u64)
}

/// Cuts a body at `limit` bytes, whatever its sender announced. Requests without a body stay as
/// they are.
pub(crate) fn limit(request: Request<Body>, limit: usize) -> (Request<Body>, Option<Overrun>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let overrun = Overrun::default();
    let guard = overrun.clone();
    let request = request.map(|body| {
        Body::new(Watched {
            inner: Limited::new(body, limit),
            overrun: guard,
        })
    });
    (request, Some(overrun))
}

struct Watched {
    inner: Limited<Body>,
    overrun: Overrun,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if let Poll::Ready(Some(Err(error))) = &polled
            && error.is::<http_body_util::LengthLimitError>()
        {
            self.overrun.0.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.inner.size_hint()
    }
}
