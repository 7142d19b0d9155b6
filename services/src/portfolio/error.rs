//! What can go wrong with portfolios, and how it is told.

use crate::{cache::CacheError, store::StoreError};
use domain::{
    api::{ApiError, ErrorCode, FieldError},
    portfolio::{TooLarge, from_exchange::Unfit, tree::Untrue},
};

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum PortfolioError {
    /// Fields are wrong.
    #[error("invalid fields")]
    Invalid(Vec<FieldError>),
    /// A key lacks a scope.
    #[error("the key lacks the scope {0}")]
    Forbidden(&'static str),
    /// There is no such thing, or it is somebody else's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Nobody can know it, for this reason.
    #[error("{0}")]
    Unknown(String),
    /// There is no room for more.
    #[error("the portfolio is full")]
    Full,
    /// Somebody else has changed it meanwhile.
    #[error("it was changed meanwhile")]
    Changed,
    /// Numbers have too many digits to be added up.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The cache failed.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// What is kept is not what it must be, or a computation was ended.
    #[error("{0}")]
    Broken(String),
}

/// Entries that one portfolio may have beside those of the exchange.
pub const MOST_ENTRIES: u32 = 100_000;

impl PortfolioError {
    pub(super) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError {
            field: field.to_owned(),
            message: message.into(),
        }])
    }
}

impl From<Unfit> for PortfolioError {
    fn from(error: Unfit) -> Self {
        Self::Broken(format!("a transaction fits no portfolio: {error}"))
    }
}

impl From<Untrue> for PortfolioError {
    fn from(error: Untrue) -> Self {
        match error {
            Untrue::TooLarge(error) => Self::TooLarge(error),
            error => Self::Broken(error.to_string()),
        }
    }
}

impl From<PortfolioError> for ApiError {
    fn from(error: PortfolioError) -> Self {
        match error {
            PortfolioError::Invalid(errors) => Self::fields(errors),
            PortfolioError::Forbidden(scope) => {
                let why = format!("This API key lacks the scope {scope}.");
                Self::new(ErrorCode::Forbidden, why)
            }
            PortfolioError::NotFound(what) => {
                Self::new(ErrorCode::NotFound, format!("There is no such {what}."))
            }
            PortfolioError::Unknown(why) => Self::new(ErrorCode::NotFound, why),
            PortfolioError::Full => Self::new(
                ErrorCode::Conflict,
                format!("A portfolio holds {MOST_ENTRIES} entries. Please delete some first."),
            ),
            PortfolioError::Changed => Self::new(
                ErrorCode::Conflict,
                "This was changed meanwhile. Please look at it again.",
            ),
            PortfolioError::TooLarge(_) => Self::new(
                ErrorCode::Conflict,
                "The numbers in this portfolio are too large to be added up. Please remove the import or \
                 the holding they came with: the dashboard lists both.",
            ),
            PortfolioError::Store(error) => {
                tracing::error!(%error, "the database failed");
                let detail = "The database does not answer. Please try again shortly.";
                Self::new(ErrorCode::Unavailable, detail)
            }
            PortfolioError::Cache(error) => {
                tracing::error!(%error, "the cache failed");
                let detail = "The cache does not answer. Please try again shortly.";
                Self::new(ErrorCode::Unavailable, detail)
            }
            PortfolioError::Broken(why) => {
                tracing::error!(why, "a portfolio can't be computed");
                Self::new(ErrorCode::Internal, "The portfolio could not be computed.")
            }
        }
    }
}
