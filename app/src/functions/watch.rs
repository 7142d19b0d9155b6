//! The watchlist without JavaScript.

use crate::{client::ApiClient, error::AppError};
use domain::CoinId;
use leptos::prelude::*;

/// Stars a coin or takes its star away, and leads back to the page. Only the plain form posts
/// here; with JavaScript the browser writes the same cookie itself.
#[server(prefix = "/_fn", endpoint = "watchlist/set", client = ApiClient)]
pub async fn set_watched(coin: CoinId, starred: bool, next: String) -> Result<(), AppError> {
    use super::answer::{fail, services};
    use crate::{page_data::request, watchlist::Watchlist};
    use domain::api::ApiError;

    let known = services()?.market.resolve(coin.as_str());
    let coin = known.ok_or_else(|| fail(ApiError::field("coin", "is no coin we know")))?;
    let value = request::cookie(Watchlist::COOKIE).unwrap_or_default();
    let mut list = Watchlist::parse(&value);
    list.set(&coin, starred);
    super::reply::keep_and_return(&list.cookie(), &next);
    Ok(())
}
