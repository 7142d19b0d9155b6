//! `/api/portfolio`: what one owns, here and elsewhere, and what it made.

mod export;
mod figures;
mod holdings;
mod import;
mod parameters;

use crate::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route below `/api/portfolio`.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(figures::overview, figures::set_method))
        .routes(routes!(figures::lots))
        .routes(routes!(figures::performance))
        .routes(routes!(figures::explain))
        .routes(routes!(holdings::list, holdings::add))
        .routes(routes!(holdings::change, holdings::delete))
        .routes(routes!(import::import))
        .routes(routes!(import::list))
        .routes(routes!(import::delete))
        .routes(routes!(export::export))
}
