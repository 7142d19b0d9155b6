//! Answers plain form posts, as a browser without JavaScript sends them, by leading back to a page.
//!
//! Leptos answers 302 and repeats the `Referer`, wherever that leads; a browser that posted is sent
//! on by 303, to an address of this site.

use crate::{middleware::origin, problem::Failure, state::AppState};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{
    address::same_site,
    api::{ApiError, ErrorCode},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use url::form_urlencoded;

/// The field that names the page to come back to.
const NEXT: &str = "next";
const FORM: &str = "application/x-www-form-urlencoded";

/// Runs a server function.
pub(super) async fn lead_back(state: &AppState, request: Request, next: Next) -> Response {
    if !wants_html(request.headers()) {
        return next.run(request).await;
    }
    let referer = origin::own_referer(request.headers(), &state.services.config.http);
    let referer = referer.and_then(same_site);
    let (request, named) = match next_page(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let mut response = next.run(request).await;
    // A function that knows where to go on has said so with 303.
    if response.status() != StatusCode::FOUND {
        return response;
    }
    let page = named.or(referer).unwrap_or_else(|| "/".to_owned());
    let Ok(location) = HeaderValue::from_str(&page) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// Whether a browser asks for a page (rather than a program, or our client, for data).
pub(super) fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The page that a form names, if it is one of ours. Bodies are bounded before they come here.
async fn next_page(request: Request) -> Result<(Request, Option<String>), Response> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let is_form = kind.is_some_and(|kind| kind.as_bytes().starts_with(FORM.as_bytes()));
    if request.method() != Method::POST || !is_form {
        let query = request.uri().query().unwrap_or_default();
        let named = field(query.as_bytes());
        return Ok((request, named));
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        let detail = "The form ended before it was complete.";
        return Err(Failure(ApiError::new(ErrorCode::BadRequest, detail)).into_response());
    };
    let named = field(&body);
    Ok((Request::from_parts(parts, Body::from(body)), named))
}

fn field(form: &[u8]) -> Option<String> {
    let (_, page) = form_urlencoded::parse(form).find(|(name, _)| name == NEXT)?;
    same_site(&page)
}
