//! `/api/openapi.json` and a page for people made from it. The page needs nothing from elsewhere
//! and runs no script.

mod page;

pub(super) use page::render;

use super::{extract::NoParameters, json};
use crate::state::AppState;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// This description
#[utoipa::path(get, path = "/api/openapi.json", tag = "description", responses(
    (status = 200, description = "OpenAPI 3.1", body = Object),
))]
pub(super) async fn openapi(State(state): State<AppState>, _: NoParameters) -> Response {
    json::encoded(state.documents.openapi.clone())
}

/// This description as a page
#[utoipa::path(get, path = "/api/docs", tag = "description", responses(
    (status = 200, description = "A page for people", body = String, content_type = "text/html"),
))]
pub(super) async fn page(State(state): State<AppState>, _: NoParameters) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, state.documents.page.clone()).into_response()
}

/// The page's style sheet
#[utoipa::path(get, path = "/api/docs.css", tag = "description", responses(
    (status = 200, description = "A style sheet", body = String, content_type = "text/css"),
))]
pub(super) async fn style(_: NoParameters) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, include_str!("docs.css")).into_response()
}
