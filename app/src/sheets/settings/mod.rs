//! One's own account.

mod api_keys;
mod appearance;
mod notifications;
mod phone;
mod profile;
mod security;
mod sessions;
mod wallets;
mod webhooks;

use super::{
    Page, Request,
    form::{done, failed},
    nothing_here,
    panel::sections,
};
use crate::error::AppError;
use leptos::prelude::*;

const SECTIONS: [(&str, &str); 8] = [
    ("/settings", "Profile"),
    ("/settings/security", "Security"),
    ("/settings/sessions", "Sessions"),
    ("/settings/api-keys", "API keys"),
    ("/settings/wallets", "Wallets"),
    ("/settings/notifications", "Notifications"),
    ("/settings/webhooks", "Webhooks"),
    ("/settings/appearance", "Appearance"),
];

pub(super) async fn page(request: &Request, section: Option<&str>) -> Result<Page, AppError> {
    let identity = request.identity()?;
    let (title, content) = match section {
        None => ("Profile", profile::section(request, identity)),
        Some("security") => ("Security", security::section(request, identity)),
        Some("sessions") => ("Sessions", sessions::section(request, identity).await?),
        Some("api-keys") => ("API keys", api_keys::section(request, identity).await?),
        Some("wallets") => ("Wallets", wallets::section(request, identity)),
        Some("notifications") => (
            "Notifications",
            notifications::section(request, identity).await?,
        ),
        Some("webhooks") => ("Webhooks", webhooks::section(request, identity).await?),
        Some("appearance") => ("Appearance", appearance::section()),
        Some(_) => return Err(nothing_here()),
    };
    let view = view! {
        <h1>"Settings"</h1>
        {sections("Settings", &SECTIONS, request.path())}
        {failed(request)}
        {done(request)}
        {content}
    };
    Ok((title, view.into_any()))
}
