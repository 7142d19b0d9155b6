//! What can go wrong when asking for market data.

use domain::api::{ApiError, ErrorCode};

/// Why the market cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarketError {
    /// Not in the catalogue.
    #[error("unknown coin {0:?}")]
    UnknownCoin(String),
    /// No provider answered and there is nothing to fall back on.
    #[error("no market data at the moment")]
    Unavailable,
}

impl From<MarketError> for ApiError {
    fn from(error: MarketError) -> Self {
        match error {
            MarketError::UnknownCoin(id) => Self::unknown_coin(&id),
            MarketError::Unavailable => Self::new(
                ErrorCode::Unavailable,
                "Market data is not available at the moment. Please try again shortly.",
            ),
        }
    }
}
