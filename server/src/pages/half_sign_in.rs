//! The cookie of a sign-in that waits for its second factor.

use super::forms;
use crate::{session::cookies::Jar, state::AppState};
use app::account::note::{HALF_SIGN_IN, HalfSignIn, Note};
use axum::{extract::Request, middleware::Next, response::Response};
use std::time::Duration;

/// As long as the token counts.
const TTL: Duration = Duration::from_secs(5 * 60);

/// Runs a server function, and keeps or forgets what it has begun.
pub(super) async fn keep(state: &AppState, mut request: Request, next: Next) -> Response {
    let note = Note::<HalfSignIn>::default();
    request.extensions_mut().insert(note.clone());
    let mut response = forms::lead_back(state, request, next).await;
    let jar = Jar::new(&state.services.config.http);
    let headers = response.headers_mut();
    match note.take() {
        Some(HalfSignIn::Begun(token)) => jar.set(headers, HALF_SIGN_IN, token.expose(), TTL),
        Some(HalfSignIn::Over) => jar.set(headers, HALF_SIGN_IN, "", Duration::ZERO),
        None => {}
    }
    response
}
