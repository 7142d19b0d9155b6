//! Alerts, and what one was told.

#[cfg(feature = "ssr")]
use super::{
    answer::{fail, services},
    auth::caller::{Caller, field},
};
use crate::{account::Outcome, client::ApiClient, error::AppError};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    crate::sheets::locale,
    domain::{
        AlertId,
        address::same_site,
        alert::{ChangeAlert, NewAlert},
        format::{self, Locale},
        notification::{PreferenceChange, Topic},
    },
    services::store::Which,
};

#[cfg(feature = "ssr")]
const PAGE: &str = "/alerts";

/// What a field that may be left empty says.
#[cfg(feature = "ssr")]
fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.trim().is_empty())
}

/// An amount of US dollars as pages write it to this visitor, without its marks.
#[cfg(feature = "ssr")]
fn dollars(text: String) -> Option<String> {
    given(text).map(|text| plain(&text, locale()))
}

/// Takes off a dollar sign and the commas between groups of digits. Where commas stand elsewhere, or are the
/// decimal mark of whoever types, the text keeps them and is refused by those who read it.
#[cfg(feature = "ssr")]
fn plain(text: &str, locale: Locale) -> String {
    let text = text.trim();
    let text = text.strip_prefix('$').map_or(text, str::trim_start);
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let digits = whole.replace(',', "");
    let is_grouped = |number: u64| {
        let mut ways = [locale, Locale::Comma].into_iter();
        ways.any(|way| format::integer(number, way) == whole)
    };
    match locale.group() == ',' && digits.parse::<u64>().is_ok_and(is_grouped) {
        true => digits + fraction,
        false => text.to_owned(),
    }
}

/// How long it is silent after it was told; empty for one that is over then.
#[cfg(feature = "ssr")]
fn seconds(cooldown: String) -> Result<Option<u32>, AppError> {
    let seconds = given(cooldown).map(|text| text.parse());
    field("cooldown", seconds.transpose())
}

#[cfg(feature = "ssr")]
async fn add(page: &str, new: NewAlert) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let alerts = services()?.alerts;
    alerts.add(caller.identity()?, &new).await.map_err(fail)?;
    Ok(caller.done(page, "The alert is set."))
}

/// Makes an alert of a price; `kind` is `price_above` or `price_below`. Comes `back` to the coin's page when
/// it was set there.
#[server(prefix = "/_fn", endpoint = "alerts/add/price", client = ApiClient)]
pub async fn add_price_alert(
    kind: String,
    coin: String,
    price: String,
    #[server(default)] cooldown: String,
    #[server(default)] note: String,
    #[server(default)] back: String,
) -> Result<Outcome, AppError> {
    let back = same_site(&back).filter(|back| back.starts_with("/coins/"));
    let page = back.as_deref().unwrap_or(PAGE);
    add(
        page,
        NewAlert {
            kind,
            coin: given(coin),
            price: dollars(price),
            cooldown: seconds(cooldown)?,
            note: given(note),
            ..NewAlert::default()
        },
    )
    .await
}

/// Makes an alert of a move of a price.
#[server(prefix = "/_fn", endpoint = "alerts/add/move", client = ApiClient)]
pub async fn add_move_alert(
    coin: String,
    percent: String,
    window: String,
    direction: String,
    #[server(default)] cooldown: String,
    #[server(default)] note: String,
) -> Result<Outcome, AppError> {
    add(
        PAGE,
        NewAlert {
            kind: "percent_move".to_owned(),
            coin: given(coin),
            percent: given(percent),
            window: given(window),
            direction: given(direction),
            cooldown: seconds(cooldown)?,
            note: given(note),
            ..NewAlert::default()
        },
    )
    .await
}

/// Makes an alert of the worth of one's portfolio; `kind` is `portfolio_above` or `portfolio_below`.
#[server(prefix = "/_fn", endpoint = "alerts/add/portfolio", client = ApiClient)]
pub async fn add_portfolio_alert(
    kind: String,
    value: String,
    #[server(default)] cooldown: String,
    #[server(default)] note: String,
) -> Result<Outcome, AppError> {
    add(
        PAGE,
        NewAlert {
            kind,
            value: dollars(value),
            cooldown: seconds(cooldown)?,
            note: given(note),
            ..NewAlert::default()
        },
    )
    .await
}

