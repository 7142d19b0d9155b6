//! `/api/admin`: for administrators.

mod audit;
mod stats;
mod users;
mod withdrawals;

use crate::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route below `/api/admin`.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(stats::stats))
        .routes(routes!(stats::system))
        .routes(routes!(users::list))
        .routes(routes!(users::get, users::change))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify))
        .routes(routes!(withdrawals::list))
        .routes(routes!(withdrawals::approve))
        .routes(routes!(withdrawals::reject))
}
