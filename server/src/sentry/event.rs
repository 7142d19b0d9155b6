//! What a report says.

use crate::{
    middleware::{panic::PanicMessage, request_id::RequestId, trace::Observed},
    rest::BrowserPanic,
    session::Asker,
};
use domain::UserId;
use http::StatusCode;
use sentry_types::protocol::v7::{Event, Exception, Level, User};

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
    event.user = request.asker.as_ref().and_then(Asker::user).map(user);
    event
}

/// By id only: name and address stay here.
fn user(id: UserId) -> User {
    User {
        id: Some(id.to_string()),
        ..User::default()
    }
}

pub(super) fn browser_panic(
    report: &BrowserPanic,
    id: &RequestId,
    whose: Option<UserId>,
) -> Event<'static> {
    let mut event = event("panic", report.message.clone(), id);
    event.platform = "javascript".into();
    event.transaction = Some(report.path.clone());
    if let Some(stack) = &report.stack {
        event.extra.insert("stack".to_owned(), stack.clone().into());
    }
    event.user = whose.map(user);
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
