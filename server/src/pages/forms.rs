//! Answers plain form posts, as a browser without JavaScript sends them, by leading back to a page.
//!
//! Leptos answers 302 and repeats the `Referer`, wherever that leads; a browser that posted is sent
//! on by 303, to an address of this site. When something is wrong, a sealed cookie tells that page
//! what, and what was typed.

use crate::{
    area::Area,
    middleware::{csrf, origin, request_id::RequestId},
    problem::{Failure, seconds_to_wait},
    session::cookies::{self, Jar},
    state::AppState,
};
use app::{
    account::{flash::Flash, note::FormNote},
    error::AppError,
    page_data::request::asks_for_page,
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
use services::{
    auth::{Auth, PendingCookies},
    config::{HttpConfig, Secret},
};
use std::sync::{Arc, OnceLock};
use url::form_urlencoded;

/// The field that names the page to come back to.
const NEXT: &str = "next";
/// The field that names the page the form stands on: where it leads when something is wrong.
const BACK: &str = "back";
const FORM: &str = "application/x-www-form-urlencoded";

/// Functions that take a form with a file in it.
const TAKE_FILES: [&str; 1] = ["/_fn/portfolio/import"];

/// Whether a form is in parts whose ends can be told: the function that reads them takes it for granted.
fn has_parts(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    let boundary = kind.and_then(|kind| multer::parse_boundary(kind).ok());
    boundary.is_some_and(|boundary| !boundary.is_empty())
}

/// Runs a server function.
pub(super) async fn lead_back(state: &AppState, request: Request, next: Next) -> Response {
    let by_script = !asks_for_page(request.headers());
    let action = request.uri().path().to_owned();
    if TAKE_FILES.contains(&&*action) && !has_parts(request.headers()) {
        let detail = "Send the file as multipart/form-data, as the page does.";
        let error = ApiError::new(ErrorCode::UnsupportedMediaType, detail);
        return Failure(error).into_response();
    }
    let referer = own_referer(request.headers(), &state.services.config.http);
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
    let own_page = form.page(BACK).filter(|_| error.is_some());
    let page = own_page.or_else(|| form.page(NEXT)).or(referer);
    let page = page.unwrap_or_else(|| "/".to_owned());
    if let (Some(error), Some(cookies)) = (error, cookies)
        && (is_to_lead || (by_script && needs_proof(&error)))
    {
        let flash = Flash::failed(&action, error, form.fields());
        flash.send(&page, &state.services.auth, &cookies);
    }
    if !is_to_lead {
        return response;
    }
    see_other(response, &page)
}

/// A script shows by itself what is wrong; but where a fresh proof is needed it loads the page anew,
/// which then asks for the proof and has to know what waits for it.
fn needs_proof(error: &AppError) -> bool {
    error.code == ErrorCode::StepUpRequired
}

fn see_other(response: Response, page: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(page) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::SEE_OTHER;
    for about_the_body in [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::RETRY_AFTER,
    ] {
        parts.headers.remove(about_the_body);
    }
    parts.headers.insert(header::LOCATION, location);
    Response::from_parts(parts, Body::empty())
}

/// The page of ours that a request comes from.
pub(crate) fn own_referer(headers: &HeaderMap, config: &HttpConfig) -> Option<String> {
    origin::own_referer(headers, config).and_then(same_site)
}

/// A form that one of our pages has posted without a script, as it is known around the router: what
/// is refused there never comes to [`lead_back`].
#[derive(Debug)]
pub(crate) struct PlainPost {
    action: String,
    referer: Option<String>,
    access: Option<Secret>,
    refresh: Option<Secret>,
    /// What was typed, once it was read.
    typed: Typed,
}

/// The form of a request, for whoever has to answer when it was read and its function did not.
#[derive(Debug, Clone, Default)]
struct Typed(Arc<OnceLock<Form>>);

impl PlainPost {
    /// `None` for every other request. One that another site may have caused has no effect here, and
    /// a message would be one.
    pub(crate) fn of(request: &mut Request, area: Area, config: &HttpConfig) -> Option<Self> {
        let headers = request.headers();
        let is_one = area == Area::Function
            && request.method() == Method::POST
            && asks_for_page(headers)
            && !csrf::is_foreign(headers, config);
        if !is_one {
            return None;
        }
        let post = Self {
            action: request.uri().path().to_owned(),
            referer: own_referer(headers, config),
            access: cookies::secret(headers, cookies::ACCESS),
            refresh: cookies::secret(headers, cookies::REFRESH),
            typed: Typed::default(),
        };
        request.extensions_mut().insert(post.typed.clone());
        Some(post)
    }

    /// Leads to the page of the form, which says why it was refused. Where no page would say it, the
    /// answer stays the error page it is.
    pub(crate) fn lead_back(
        &self,
        response: Response,
        id: &RequestId,
        auth: &Auth,
        jar: Jar,
    ) -> Response {
        let failure = response.extensions().get::<Failure>();
        let error = failure.map(|Failure(error)| error.clone());
        let typed = self.typed.0.get();
        let page = typed.and_then(|form| form.page(BACK));
        let page = page.or_else(|| self.referer.clone());
        let page = page.filter(|page| Flash::is_shown_at(page));
        let (Some(error), Some(page)) = (error.filter(may_pass), page) else {
            return response;
        };
        let mut error = AppError {
            retry_after: seconds_to_wait(response.headers()),
            request_id: Some(id.to_string()),
            ..error.into()
        };
        if error.retry_after.is_some() {
            error.detail = format!("{} {}", error.detail, error.advice());
        }
        // Nobody may have been recognised yet; the page that takes the message is shown in this session.
        let access = self.access.as_ref().map(Secret::expose);
        let session = auth.claimed_by(access, self.refresh.as_ref().map(Secret::expose));
        let cookies = PendingCookies::claimed(session);
        let fields = typed.into_iter().flat_map(Form::fields);
        Flash::failed(&self.action, error, fields).send(&page, auth, &cookies);
        let mut response = see_other(response, &page);
        jar.write(response.headers_mut(), &cookies.take());
        response
    }
}

/// Whether the form is as good as it was, or can be made so.
fn may_pass(error: &ApiError) -> bool {
    matches!(
        error.code,
        ErrorCode::RateLimited
            | ErrorCode::PayloadTooLarge
            | ErrorCode::Unavailable
            | ErrorCode::Timeout
            | ErrorCode::Internal
    )
}

/// What a form, or the query of an address, says.
#[derive(Debug, Clone)]
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
    if let Some(typed) = parts.extensions.get::<Typed>() {
        let _first = typed.0.set(form.clone());
    }
    Ok((Request::from_parts(parts, Body::from(body)), form))
}
