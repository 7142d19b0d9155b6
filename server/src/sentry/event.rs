//! What a report says.

use crate::{
    middleware::{panic::PanicMessage, request_id::RequestId, trace::Observed},
    rest::BrowserPanic,
};
use http::StatusCode;
use sentry_types::protocol::v7::{Event, Exception, Level};

pub(super) fn server_error(
    request: &Observed,
    status: StatusCode,
    panic: Option<&PanicMessage>,
) -> Event<'static> {
    let (kind, value) = match panic {
        Some(PanicMessage(message)) => ("panic", message.clone()),
        None => (
            "server error",
            format!("answered with status {}", status.as_u16()),
        ),
    };
    let mut event = event(kind, value, &request.id);
    event.transaction = Some(format!("{} {}", request.method, request.path));
    event
        .tags
        .insert("status".to_owned(), status.as_u16().to_string());
    event
}

pub(super) fn browser_panic(report: &BrowserPanic, id: &RequestId) -> Event<'static> {
    let mut event = event("panic", report.message.clone(), id);
    event.platform = "javascript".into();
    event.transaction = Some(report.path.clone());
    if let Some(stack) = &report.stack {
        event.extra.insert("stack".to_owned(), stack.clone().into());
    }
    event
}

fn event(kind: &str, value: String, id: &RequestId) -> Event<'static> {
    let exception = Exception {
        ty: kind.to_owned(),
        value: Some(value),
        ..Exception::default()
    };
    let mut event = Event {
        level: Level::Error,
        exception: vec![exception].into(),
        ..Event::default()
    };
    event.tags.insert("request_id".to_owned(), id.to_string());
    event
}
