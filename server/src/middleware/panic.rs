//! A handler that panics takes down its own request only.

use crate::problem::{Failure, INTERNAL};
use axum::response::{IntoResponse, Response};
use domain::api::{ApiError, ErrorCode};
use futures_util::FutureExt;
use std::{any::Any, future::Future, panic::AssertUnwindSafe};

/// What a panic said, for the log and the error report. Clients never see it.
#[derive(Debug, Clone)]
pub(crate) struct PanicMessage(pub(crate) String);

/// Turns a panic into an answer.
///
/// No `async fn`: its future would have room for the handler's twice, as an argument and as what it waits for.
pub(crate) fn to_500(handler: impl Future<Output = Response>) -> impl Future<Output = Response> {
    // Nothing that the future captured is used after a panic.
    let caught = AssertUnwindSafe(handler).catch_unwind();
    caught.map(|outcome| outcome.unwrap_or_else(|payload| answer(payload.as_ref())))
}

fn answer(payload: &(dyn Any + Send)) -> Response {
    let message = message(payload);
    tracing::error!(panic = message, "a request handler panicked");
    let failure = Failure(ApiError::new(ErrorCode::Internal, INTERNAL));
    let mut response = failure.into_response();
    response.extensions_mut().insert(PanicMessage(message));
    response
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
