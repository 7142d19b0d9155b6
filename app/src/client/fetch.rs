//! Requests of the browser.

use crate::error::{AppError, Cause};
use domain::api::{ApiError, ErrorCode};
use leptos::{
    prelude::{ArcRwSignal, Set},
    server_fn::{
        client::{Client, browser::BrowserClient},
        request::browser::BrowserRequest,
        response::{ClientRes, browser::BrowserResponse},
    },
};
use send_wrapper::SendWrapper;
use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::OnceLock,
    task::Poll,
};
use wasm_bindgen_futures::JsFuture;

/// Milliseconds after which a request is given up.
const TIME_LIMIT_MS: i32 = 30_000;

/// Measured on the last finished call of a server function.
#[derive(Debug, Clone, PartialEq)]
pub struct LastCall {
    /// From sending to the first byte of the answer, in milliseconds.
    pub latency_ms: f64,
    /// HTTP status, 0 when there was no answer.
    pub status: u16,
    /// The id both sides log.
    pub request_id: String,
}

/// The last finished call of a server function in this tab.
pub fn last_call() -> ArcRwSignal<Option<LastCall>> {
    static LAST: OnceLock<ArcRwSignal<Option<LastCall>>> = OnceLock::new();
    LAST.get_or_init(|| ArcRwSignal::new(None)).clone()
}

/// `fetch` with a request id, a timestamp, a time limit and typed errors.
#[derive(Debug)]
pub struct ApiClient;

impl Client<AppError> for ApiClient {
    type Request = BrowserRequest;
    type Response = BrowserResponse;

    fn send(
        request: BrowserRequest,
    ) -> impl Future<Output = Result<BrowserResponse, AppError>> + Send {
        SendWrapper::new(async move {
            let id = request_id();
            let started = js_sys::Date::now();
            let headers = request.headers();
            headers.set("X-Request-ID", &id);
            headers.set("X-Request-Timestamp", &format!("{started:.0}"));

            let answer = within_limit(request).await;
            let latency_ms = js_sys::Date::now() - started;
            let status = answer.as_ref().map_or(0, status_of);
            last_call().set(Some(LastCall {
                latency_ms,
                status,
                request_id: id.clone(),
            }));
            let answer = answer.map_err(|error| AppError {
                // What never left this machine stands in no log.
                request_id: (error.cause != Cause::Network).then_some(id),
                ..error
            })?;
            match rate_limit(&answer, status) {
                Some(error) => Err(error),
                None => Ok(answer),
            }
        })
    }

    async fn open_websocket(
        path: &str,
    ) -> Result<
        (
            impl futures_util::Stream<Item = Result<bytes::Bytes, bytes::Bytes>> + Send + 'static,
            impl futures_util::Sink<bytes::Bytes> + Send + 'static,
        ),
        AppError,
    > {
        <BrowserClient as Client<AppError>>::open_websocket(path).await
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        <BrowserClient as Client<AppError>>::spawn(future);
    }
}

fn status_of(answer: &BrowserResponse) -> u16 {
    ClientRes::<AppError>::status(answer)
}

/// Sends, and gives up at the limit. Dropping the request aborts it (`AbortController`).
async fn within_limit(request: BrowserRequest) -> Result<BrowserResponse, AppError> {
    let mut sending = pin!(<BrowserClient as Client<AppError>>::send(request));
    let mut elapsed = pin!(sleep(TIME_LIMIT_MS));
    poll_fn(|context| {
        if let Poll::Ready(answer) = sending.as_mut().poll(context) {
            return Poll::Ready(answer);
        }
        elapsed
            .as_mut()
            .poll(context)
            .map(|()| Err(AppError::in_browser(Cause::Timeout)))
    })
    .await
}

/// Ends after `milliseconds`. A timer that outlives its request only finds nobody waiting.
async fn sleep(milliseconds: i32) {
    let timer = js_sys::Promise::new(&mut |resolve, _reject| {
        // Without a timer the promise stays open, and the request has no limit but the browser's.
        let _started = leptos::prelude::window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    let _elapsed = JsFuture::from(timer).await;
}

/// A 429 of the rate limiter with the wait it asks for.
fn rate_limit(answer: &BrowserResponse, status: u16) -> Option<AppError> {
    if status != ErrorCode::RateLimited.status() {
        return None;
    }
    let headers = answer.generate_headers();
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let error = ApiError::new(
        ErrorCode::RateLimited,
        "You are asking faster than this server allows.",
    );
    Some(AppError {
        retry_after: text("retry-after").and_then(|seconds| seconds.parse().ok()),
        request_id: text("x-request-id").map(str::to_owned),
        ..error.into()
    })
}

/// A random id in the form of a UUID (version 4). It only has to tell requests apart in a log, so
/// `Math.random` will do; `crypto.randomUUID` is missing on plain HTTP.
fn request_id() -> String {
    let part = |bits: u32| {
        let range = f64::from(bits).exp2();
        // Below 2^48, so exact in a double.
        (js_sys::Math::random() * range) as u64
    };
    let variant = 0x8000 | part(14);
    format!(
        "{:08x}-{:04x}-4{:03x}-{variant:04x}-{:012x}",
        part(32),
        part(16),
        part(12),
        part(48)
    )
}
