//! How the views stand in either database: as JSON, and its words as columns to search by.

use super::StoreError;
use serde::{Serialize, de::DeserializeOwned};

/// A view as it is stored.
pub(super) fn text<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// A word of the API, as it stands in JSON.
pub(super) fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    Ok(text(value)?.trim_matches('"').to_owned())
}

/// A view as it was stored.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}
