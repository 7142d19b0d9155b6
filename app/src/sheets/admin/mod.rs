//! The administration. Whoever is no administrator finds nothing here.

mod account;
mod audit;
mod stats;
mod system;
mod users;
mod withdrawals;

use super::{
    Page, Request,
    form::{done, failed},
    nothing_here,
    panel::{facts, sections},
};
use crate::error::AppError;
use domain::{UserId, account::Role};
use leptos::prelude::*;

const SECTIONS: [(&str, &str); 5] = [
    ("/admin", "Overview"),
    ("/admin/users", "Users"),
    ("/admin/withdrawals", "Withdrawals"),
    ("/admin/audit", "Audit log"),
    ("/admin/system", "System"),
];

pub(super) async fn page(
    request: &Request,
    section: Option<&str>,
    id: Option<&str>,
) -> Result<Page, AppError> {
    let identity = request.identity()?;
    if identity.admin_only().is_err() {
        return Err(nothing_here());
    }
    let (title, content) = match (section, id) {
        (None, None) => ("Administration", stats::section(request, identity).await?),
        (Some("users"), None) => ("Users", users::section(request, identity).await?),
        (Some("users"), Some(id)) => {
            let id = id.parse().map_err(|_| nothing_here())?;
            ("User", account::section(request, identity, id).await?)
        }
        (Some("withdrawals"), None) => {
            let content = withdrawals::section(request, identity).await?;
            ("Withdrawals", content)
        }
        (Some("audit"), None) => ("Audit log", audit::section(request, identity).await?),
        (Some("system"), None) => ("System", system::section(request, identity).await?),
        _ => return Err(nothing_here()),
    };
    let here = match section {
        Some(section) => format!("/admin/{section}"),
        None => "/admin".to_owned(),
    };
    let view = view! {
        <h1>"Administration"</h1>
        {sections("Administration", &SECTIONS, &here)}
        {failed(request)}
        {done(request)}
        {content}
    };
    Ok((title, view.into_any()))
}

/// What was given, or a dash.
fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::User => "User",
        Role::Admin => "Administrator",
        Role::Suspended => "Suspended",
    }
}

const fn yes(yes: bool) -> &'static str {
    if yes { "Yes" } else { "No" }
}

/// A link to the page about an account.
fn account_link(id: UserId) -> AnyView {
    let href = format!("/admin/users/{id}");
    view! { <a href=href>{id.to_string()}</a> }.into_any()
}

/// An age in seconds, to a tenth.
fn age(ms: u64) -> String {
    format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
}
