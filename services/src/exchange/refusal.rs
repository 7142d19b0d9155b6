//! How refusals are told.

use domain::{
    api::{ApiError, ErrorCode},
    exchange::{Asset, Exchange, Rejection, money::Amount, order::Invalid},
};
use std::time::Duration;

/// A refusal in words. The exchange knows how finely its assets are divided.
pub(super) fn refusal(exchange: &Exchange, rejection: &Rejection) -> ApiError {
    use ErrorCode as Code;
    let field = |name: &str| ApiError::field(name, rejection.to_string());
    match *rejection {
        Rejection::UnknownPair(_) => field("pair"),
        Rejection::UnknownAsset(_) => field("asset"),
        Rejection::UnknownOrder => ApiError::new(Code::NotFound, "There is no such open order."),
        Rejection::UnknownWithdrawal => {
            ApiError::new(Code::NotFound, "There is no such withdrawal under way.")
        }
        Rejection::NotApproved => {
            ApiError::new(Code::Conflict, "The withdrawal has not been approved.")
        }
        Rejection::Invalid(invalid) => ApiError::field(invalid_field(invalid), invalid.to_string()),
        Rejection::TriggersAtOnce => field("stop_price"),
        Rejection::LinkedPrices => field("price"),
        Rejection::InsufficientFunds {
            asset,
            needed,
            available,
        } => {
            let (needed, available) = (
                shown(exchange, asset, needed),
                shown(exchange, asset, available),
            );
            let detail = format!("This needs {needed} {asset}; {available} {asset} are available.");
            ApiError::new(Code::InsufficientFunds, detail)
        }
        Rejection::PriceStale => ApiError::new(
            Code::PriceStale,
            "The price is more than 30 seconds old. Nothing trades at it until a new one comes.",
        )
        .retry_after(Duration::from_secs(5)),
        Rejection::TooManyOrders => {
            let most = exchange.settings().most_orders;
            let detail = format!("You have {most} open orders, which is as many as there can be.");
            ApiError::new(Code::Conflict, detail)
        }
        Rejection::NotPositive => field("amount"),
        Rejection::DailyLimit { left } => {
            let left = shown(exchange, Asset::USD, left);
            let message = format!("is above what can be deposited today: {left} USD are left");
            ApiError::field("amount", message)
        }
        Rejection::AccountClosed => {
            let detail = "This account is closed. Nothing more can be done with it.";
            ApiError::new(Code::Forbidden, detail)
        }
        Rejection::Overflow(_) => field("quantity"),
        Rejection::Broken(corrupt) => {
            tracing::error!(%corrupt, "the exchange has made a mistake");
            unconfirmed()
        }
    }
}

fn invalid_field(invalid: Invalid) -> &'static str {
    match invalid {
        Invalid::TooSmall | Invalid::TooLarge => "quantity",
        Invalid::AlreadyOver | Invalid::NothingToWaitFor => "expires_at",
        Invalid::Trail => "trail",
        Invalid::QuoteSellWaits => "quote_amount",
    }
}

fn shown(exchange: &Exchange, asset: Asset, amount: Amount) -> String {
    let scale = exchange.scale(asset).unwrap_or_default();
    let decimal = amount.to_decimal(scale);
    decimal.map_or_else(|| "too many".to_owned(), |amount| amount.to_string())
}

/// Nobody can tell whether it was kept.
pub(super) fn unconfirmed() -> ApiError {
    let detail =
        "This could not be confirmed. Send it again with the same key to learn what became of it.";
    ApiError::new(ErrorCode::Unavailable, detail).retry_after(Duration::from_secs(1))
}

/// Nothing was done: too much waits.
pub(super) fn busy() -> ApiError {
    let detail = "The exchange has too much to do right now. Nothing was done; please try again.";
    ApiError::new(ErrorCode::Unavailable, detail).retry_after(Duration::from_secs(1))
}

/// Nothing was done, and nothing will be before somebody has looked.
pub(super) fn broken() -> ApiError {
    let detail = "The exchange is closed: its books do not agree, and the operator has to look at \
        them first. Nothing was done.";
    ApiError::new(ErrorCode::Unavailable, detail)
}

/// Nothing was done: nobody writes the journal.
pub(super) fn closed() -> ApiError {
    let detail =
        "The exchange is not open at the moment. Nothing was done; please try again shortly.";
    ApiError::new(ErrorCode::Unavailable, detail).retry_after(Duration::from_secs(2))
}
