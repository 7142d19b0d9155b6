//! Answers plain form posts, as a browser without JavaScript sends them, by leading back to a page.
//!
//! Leptos answers 302 and repeats the `Referer`, wherever that leads; a browser that posted is sent
//! on by 303, to an address of this site. When something is wrong, a sealed cookie tells that page
//! what, and what was typed.

use crate::{middleware::origin, problem::Failure, state::AppState};
use app::{
    account::flash::{Flash, FormNote},
    error::AppError,
};
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
use services::auth::PendingCookies;
use url::form_urlencoded;

/// The field that names the page to come back to.
const NEXT: &str = "next";
/// The field that names the page the form stands on: where it leads when something is wrong.
const BACK: &str = "back";
const FORM: &str = "application/x-www-form-urlencoded";

/// Runs a server function.
pub(super) async fn lead_back(state: &AppState, request: Request, next: Next) -> Response {
    let by_script = !wants_html(request.headers());
    let action = request.uri().path().to_owned();
    let referer = origin::own_referer(request.headers(), &state.services.config.http);
    let referer = referer.and_then(same_site);
    let (mut request, form) = match read(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let note = FormNote::default();
    request.extensions_mut().insert(note.clone());
    let cookies = request.extensions().get::<PendingCookies>().cloned();
    let response = next.run(request).await;
    let error = note.take();
    // A function that knows where to go on has said so with 303.
    let is_to_lead = !by_script && response.status() == StatusCode::FOUND;
    let is_failed = error.is_some();
    if let (Some(error), Some(cookies)) = (error, cookies)
        && (is_to_lead || (by_script && needs_proof(&error)))
    {
        Flash::failed(&action, error, form.fields()).send(&state.services.auth, &cookies);
    }
    if !is_to_lead {
        return response;
    }
    let own_page = form.page(BACK).filter(|_| is_failed);
    see_other(response, own_page.or_else(|| form.page(NEXT)).or(referer))
}

/// A script shows by itself what is wrong; but where a fresh proof is needed it loads the page anew,
/// which then asks for the proof and has to know what waits for it.
fn needs_proof(error: &AppError) -> bool {
    error.code == ErrorCode::StepUpRequired
}

fn see_other(mut response: Response, page: Option<String>) -> Response {
    let Ok(location) = HeaderValue::from_str(page.as_deref().unwrap_or("/")) else {
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

/// What a form, or the query of an address, says.
#[derive(Debug)]
struct Form(Vec<(String, String)>);

impl Form {
    fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    fn fields(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        let fields = self.0.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The page that a field names, if it is one of ours.
    fn page(&self, field: &str) -> Option<String> {
        let (_, page) = self.fields().find(|(name, _)| *name == field)?;
        same_site(page)
    }
}

/// Reads the form without taking it away. Bodies are bounded before they come here.
async fn read(request: Request) -> Result<(Request, Form), Response> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let is_form = kind.is_some_and(|kind| kind.as_bytes().starts_with(FORM.as_bytes()));
    if request.method() != Method::POST || !is_form {
        let query = request.uri().query().unwrap_or_default();
        let form = Form::parse(query.as_bytes());
        return Ok((request, form));
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        let detail = "The form ended before it was complete.";
        return Err(Failure(ApiError::new(ErrorCode::BadRequest, detail)).into_response());
    };
    let form = Form::parse(&body);
    Ok((Request::from_parts(parts, Body::from(body)), form))
}
