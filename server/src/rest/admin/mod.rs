//! `/api/admin`: for administrators.

mod withdrawals;

use crate::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route below `/api/admin`.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(withdrawals::list))
        .routes(routes!(withdrawals::approve))
        .routes(routes!(withdrawals::reject))
}
