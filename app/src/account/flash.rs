//! What a form has to say to the page that is shown next, carried in a sealed cookie.

use crate::{error::AppError, page_data::request};
use domain::account::Sensitive;
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};
use services::{
    Services,
    auth::{Auth, PendingCookies},
};
use std::sync::{Arc, Mutex, PoisonError};

/// The cookie.
const COOKIE: &str = "flash";
/// Fields that are given back as they were typed. Never a secret.
const KEPT: [&str; 8] = [
    "email",
    "name",
    "ip_allow_list",
    "expires_at",
    "read",
    "trade",
    "withdraw",
    "confirm",
];
/// Longer ones are not kept: browsers take no cookie over 4 KiB.
const MAX_FIELD: usize = 256;

/// A message to the next page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The form that failed.
    #[serde(default)]
    pub form: String,
    /// Why.
    #[serde(default)]
    pub error: Option<AppError>,
    /// What was typed.
    #[serde(default)]
    pub fields: Vec<(String, String)>,
    /// What was done.
    #[serde(default)]
    pub done: Option<String>,
    /// A sign-in that waits for its second factor.
    #[serde(default)]
    pub mfa_token: Option<Sensitive>,
    /// Secrets that are shown this once, by their names.
    #[serde(default)]
    pub shown_once: Vec<(String, Sensitive)>,
}

impl Flash {
    /// That something was done.
    #[must_use]
    pub fn done(text: impl Into<String>) -> Self {
        Self {
            done: Some(text.into()),
            ..Self::default()
        }
    }

    /// What a form that failed brings back to its page.
    pub fn failed<'a>(
        error: AppError,
        fields: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Self {
        let value = |wanted: &str| {
            let mut found = fields.clone().filter(|(name, _)| *name == wanted);
            found.next().map(|(_, value)| value.to_owned())
        };
        let kept = fields
            .clone()
            .filter(|(name, value)| KEPT.contains(name) && value.len() <= MAX_FIELD);
        Self {
            form: value("form").unwrap_or_default(),
            mfa_token: value("mfa_token").map(Sensitive::new),
            fields: kept.map(|(n, v)| (n.to_owned(), v.to_owned())).collect(),
            error: Some(error),
            ..Self::default()
        }
    }

    /// Seals it into the answer's cookie.
    pub fn send(&self, auth: &Auth, cookies: &PendingCookies) {
        // A text of our own types can't fail to be written.
        if let Ok(text) = serde_json::to_string(self) {
            cookies.flash(auth.seal_flash(&text));
        }
    }

    /// Reads it from the request's cookie, once.
    pub(crate) fn take() -> Option<Self> {
        let sealed = request::cookie(COOKIE)?;
        if let Some(cookies) = request::extension::<PendingCookies>() {
            cookies.forget_flash();
        }
        let text = use_context::<Services>()?.auth.open_flash(&sealed)?;
        serde_json::from_str(&text).ok()
    }
}

/// Where a server function notes why it failed, for whoever answers a plain form post.
#[derive(Debug, Clone, Default)]
pub struct FormNote(Arc<Mutex<Option<AppError>>>);

impl FormNote {
    /// Why the function failed, if it did.
    #[must_use]
    pub fn take(&self) -> Option<AppError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Notes an error of the request that is being answered.
    pub(crate) fn write(error: &AppError) {
        if let Some(note) = request::extension::<Self>() {
            *note.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::api::ApiError;

    #[test]
    fn no_secret_is_brought_back() {
        let fields = [
            ("form", "register"),
            ("email", "ann@example.com"),
            ("password", "correct horse battery"),
            ("code", "123456"),
        ];
        let error = ApiError::field("name", "is missing").into();
        let flash = Flash::failed(error, fields.into_iter());
        assert_eq!(flash.form, "register");
        let email = ("email".to_owned(), "ann@example.com".to_owned());
        assert_eq!(flash.fields, [email]);
    }
}
