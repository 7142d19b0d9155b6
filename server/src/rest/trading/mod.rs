//! `/api/trading`: what is traded, and orders.

mod lists;
mod market;
mod orders;

use crate::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route below `/api/trading`.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(market::pairs))
        .routes(routes!(market::book))
        .routes(routes!(market::trades))
        .routes(routes!(lists::orders, orders::place, orders::cancel_all))
        .routes(routes!(orders::preview))
        .routes(routes!(orders::oco))
        .routes(routes!(lists::order, orders::cancel))
        .routes(routes!(lists::fills))
}
