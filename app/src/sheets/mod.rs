//! Pages made of forms, written on the server. Each is plain HTML that works by itself; what scripts
//! add to every form is in `account`.

mod admin;
mod alerts;
mod auth;
mod coin;
mod confirm;
mod dashboard;
mod fields;
mod filters;
mod form;
mod mailbox;
mod notifications;
mod panel;
mod settings;
pub(crate) mod trade;
mod transactions;
mod unsubscribe;
mod wallet;

use crate::format::minute;
use crate::{
    account::{HOME, flash::Flash},
    error::AppError,
    functions::{
        answer::{fail, services},
        sheet::Sheet,
    },
    page_data::request,
    pages::query_string,
};
use domain::{
    address::same_site,
    api::{ApiError, ErrorCode},
    format::Locale,
};
use leptos::prelude::*;
use services::{
    Services,
    auth::{AuthError, Identity},
};
use std::sync::atomic::{AtomicBool, Ordering};

/// What a page is written from.
struct Request {
    services: Services,
    identity: Option<Identity>,
    /// Path and query.
    address: String,
    flash: Flash,
    /// Whether the form that failed has told why.
    is_told: AtomicBool,
    /// Whether something has the focus when the page opens. Only one thing can.
    is_focused: AtomicBool,
}

impl Request {
    fn path(&self) -> &str {
        self.address.split('?').next().unwrap_or_default()
    }

    /// The query, without its question mark.
    fn search(&self) -> &str {
        let parts = self.address.split_once('?');
        parts.map_or("", |(_, query)| query)
    }

    /// A value of the query.
    fn query(&self, name: &str) -> Option<String> {
        query_string::value(self.search(), name)
    }

    /// Where to go on afterwards.
    fn next(&self) -> String {
        let next = self.query("next").as_deref().and_then(same_site);
        next.unwrap_or_else(|| HOME.to_owned())
    }

    /// Gives the focus to what asks for it first.
    fn focus(&self, wanted: bool) -> Focus {
        match wanted && !self.is_focused.swap(true, Ordering::Relaxed) {
            false => Focus::Elsewhere,
            true if request::wants_html() => Focus::ByBrowser,
            true => Focus::ByScript,
        }
    }

    /// The account that asks.
    fn identity(&self) -> Result<&Identity, AppError> {
        let identity = self.identity.as_ref();
        identity.ok_or_else(|| fail(AuthError::Unauthenticated))
    }
}

/// Whether something has the focus when the page is shown, and who leads it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Focus {
    Elsewhere,
    /// That loads the page.
    ByBrowser,
    /// That puts the page into another one, where browsers heed no `autofocus`.
    ByScript,
}

impl Focus {
    /// For the attribute `autofocus`.
    fn auto(self) -> bool {
        self == Self::ByBrowser
    }

    /// For the attribute `data-focus`.
    fn data(self) -> Option<&'static str> {
        (self == Self::ByScript).then_some("")
    }
}

fn nothing_here() -> AppError {
    fail(ApiError::new(
        ErrorCode::NotFound,
        "There is nothing at this address.",
    ))
}

/// The page at an address, as it is `again` for whoever is there already.
pub(crate) async fn at(address: &str, again: bool) -> Result<Sheet, AppError> {
    let address = same_site(address.trim_end_matches('?')).ok_or_else(nothing_here)?;
    let flash = (!again).then(|| Flash::take(&address)).flatten();
    let request = Request {
        services: services()?,
        identity: request::extension(),
        flash: flash.unwrap_or_default(),
        address,
        is_told: AtomicBool::new(false),
        is_focused: AtomicBool::new(false),
    };
    let mut segments = request.path().trim_matches('/').split('/');
    let (title, view) = match (segments.next(), segments.next(), segments.next()) {
        (Some("admin"), section, id) => admin::page(&request, section, id).await?,
        (Some("auth"), Some("unsubscribe"), None) => unsubscribe::page(&request).await?,
        (Some("auth"), step, None) => auth::page(&request, step)?,
        (Some("settings"), section, None) => settings::page(&request, section).await?,
        (Some("dashboard"), None, None) => dashboard::page(&request).await?,
        (Some("wallet"), None, None) => wallet::page(&request).await?,
        (Some("trade"), Some(pair), None) => trade::page(&request, pair).await?,
        (Some("coins"), Some(id), None) => coin::page(&request, id).await?,
        (Some("alerts"), None, None) => alerts::page(&request).await?,
        (Some("notifications"), None, None) => notifications::page(&request).await?,
        (Some("transactions"), None, None) => transactions::page(&request).await?,
        (Some("dev"), Some("mailbox"), id) => mailbox::page(&request, id).await?,
        _ => return Err(nothing_here()),
    };
    Ok(Sheet {
        title: title.to_owned(),
        html: view.to_html(),
    })
}

/// How the visitor reads numbers.
pub(crate) fn locale() -> Locale {
    let languages = request::header("accept-language");
    Locale::negotiate(&languages.unwrap_or_default())
}

/// A page's title and content.
type Page = (&'static str, AnyView);
