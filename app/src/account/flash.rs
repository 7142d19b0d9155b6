//! What a form has to say to the page that is shown next, carried in a sealed cookie.

use crate::{error::AppError, page_data::request};
use domain::account::Sensitive;
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};
use services::{
    Services,
    auth::{Auth, PendingCookies},
};

/// The cookie.
const COOKIE: &str = "flash";
/// What the addresses of the pages begin with that show such messages.
const SHOWN_BELOW: [&str; 9] = [
    "/admin",
    "/alerts",
    "/auth",
    "/coins",
    "/dashboard",
    "/notifications",
    "/settings",
    "/trade",
    "/wallet",
];
/// Fields that are given back as they were typed. Never a secret.
const KEPT: [&str; 39] = [
    "user",
    "role",
    "withdrawal",
    "decision",
    "coin",
    "date",
    "fee",
    "note",
    "price",
    "quantity",
    "order",
    "pair",
    "address_id",
    "amount",
    "asset",
    "enabled",
    "key",
    "label",
    "network",
    "email",
    "phone",
    "name",
    "ip_allow_list",
    "expires_at",
    "read",
    "trade",
    "withdraw",
    "confirm",
    "address",
    "kind",
    "percent",
    "window",
    "direction",
    "value",
    "cooldown",
    "url",
    "topics[]",
    "description",
    WAITING,
];
/// The field of a proof that says what waits for it.
pub(crate) const WAITING: &str = "then";
/// Fields that say where a form stands and leads.
const ABOUT: [&str; 3] = ["form", "back", "next"];
/// Longer ones are not kept: browsers take no cookie over 4 KiB.
const MAX_FIELD: usize = 256;
const MAX_WAITING: usize = 1_280;

/// A message to the next page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The path of the page it is for; others leave it alone.
    #[serde(default)]
    pub page: String,
    /// The form that failed.
    #[serde(default)]
    pub form: String,
    /// Why.
    #[serde(default)]
    pub error: Option<AppError>,
    /// The function it called, if `fields` are all that is needed to call it again.
    #[serde(default)]
    pub action: Option<String>,
    /// What was typed.
    #[serde(default)]
    pub fields: Vec<(String, String)>,
    /// What was done.
    #[serde(default)]
    pub done: Option<String>,
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
        action: &str,
        error: AppError,
        fields: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Self {
        let value = |wanted: &str| {
            let mut found = fields.clone().filter(|(name, _)| *name == wanted);
            found.next().map(|(_, value)| value.to_owned())
        };
        let kept = fields.clone().filter(|(name, value)| is_kept(name, value));
        // With a field too few it would be another call: a key, say, that works from anywhere.
        let is_whole = fields
            .clone()
            .all(|(name, value)| ABOUT.contains(&name) || is_kept(name, value));
        Self {
            form: value("form").unwrap_or_default(),
            action: is_whole.then(|| action.to_owned()),
            fields: kept.map(|(n, v)| (n.to_owned(), v.to_owned())).collect(),
            error: Some(error),
            ..Self::default()
        }
    }

    /// A field that was brought back.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the page at this address shows what it is told.
    #[must_use]
    pub fn is_shown_at(address: &str) -> bool {
        let path = path_of(address);
        let mut beginnings = SHOWN_BELOW.iter();
        beginnings.any(|beginning| {
            let rest = path.strip_prefix(beginning);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Seals it into the answer's cookie, for the page at this address. A page that would not show it
    /// is told nothing: the message would wait for another one.
    pub fn send(mut self, page: &str, auth: &Auth, cookies: &PendingCookies) {
        if !Self::is_shown_at(page) {
            return;
        }
        path_of(page).clone_into(&mut self.page);
        // A text of our own types can't fail to be written.
        if let Ok(text) = serde_json::to_string(&self) {
            cookies.flash(auth.seal_flash(&text, cookies.session()));
        }
    }

    /// Reads it from the request's cookie, once, if it is for the page at this address.
    pub(crate) fn take(page: &str) -> Option<Self> {
        let sealed = request::cookie(COOKIE)?;
        let cookies = request::extension::<PendingCookies>()?;
        let auth = use_context::<Services>()?.auth;
        let text = auth.open_flash(&sealed, cookies.session());
        let flash: Option<Self> = text.and_then(|text| serde_json::from_str(&text).ok());
        let is_for_another = |flash: &Self| flash.page != path_of(page);
        if flash.as_ref().is_some_and(is_for_another) {
            return None;
        }
        cookies.forget_flash();
        flash
    }
}

fn path_of(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

fn is_kept(name: &str, value: &str) -> bool {
    let longest = if name == WAITING {
        MAX_WAITING
    } else {
        MAX_FIELD
    };
    KEPT.contains(&name) && value.len() <= longest
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
        let flash = Flash::failed("/_fn/auth/register", error, fields.into_iter());
        assert_eq!(flash.form, "register");
        let email = ("email".to_owned(), "ann@example.com".to_owned());
        assert_eq!(flash.fields, [email]);
    }

    #[test]
    fn only_a_form_of_which_nothing_is_left_out_can_be_sent_again() {
        let again = |fields: &[(&str, &str)]| {
            let error = ApiError::field("name", "is missing").into();
            Flash::failed("/_fn/x", error, fields.iter().copied()).action
        };
        let whole = [("form", "new-key"), ("back", "/settings"), ("name", "Bot")];
        assert_eq!(again(&whole).as_deref(), Some("/_fn/x"));
        let networks = "192.0.2.1,".repeat(30);
        for left_out in [("signature", "0x"), ("ip_allow_list", &networks)] {
            assert_eq!(again(&[whole[0], whole[2], left_out]), None);
        }
    }
    #[test]
    fn only_pages_that_show_messages_are_told() {
        for page in [
            "/auth",
            "/auth/forgot?next=/",
            "/settings/security",
            "/admin/users",
        ] {
            assert!(Flash::is_shown_at(page), "{page}");
        }
        for page in [
            "/",
            "/markets",
            "/authors",
            "/administrators",
            "/coinsauth",
            "/markets?x=/auth",
        ] {
            assert!(!Flash::is_shown_at(page), "{page}");
        }
    }
}
