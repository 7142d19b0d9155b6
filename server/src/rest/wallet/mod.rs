//! `/api/wallet`: balances, deposits, withdrawals, and where money may go.

mod addresses;
mod money;
mod withdrawals;

use crate::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route below `/api/wallet`.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(money::balance))
        .routes(routes!(money::deposit))
        .routes(routes!(withdrawals::withdraw))
        .routes(routes!(withdrawals::list))
        .routes(routes!(withdrawals::cancel))
        .routes(routes!(addresses::list, addresses::add))
        .routes(routes!(addresses::change, addresses::delete))
}
