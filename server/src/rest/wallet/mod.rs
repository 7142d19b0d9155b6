//! `/api/wallet`: where money may go.

mod addresses;

use crate::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route below `/api/wallet`.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(addresses::list, addresses::add))
        .routes(routes!(addresses::change, addresses::delete))
}
