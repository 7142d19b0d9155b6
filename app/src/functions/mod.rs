//! Server functions: each asks who is calling, makes one call of a service and maps the error.

pub mod admin;
pub mod alerts;
pub mod appearance;
pub mod auth;
pub mod json;
pub mod market;
pub mod money;
pub mod phone;
pub mod portfolio;
#[cfg(feature = "ssr")]
mod reply;
pub mod sheet;
pub mod trading;
pub mod unsubscribe;
#[cfg(feature = "ssr")]
mod upload;
pub mod watch;
pub mod webhooks;

#[cfg(feature = "ssr")]
pub(crate) mod answer {
    use crate::error::{AppError, on_server};
    use domain::api::{ApiError, ErrorCode};
    use leptos::prelude::use_context;
    use services::Services;

    /// The services of this process.
    pub(crate) fn services() -> Result<Services, AppError> {
        use_context().ok_or_else(|| {
            on_server(ApiError::new(
                ErrorCode::Internal,
                "The services have not started.",
            ))
        })
    }

    /// A service's error as the caller sees it.
    pub(crate) fn fail(error: impl Into<ApiError>) -> AppError {
        on_server(error.into())
    }
}
