//! Who may come to which page. Decided before anything is rendered: afterwards it is too late to lead
//! somebody elsewhere.

use app::account::{HOME, SIGN_IN, with_next};
use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use domain::address::same_site;
use http::{HeaderValue, StatusCode, header};
use services::auth::Identity;
use url::form_urlencoded;

/// Pages for those who are not signed in.
const FOR_STRANGERS: [&str; 2] = [SIGN_IN, "/auth/register"];
/// Below these, pages for those who are.
const FOR_MEMBERS: [&str; 7] = [
    "/admin",
    "/alerts",
    "/dashboard",
    "/notifications",
    "/settings",
    "/transactions",
    "/wallet",
];

/// Leads strangers to sign in, and on from there who is signed in already.
pub(super) fn redirect(request: &Request) -> Option<Response> {
    let known = request.extensions().get::<Identity>().is_some();
    let path = request.uri().path();
    let is_below = |beginning: &str| {
        let rest = path.strip_prefix(beginning);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let for_members = FOR_MEMBERS.iter().any(|beginning| is_below(beginning));
    if for_members && !known {
        let address = request.uri().path_and_query()?.as_str();
        return lead(&with_next(SIGN_IN, address));
    }
    if FOR_STRANGERS.contains(&path) && known {
        let query = request.uri().query().unwrap_or_default();
        let mut fields = form_urlencoded::parse(query.as_bytes());
        let next = fields.find(|(name, _)| name == "next");
        let next = next.and_then(|(_, next)| same_site(&next));
        return lead(next.as_deref().unwrap_or(HOME));
    }
    None
}

fn lead(address: &str) -> Option<Response> {
    let location = HeaderValue::from_str(address).ok()?;
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Some((StatusCode::SEE_OTHER, headers).into_response())
}
