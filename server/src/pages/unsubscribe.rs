//! Where mail programs end mails that somebody does not want any more (RFC 8058): by a `POST` that brings
//! nothing but the link. Whoever comes by `GET` is led to the page that asks first.

use super::redirect;
use crate::{problem::Failure, session::From, state::AppState};
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use domain::api::{ApiError, ErrorCode};
use http::{StatusCode, Uri};
use services::notifications::{ONE_CLICK_PATH, PAGE_PATH};
use url::form_urlencoded;

/// The one route.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route(ONE_CLICK_PATH, get(ask).post(end))
}

async fn ask(uri: Uri) -> Response {
    let page = redirect(StatusCode::SEE_OTHER, PAGE_PATH, uri.query());
    page.unwrap_or_else(|| {
        let detail = "This link is not complete.";
        Failure(ApiError::new(ErrorCode::BadRequest, detail)).into_response()
    })
}

/// Whoever is signed in does not matter here: the link says it all, and this request may come from any site.
async fn end(
    State(state): State<AppState>,
    From(visitor): From,
    uri: Uri,
) -> Result<String, Failure> {
    let query = uri.query().unwrap_or_default();
    let mut fields = form_urlencoded::parse(query.as_bytes());
    let token = fields.find(|(name, _)| name == "token");
    let token = token.map(|(_, token)| token).unwrap_or_default();
    let notifications = &state.services.notifications;
    let topic = notifications.unsubscribe(&token, None, &visitor).await?;
    Ok(format!("You get no more mails about {}.\n", topic.about()))
}
