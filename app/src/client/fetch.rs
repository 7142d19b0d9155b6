//! Requests of the browser.

use super::session;
use crate::error::{AppError, Cause};
use domain::api::ErrorCode;
use leptos::{
    prelude::{ArcRwSignal, Set},
    server_fn::{
        client::{Client, browser::BrowserClient},
        error::FromServerFnError,
        request::{
            ClientReq,
            browser::{BrowserRequest, Request},
        },
        response::{ClientRes, browser::BrowserResponse},
    },
};
use send_wrapper::SendWrapper;
use std::{
    future::{Future, poll_fn},
    mem,
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

/// `fetch` with a request id, a timestamp, a time limit and typed errors. A call that finds the access
/// token expired gets new tokens and is sent once more.
#[derive(Debug)]
pub struct ApiClient;

impl Client<AppError> for ApiClient {
    type Request = BrowserRequest;
    type Response = BrowserResponse;

    fn send(
        mut request: BrowserRequest,
    ) -> impl Future<Output = Result<BrowserResponse, AppError>> + Send {
        SendWrapper::new(async move {
            let id = request_id();
            let started = js_sys::Date::now();
            let headers = request.headers();
            headers.set("X-Request-ID", &id);
            headers.set("X-Request-Timestamp", &format!("{started:.0}"));

            session::refresh_under_way().await;
            let copy = copy(&mut request);
            let answer = checked(within_limit(request).await).await;
            let answer = match (answer, copy) {
                (Err(error), Some(copy)) if error.code == ErrorCode::Unauthenticated => {
                    match session::refresh().await {
                        true => checked(within_limit(copy).await).await,
                        false => Err(error),
                    }
                }
                (answer, _) => answer,
            };
            let latency_ms = js_sys::Date::now() - started;
            let status = match &answer {
                Ok(answer) => status_of(answer),
                Err(error) if error.cause == Cause::Server => error.code.status(),
                Err(_) => 0,
            };
            last_call().set(Some(LastCall {
                latency_ms,
                status,
                request_id: id.clone(),
            }));
            answer.map_err(|error| AppError {
                // What never left this machine stands in no log.
                request_id: error
                    .request_id
                    .or((error.cause != Cause::Network).then_some(id)),
                ..error
            })
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

pub(super) fn status_of(answer: &BrowserResponse) -> u16 {
    ClientRes::<AppError>::status(answer)
}

/// Sends, and gives up at the limit. Dropping the request aborts it (`AbortController`).
pub(super) async fn within_limit(request: BrowserRequest) -> Result<BrowserResponse, AppError> {
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

/// An answer that says what went wrong, as the error it is.
async fn checked(answer: Result<BrowserResponse, AppError>) -> Result<BrowserResponse, AppError> {
    let answer = answer?;
    if !(400..=599).contains(&status_of(&answer)) {
        return Ok(answer);
    }
    Err(AppError::de(
        ClientRes::<AppError>::try_into_bytes(answer).await?,
    ))
}

/// The same request once more: a body can be sent only once.
fn copy(request: &mut BrowserRequest) -> Option<BrowserRequest> {
    let mut copy = empty_post("/").ok()?;
    let original: web_sys::Request =
        mem::replace(&mut **request, Request::get("/").build().ok()?).into();
    let same = original.clone();
    **request = original.into();
    *copy = same.ok()?.into();
    Some(copy)
}

/// A POST without a body.
pub(super) fn empty_post(path: &str) -> Result<BrowserRequest, AppError> {
    let json = "application/json";
    <BrowserRequest as ClientReq<AppError>>::try_new_post(path, json, json, String::new())
}

/// A random id in the form of a UUID (version 4). It only has to tell requests apart in a log, so
/// `Math.random` will do; `crypto.randomUUID` is missing on plain HTTP.
pub(crate) fn request_id() -> String {
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
