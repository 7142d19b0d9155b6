//! How the interface looks.

use crate::{client::ApiClient, error::AppError, page_data::theme::Theme};
use leptos::prelude::*;

/// Keeps the chosen theme in a cookie and leads back to the page. Only the plain form posts here;
/// with JavaScript the browser writes the same cookie itself.
#[server(prefix = "/_fn", endpoint = "appearance/theme", client = ApiClient)]
pub async fn set_theme(theme: Theme, next: String) -> Result<(), AppError> {
    super::reply::keep_and_return(&theme.cookie(), &next);
    Ok(())
}
