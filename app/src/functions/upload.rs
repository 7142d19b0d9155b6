//! Forms that carry a file.

use super::answer::fail;
use crate::error::AppError;
use domain::api::{ApiError, ErrorCode};
use leptos::server_fn::{Bytes, codec::MultipartData};

/// What such a form holds.
pub(super) struct Upload {
    /// What was chosen in the field `file`.
    pub(super) file: Option<Bytes>,
    /// What it is called there.
    pub(super) name: String,
    texts: Vec<(String, String)>,
}

impl Upload {
    /// Reads all of it. How much that may be is bounded before it comes here.
    pub(super) async fn read(data: MultipartData) -> Result<Self, AppError> {
        let broken = |_| {
            let detail = "The form ended before it was complete.";
            fail(ApiError::new(ErrorCode::BadRequest, detail))
        };
        let mut upload = Self {
            file: None,
            name: String::new(),
            texts: Vec::new(),
        };
        let Some(mut parts) = data.into_inner() else {
            return Ok(upload);
        };
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.file_name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(broken)?;
            if name == "file" {
                (upload.file, upload.name) = (Some(bytes), file_name);
            } else {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                upload.texts.push((name, text));
            }
        }
        Ok(upload)
    }

    /// What a field holds; nothing if there is none.
    pub(super) fn text(&self, name: &str) -> String {
        let found = self.texts.iter().find(|(one, _)| one == name);
        found.map(|(_, text)| text.clone()).unwrap_or_default()
    }
}
