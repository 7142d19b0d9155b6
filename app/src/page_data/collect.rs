//! Collects [`PageData`] from the services and the request.

use super::{
    PageData,
    request::{self, Unread},
    theme::Theme,
};
use crate::{account::Viewer, watchlist::Watchlist};
use domain::format::Locale;
use leptos::prelude::use_context;
use services::{Services, auth::Identity, config::AppEnv};

/// What is known about this request. Without services in the context (when the routes are listed
/// at start) there is nothing to tell.
pub(super) fn page_data() -> PageData {
    let Some(services) = use_context::<Services>() else {
        return PageData::default();
    };
    let status = services.market.status();
    PageData {
        prices: services.market.prices(),
        state: status.state,
        age_ms: status.age_ms,
        locale: request::header("accept-language")
            .map_or_else(Locale::default, |header| Locale::negotiate(&header)),
        theme: request::cookie(Theme::COOKIE).and_then(|value| value.parse().ok()),
        watchlist: request::cookie(Watchlist::COOKIE)
            .map(|value| Watchlist::parse(&value))
            .unwrap_or_default(),
        user: request::extension::<Identity>().map(|identity| Viewer::from(&identity.user)),
        unread: request::extension::<Unread>().map_or(0, |Unread(unread)| unread),
        development: services.config.app_env == AppEnv::Development,
        request_id: request::id(),
    }
}
