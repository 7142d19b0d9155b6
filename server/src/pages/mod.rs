//! Leptos: pages, server functions, static files and the page for everything else.

mod door;
pub(crate) mod forms;
mod half_sign_in;
pub(crate) mod shared;
mod template;
mod unsubscribe;

use crate::{area::Area, middleware::security_headers, problem::Failure, state::AppState};
use app::page_data::request::{Unread, asks_for_page};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use domain::{
    address,
    api::{ApiError, ErrorCode},
};
use http::{HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use leptos::{
    config::LeptosOptions,
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list,
    render_app_async_with_context,
};
use services::auth::Identity;
use std::sync::OnceLock;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// Adds every page and server function, and the fallback.
pub(crate) fn routes(router: Router<AppState>, state: &AppState) -> Router<AppState> {
    let around = middleware::from_fn_with_state(state.clone(), around);
    let pages = Router::new()
        .leptos_routes_with_context(state, page_routes(), context(state), document(state))
        .route_layer(around);
    let router = router.merge(pages).merge(unsubscribe::routes());
    router.fallback(file_or_not_found)
}

/// What happens around a page or a server function.
async fn around(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    match Area::reserved(request.uri().path()) {
        Some(Area::Function) => half_sign_in::keep(&state, request, next).await,
        _ => match door::redirect(&request).or_else(|| coin_address(&state, request.uri())) {
            Some(redirect) => redirect,
            None => {
                note_unread(&state, &mut request).await;
                shared::share(state, request, next).await
            }
        },
    }
}

/// For the bell, which stands on every page. A page is shown without its count rather than not at all.
async fn note_unread(state: &AppState, request: &mut Request) {
    let Some(identity) = request.extensions().get::<Identity>() else {
        return;
    };
    match state.services.notifications.unread(identity).await {
        Ok(unread) => {
            request.extensions_mut().insert(Unread(unread));
        }
        Err(error) => tracing::warn!(%error, "how much somebody has not seen can't be read"),
    }
}

/// The pages' addresses, listed once per process: while Leptos lists them it keeps every resource
/// of the process from loading, so a page that another server in it renders would wait for ever.
fn page_routes() -> Vec<AxumRouteListing> {
    static ROUTES: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    let routes = ROUTES.get_or_init(|| generate_route_list(app::App));
    routes.clone()
}

/// The addresses of all pages, as the router knows them: `:name` stands for a part that may be anything.
#[must_use]
pub fn page_paths() -> Vec<String> {
    let routes = page_routes();
    routes.iter().map(|route| route.path().to_owned()).collect()
}

/// The Leptos context of everything that renders or runs a server function.
fn context(state: &AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    let services = state.services.clone();
    move || {
        provide_context(services.clone());
        set_page_headers(&services.config.http);
    }
}

/// A rendered page has a nonce; its policy names it.
fn set_page_headers(config: &services::config::HttpConfig) {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    if let Some(policy) = security_headers::page_policy(&nonce, config) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

fn document(
    state: &AppState,
) -> impl Fn() -> leptos::prelude::AnyView + Clone + Send + Sync + 'static {
    use leptos::prelude::IntoAny;
    let options = state.leptos.clone();
    move || app::shell::shell(options.clone()).into_any()
}

/// A static file, or the page that says that there is nothing.
async fn file_or_not_found(State(state): State<AppState>, request: Request) -> Response {
    let reserved = Area::reserved(request.uri().path());
    let is_package = reserved == Some(Area::Asset);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reserved == Some(Area::Function) {
        if reads && asks_for_page(request.headers()) {
            return not_found_page(&state, request).await;
        }
        let detail = "There is no server function at this address.";
        return Failure(ApiError::new(ErrorCode::NotFound, detail)).into_response();
    }
    if !reads || reserved.is_some_and(|area| area != Area::Asset) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if let Some(redirect) = without_slash(request.uri()) {
        return redirect;
    }
    let (parts, body) = request.into_parts();
    if let Some(file) = file(&state.leptos, &parts, is_package).await {
        return file;
    }
    if is_package {
        return StatusCode::NOT_FOUND.into_response();
    }
    not_found_page(&state, Request::from_parts(parts, body)).await
}

async fn not_found_page(state: &AppState, request: Request) -> Response {
    let render = render_app_async_with_context(context(state), document(state));
    let mut response = render(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// Files are compressed when the site is built.
async fn file(options: &LeptosOptions, parts: &Parts, is_package: bool) -> Option<Response> {
    if !can_be_file(parts.uri.path()) {
        return None;
    }
    let files = ServeDir::new(options.site_root.as_ref())
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let mut request = Request::new(Body::empty());
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = parts.uri.clone();
    *request.headers_mut() = parts.headers.clone();
    let Ok(response) = files.oneshot(request).await;
    let is_file = response.status().is_success()
        || matches!(
            response.status(),
            StatusCode::NOT_MODIFIED | StatusCode::RANGE_NOT_SATISFIABLE
        );
    if !is_file {
        return None;
    }
    let mut response = response.map(Body::new);
    let caching = caching(parts.uri.path(), is_package);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Some(response)
}

/// How long a browser may keep a file without asking. A changed file with a hash in its name has
/// another name. The others belong to what is loaded with them and must not lag behind for long;
/// asking again costs little, because an unchanged file is not sent (`Last-Modified`).
fn caching(path: &str, is_package: bool) -> &'static str {
    if is_package && is_hashed(path) {
        "public, max-age=31536000, immutable"
    } else if is_package {
        "no-cache"
    } else {
        "public, max-age=60, must-revalidate"
    }
}

/// Whether a file is called `name.HASH.extension`, with an MD5 digest in URL-safe base64.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut parts = name.split('.').skip(1);
    let hash = parts.next().unwrap_or_default();
    let is_digest = hash.len() == DIGEST
        && hash
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_digest && parts.next().is_some()
}

/// 16 bytes in base64, without padding.
const DIGEST: usize = 22;

/// Whether a file could have this path: what the file system refuses to look up is no fault of ours
/// and nothing for the log.
fn can_be_file(path: &str) -> bool {
    const MAX_PATH: usize = 1024;
    const MAX_NAME: usize = 255;
    path.len() <= MAX_PATH && path.split('/').all(|name| name.len() <= MAX_NAME)
}

/// Leads from an address with slashes at its end to the page without them.
fn without_slash(uri: &Uri) -> Option<Response> {
    let path = uri.path().strip_suffix('/')?.trim_end_matches('/');
    // An address that begins with two slashes, or what browsers take for one, is another host's.
    let on_this_site = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    if !on_this_site {
        return None;
    }
    redirect(StatusCode::PERMANENT_REDIRECT, path, uri.query())
}

/// Leads from a ticker, or from an id in other letters, to the one address of a coin. Not for ever:
/// tickers change hands.
fn coin_address(state: &AppState, uri: &Uri) -> Option<Response> {
    let name = uri.path().strip_prefix("/coins/")?;
    let coin = state.services.market.resolve(name)?;
    let path = format!("/coins/{coin}");
    (path != uri.path())
        .then(|| redirect(StatusCode::FOUND, &path, uri.query()))
        .flatten()
}

fn redirect(status: StatusCode, path: &str, query: Option<&str>) -> Option<Response> {
    let address = match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    // Addresses may come in with raw UTF-8; in a header only ASCII is safe.
    let location = HeaderValue::from_str(&address::encoded(&address)).ok()?;
    Some((status, [(header::LOCATION, location)]).into_response())
}
