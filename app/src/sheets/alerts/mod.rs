//! Alerts: a new one, those there are, and what was told.

mod new;

pub(super) use new::price_form;

use super::{
    Page, Request,
    form::{Form, done, failed},
    locale, minute,
    panel::panel,
};
use crate::{
    components::data_table::{
        Column::{Hidden, Text},
        table,
    },
    error::AppError,
    functions::{
        alerts::{DeleteAlert, SwitchAlert},
        answer::fail,
    },
};
use domain::{
    CoinId,
    alert::{Alert, Condition, Direction, Standing},
    format::{self, Locale},
};
use leptos::{prelude::*, server_fn::ServerFn};
use time::OffsetDateTime;

pub(super) async fn page(request: &Request) -> Result<Page, AppError> {
    let identity = request.identity()?;
    let services = &request.services;
    let alerts = services.alerts.list(identity).await.map_err(fail)?;
    let view = view! {
        <h1>"Alerts"</h1>
        {failed(request)}
        {done(request)}
        {panel("New alert", new::forms(request))}
        {panel("Your alerts", list(request, &alerts))}
        <p class="muted">
            <a href="/notifications">"What you were told"</a>
            " · "
            <a href="/settings/notifications">"How you are told"</a>
        </p>
    };
    Ok(("Alerts", view.into_any()))
}

fn list(request: &Request, alerts: &[Alert]) -> AnyView {
    if alerts.is_empty() {
        let nothing = "None yet. Set one above: you are told by the bell above, and as you have set it, by e-mail.";
        return view! { <p>{nothing}</p> }.into_any();
    }
    let locale = locale();
    let rows: Vec<_> = alerts
        .iter()
        .map(|alert| row(request, alert, locale))
        .collect();
    let columns = [
        Text("When"),
        Text("Repeats"),
        Text("State"),
        Text("Last told"),
        Hidden("Change"),
    ];
    let caption = "Alerts, the newest first";
    let table = table("alerts", "Alerts", caption, &columns, rows);
    view! { <div class="cards">{table}</div> }.into_any()
}

fn row(request: &Request, alert: &Alert, locale: Locale) -> AnyView {
    let id = alert.id.to_string();
    let what = condition(request, &alert.condition, locale);
    let note = alert.note.as_str().to_owned();
    let note = (!note.is_empty()).then(|| view! { <small class="muted">{note}</small> });
    let (enabled, word) = match alert.standing {
        Standing::Armed | Standing::Waiting => ("false", "Switch off"),
        Standing::Paused => ("true", "Switch on"),
        Standing::Done => ("true", "Set again"),
    };
    let switch = Form::new(request, &format!("switch-{id}"), SwitchAlert::PATH)
        .hidden("id", id.clone())
        .hidden("enabled", enabled)
        .labelled(format!("{word}: {what}"))
        .view(word, "button");
    let delete = Form::new(request, &format!("delete-{id}"), DeleteAlert::PATH)
        .hidden("id", id)
        .labelled(format!("Delete: {what}"))
        .view("Delete", "button");
    let told = alert.fired_at.map_or_else(|| "–".to_owned(), minute);
    view! {
        <tr data-standing=alert.standing.as_str()>
            <th scope="row">{what} " " {note}</th>
            <td data-label="Repeats">{repeats(alert)}</td>
            <td data-label="State">{standing(alert, request.services.config.clock.now())}</td>
            <td data-label="Last told">{told}</td>
            <td>
                <div class="cluster">{switch} {delete}</div>
            </td>
        </tr>
    }
    .into_any()
}

fn repeats(alert: &Alert) -> String {
    let Some(cooldown) = alert.cooldown else {
        return "Once".to_owned();
    };
    match cooldown.seconds() {
        3600 => "At most once an hour".to_owned(),
        86_400 => "At most once a day".to_owned(),
        seconds => format!("At most every {} min", seconds.div_ceil(60)),
    }
}

fn standing(alert: &Alert, now: OffsetDateTime) -> String {
    let words = match alert.standing {
        Standing::Armed => "Waits for it",
        Standing::Waiting => match alert.silent_until().filter(|until| *until > now) {
            Some(until) => return format!("Silent until {}", minute(until)),
            None => "Waits until it is false",
        },
        Standing::Done => "Was told",
        Standing::Paused => "Off",
    };
    words.to_owned()
}

pub(super) fn condition(request: &Request, condition: &Condition, locale: Locale) -> String {
    let usd = |amount| format::usd(amount, locale);
    let worth = |amount| format::dollars(amount, locale);
    let name = |coin: &CoinId| {
        let known = request.services.market.catalogue().get(coin);
        known.map_or_else(|| coin.to_string(), |coin| coin.name.clone())
    };
    match condition {
        Condition::PriceAbove { coin, price } => {
            format!("{} rises to {}", name(coin), usd(price.get()))
        }
        Condition::PriceBelow { coin, price } => {
            format!("{} falls to {}", name(coin), usd(price.get()))
        }
        Condition::PercentMove {
            coin,
            percent,
            window,
            direction,
        } => {
            let way = match direction {
                Direction::Up => "rises",
                Direction::Down => "falls",
                Direction::Any => "moves",
            };
            format!(
                "{} {way} by {percent}% within {}",
                name(coin),
                window.title()
            )
        }
        Condition::PortfolioAbove { value } => {
            format!("Your portfolio rises to {}", worth(value.get()))
        }
        Condition::PortfolioBelow { value } => {
            format!("Your portfolio falls to {}", worth(value.get()))
        }
        Condition::FeedStale => "No source of prices delivers".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{AlertId, alert::NewAlert};
    use time::Duration;

    #[test]
    fn one_that_repeats_is_silent_for_as_long_as_it_said() -> Result<(), Box<dyn std::error::Error>>
    {
        let new = NewAlert {
            kind: "feed_stale".to_owned(),
            cooldown: Some(3600),
            ..NewAlert::default()
        };
        let id: AlertId = "00000000-0000-0000-0000-000000000001".parse()?;
        let told = OffsetDateTime::UNIX_EPOCH;
        let alert = new.record(id, |_| None, told);
        let mut alert = alert.map_err(|wrong| format!("{wrong:?}"))?;
        let after = |seconds| told + Duration::seconds(seconds);
        assert_eq!(standing(&alert, told), "Waits until it is false");
        alert.fired_at = Some(told);
        let silent = "Silent until 1970-01-01 01:00 UTC";
        assert_eq!(standing(&alert, after(3599)), silent);
        assert_eq!(standing(&alert, after(3600)), "Waits until it is false");
        alert.standing = Standing::Armed;
        assert_eq!(standing(&alert, after(1)), "Waits for it");
        alert.standing = Standing::Waiting;
        alert.cooldown = None;
        assert_eq!(standing(&alert, after(1)), "Waits until it is false");
        Ok(())
    }
}
