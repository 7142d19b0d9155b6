//! `/api/auth`: accounts.

pub(super) mod answer;
mod api_keys;
mod login;
mod me;
mod password;
mod register;
mod second_factor;
mod sessions;
mod wallet;

use crate::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every route below `/api/auth`.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(register::register))
        .routes(routes!(register::verify_email))
        .routes(routes!(register::resend_verification))
        .routes(routes!(login::login))
        .routes(routes!(login::second_factor))
        .routes(routes!(login::refresh))
        .routes(routes!(login::logout))
        .routes(routes!(login::logout_all))
        .routes(routes!(me::get, me::update, me::delete))
        .routes(routes!(me::export))
        .routes(routes!(password::change))
        .routes(routes!(password::forgot))
        .routes(routes!(password::reset))
        .routes(routes!(second_factor::setup))
        .routes(routes!(second_factor::enable))
        .routes(routes!(second_factor::disable))
        .routes(routes!(second_factor::recovery_codes))
        .routes(routes!(second_factor::step_up))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::end))
        .routes(routes!(api_keys::list, api_keys::make))
        .routes(routes!(api_keys::delete))
        .routes(routes!(wallet::nonce))
        .routes(routes!(wallet::verify))
        .routes(routes!(wallet::link))
        .routes(routes!(wallet::unlink))
}
