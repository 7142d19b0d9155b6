//! Pages made of forms, written on the server. Each is plain HTML that works by itself; what scripts
//! add to every form is in `account`.

mod auth;
mod form;
mod mailbox;
mod settings;

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

    /// A value of the query.
    fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.address.split_once('?')?;
        query_string::value(query, name)
    }

    /// Where to go on afterwards.
    fn next(&self) -> String {
        let next = self.query("next").as_deref().and_then(same_site);
        next.unwrap_or_else(|| HOME.to_owned())
    }

    /// Whether what asks for the focus gets it: who comes first.
    fn focuses(&self, wanted: bool) -> bool {
        wanted && !self.is_focused.swap(true, Ordering::Relaxed)
    }

    /// The account that asks.
    fn identity(&self) -> Result<&Identity, AppError> {
        let identity = self.identity.as_ref();
        identity.ok_or_else(|| fail(AuthError::Unauthenticated))
    }
}

fn nothing_here() -> AppError {
    fail(ApiError::new(
        ErrorCode::NotFound,
        "There is nothing at this address.",
    ))
}

/// The page at an address.
pub(crate) async fn at(address: &str) -> Result<Sheet, AppError> {
    let address = same_site(address.trim_end_matches('?')).ok_or_else(nothing_here)?;
    let request = Request {
        services: services()?,
        identity: request::extension(),
        flash: Flash::take(&address).unwrap_or_default(),
        address,
        is_told: AtomicBool::new(false),
        is_focused: AtomicBool::new(false),
    };
    let mut segments = request.path().trim_matches('/').split('/');
    let (title, view) = match (segments.next(), segments.next(), segments.next()) {
        (Some("auth"), step, None) => auth::page(&request, step)?,
        (Some("settings"), section, None) => settings::page(&request, section).await?,
        (Some("dev"), Some("mailbox"), id) => mailbox::page(&request, id).await?,
        _ => return Err(nothing_here()),
    };
    Ok(Sheet {
        title: title.to_owned(),
        html: view.to_html(),
    })
}

/// A page's title and content.
type Page = (&'static str, AnyView);
