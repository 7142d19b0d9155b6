//! How much one request may send.

use axum::body::{Body, Bytes, HttpBody};
use domain::api::{ApiError, ErrorCode};
use http::{HeaderMap, Request, header};
use http_body_util::{BodyExt, Limited};
use services::{config::LimitsConfig, portfolio::import::MOST_BYTES};
use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

/// Whether a streamed body turned out too large. Whoever read it only saw an error; the answer is
/// replaced at the edge.
#[derive(Debug, Clone)]
pub(crate) struct Overrun {
    happened: Arc<AtomicBool>,
    body: Shared,
}

impl Overrun {
    pub(crate) fn happened(&self) -> bool {
        self.happened.load(Ordering::Relaxed)
    }

    /// What is left of the body.
    pub(crate) fn rest(self) -> Body {
        Body::new(self.body)
    }
}

/// What is read of a file that was refused, at most: 64 MiB, for ten seconds.
const MOST_DRAINED: usize = 64 * 1024 * 1024;
const LONGEST_DRAINED: Duration = Duration::from_secs(10);

/// Whether what a refused request still sends is read: where files are sent, unless the sender waits to be told
/// to go on.
pub(crate) fn is_drained(request: &Request<Body>) -> bool {
    let waits = request.headers().contains_key(header::EXPECT);
    FILES.contains(&request.uri().path()) && !waits
}

/// Reads on and throws away what somebody is still sending, so that a browser comes to read why it was refused:
/// of a connection that is closed while it sends it says only that it was closed. Bounded in bytes, and in time
/// by `limit` as well: whoever sends slowly or without end has nothing of it.
pub(crate) async fn drain(body: Body, limit: Duration) {
    drain_until(body, tokio::time::sleep(longest(limit))).await;
}

/// How long that may take.
fn longest(limit: Duration) -> Duration {
    limit.min(LONGEST_DRAINED)
}

/// The same until something else has happened.
async fn drain_until(mut body: Body, end: impl Future<Output = ()>) {
    let read = async {
        let mut left = MOST_DRAINED;
        while let Some(Ok(frame)) = body.frame().await {
            let size = frame.data_ref().map_or(0, Bytes::len);
            let Some(rest) = left.checked_sub(size) else {
                return;
            };
            left = rest;
        }
    };
    tokio::select! {
        () = read => {}
        () = end => {}
    }
}

/// Where files are sent: to the API, and in a form.
const FILES: [&str; 2] = ["/api/portfolio/import", "/_fn/portfolio/import"];

/// What a form adds to the file in it.
const FORM_BYTES: usize = 16 * 1024;

/// What a request to this path may send: files are larger than forms.
pub(crate) fn most(path: &str, limits: &LimitsConfig) -> usize {
    let [plain, form] = FILES;
    if path == plain {
        MOST_BYTES.max(limits.body_bytes)
    } else if path == form {
        (MOST_BYTES + FORM_BYTES).max(limits.body_bytes)
    } else {
        limits.body_bytes
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
    let (parts, body) = request.into_parts();
    let overrun = Overrun {
        happened: Arc::default(),
        body: Shared(Arc::new(Mutex::new(body))),
    };
    let body = Body::new(Watched {
        inner: Limited::new(overrun.body.clone(), limit),
        happened: Arc::clone(&overrun.happened),
    });
    (Request::from_parts(parts, body), Some(overrun))
}

/// A body that can be read on after whoever had it has given it up.
#[derive(Debug, Clone)]
struct Shared(Arc<Mutex<Body>>);

impl Shared {
    fn body(&self) -> std::sync::MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut *self.body()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body().size_hint()
    }
}

struct Watched {
    inner: Limited<Shared>,
    happened: Arc<AtomicBool>,
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
            self.happened.store(true, Ordering::Relaxed);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::{pending, ready},
        pin::pin,
        sync::atomic::AtomicUsize,
        task::Waker,
    };

    /// Sends pieces of a mebibyte without end, or nothing at all; counts what was taken.
    struct Sender {
        is_silent: bool,
        taken: Arc<AtomicUsize>,
    }

    const PIECE: usize = 1024 * 1024;

    impl HttpBody for Sender {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
            if self.is_silent {
                return Poll::Pending;
            }
            self.taken.fetch_add(PIECE, Ordering::Relaxed);
            let piece = Bytes::from_static(&[b'x'; PIECE]);
            Poll::Ready(Some(Ok(hyper::body::Frame::data(piece))))
        }
    }

    /// Whether reading is over at once, and how much was taken.
    fn drained(is_silent: bool, end: impl Future<Output = ()>) -> (bool, usize) {
        let taken = Arc::<AtomicUsize>::default();
        let body = Body::new(Sender {
            is_silent,
            taken: Arc::clone(&taken),
        });
        let drained = pin!(drain_until(body, end)).poll(&mut Context::from_waker(Waker::noop()));
        (drained.is_ready(), taken.load(Ordering::Relaxed))
    }

    /// Else each holds a connection and what belongs to it for as long as they like.
    #[test]
    fn whoever_sends_nothing_more_is_waited_for_until_time_is_up() {
        assert_eq!(drained(true, pending()), (false, 0), "there is time yet");
        assert_eq!(drained(true, ready(())), (true, 0));
    }

    #[test]
    fn time_is_up_after_ten_seconds_or_when_requests_must_be_answered() {
        let seconds = Duration::from_secs;
        assert_eq!(longest(seconds(60)), seconds(10));
        assert_eq!(longest(seconds(5)), seconds(5));
    }

    /// Else they have the server work for as long as they send.
    #[test]
    fn of_what_comes_without_end_so_much_is_read() {
        let (is_over, taken) = drained(false, pending());
        assert!(is_over);
        assert!(taken <= MOST_DRAINED + PIECE, "{taken} bytes were taken");
    }
}
