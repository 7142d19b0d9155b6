//! `/api/wallet`: balances, deposits, withdrawals.

mod money;

use crate::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route below `/api/wallet`.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(money::balance))
        .routes(routes!(money::deposit))
}