/// Makes an alert of the sources of prices.
#[server(prefix = "/_fn", endpoint = "alerts/add/feed", client = ApiClient)]
pub async fn add_feed_alert(
    #[server(default)] cooldown: String,
    #[server(default)] note: String,
) -> Result<Outcome, AppError> {
    add(
        PAGE,
        NewAlert {
            kind: "feed_stale".to_owned(),
            cooldown: seconds(cooldown)?,
            note: given(note),
            ..NewAlert::default()
        },
    )
    .await
}

/// Switches an alert on or off.
#[server(prefix = "/_fn", endpoint = "alerts/switch", client = ApiClient)]
pub async fn switch_alert(id: String, enabled: bool) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: AlertId = field("id", id.parse())?;
    let change = ChangeAlert {
        enabled: Some(enabled),
        ..ChangeAlert::default()
    };
    let alerts = services()?.alerts;
    let changed = alerts.change(caller.identity()?, id, &change).await;
    changed.map_err(fail)?;
    let done = match enabled {
        true => "The alert waits again.",
        false => "The alert is switched off.",
    };
    Ok(caller.done(PAGE, done))
}

/// Deletes an alert.
#[server(prefix = "/_fn", endpoint = "alerts/delete", client = ApiClient)]
pub async fn delete_alert(id: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: AlertId = field("id", id.parse())?;
    let alerts = services()?.alerts;
    alerts.delete(caller.identity()?, id).await.map_err(fail)?;
    Ok(caller.done(PAGE, "The alert is deleted."))
}

/// Notes that everything up to a number was seen.
#[server(prefix = "/_fn", endpoint = "notifications/read", client = ApiClient)]
pub async fn read_notifications(up_to: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let up_to = Which::UpTo(field("up_to", up_to.parse())?);
    let notifications = services()?.notifications;
    let read = notifications.mark_read(caller.identity()?, &up_to).await;
    read.map_err(fail)?;
    Ok(caller.done("/notifications", "Everything is read."))
}

/// Sets of what one is told by e-mail: topics whose boxes are ticked are there.
#[server(prefix = "/_fn", endpoint = "notifications/preferences", client = ApiClient)]
pub async fn set_preferences(
    #[server(default)] alert: String,
    #[server(default)] fill: String,
    #[server(default)] stop: String,
    #[server(default)] withdrawal: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let (identity, notifications) = (caller.identity()?, services()?.notifications);
    let ticked = [
        (Topic::Alert, alert),
        (Topic::Fill, fill),
        (Topic::Stop, stop),
        (Topic::Withdrawal, withdrawal),
    ];
    let email = ticked.into_iter().filter(|(_, tick)| !tick.is_empty());
    let change = PreferenceChange::Email(email.map(|(topic, _)| topic).collect());
    let changed = notifications.change_preferences(identity, &change, &caller.visitor);
    changed.await.map_err(fail)?;
    Ok(caller.done(
        "/settings/notifications",
        "That is how you are told from now on.",
    ))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_as_pages_write_it() {
        for (typed, read) in [
            ("70000", "70000"),
            (" 70,000 ", "70000"),
            ("$200000", "200000"),
            ("$ 1,234,567.89", "1234567.89"),
            ("$0.000001234", "0.000001234"),
            // Whatever that was to be: it is refused.
            ("70,00", "70,00"),
            ("7,0000", "7,0000"),
            ("0,500", "0,500"),
            ("1,000.5,0", "1000.5,0"),
            ("$$5", "$5"),
            ("-5", "-5"),
            ("cheap", "cheap"),
        ] {
            assert_eq!(plain(typed, Locale::Comma), read, "{typed}");
        }
        assert_eq!(plain("2,00,000", Locale::Indian), "200000");
        assert_eq!(plain("200,000", Locale::Indian), "200000");
        // There it is seventy.
        assert_eq!(plain("70,000", Locale::Dot), "70,000");
    }
}
