//! Pages made of forms.

use super::json::Json;
use crate::{client::ApiClient, error::AppError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A page as the server has written it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// For the browser's tab.
    pub title: String,
    /// What stands in it.
    pub html: String,
}

/// The page at an address: a path with its query. What a form has to say to it is told, once; but not
/// `again`, to a page that is there already.
#[server(prefix = "/_fn", endpoint = "account/sheet", output = Json, client = ApiClient)]
pub async fn sheet_at(address: String, #[server(default)] again: bool) -> Result<Sheet, AppError> {
    crate::sheets::at(&address, again).await
}
