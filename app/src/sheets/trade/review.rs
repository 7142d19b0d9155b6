//! What an order would do, before it is placed.

use super::{
    Desk,
    ticket::{Kind, Ticket, Wanted},
    words,
};
use crate::{
    account::sentence,
    functions::trading::PlaceOrder as Place,
    sheets::{form::Form, locale},
};
use domain::{
    api::{ApiError, FieldError},
    exchange::order::{Side, Status},
    format::{self, Locale},
    trading::{Digits, OrderType, PlaceOco, PlaceOrder, Preview, TimeInForce},
};
use leptos::{prelude::*, server_fn::ServerFn};
use rust_decimal::Decimal;
use uuid::Uuid;

/// What came of looking at it.
pub(super) enum Review {
    /// Nobody has asked.
    None,
    /// Something is wrong with it.
    Wrong {
        errors: Vec<FieldError>,
        /// What is wrong with it as a whole.
        detail: Option<String>,
    },
    /// It can be placed. Of two linked orders there are two.
    Fine(Vec<(&'static str, Preview)>),
}

pub(super) async fn of(desk: &Desk<'_>, ticket: &Ticket, wrong: Option<FieldError>) -> Review {
    if let Some(error) = wrong {
        let (errors, detail) = (vec![error], None);
        return Review::Wrong { errors, detail };
    }
    if desk.request.query("review").is_none() {
        return Review::None;
    }
    let wanted = match ticket.wanted() {
        Ok(wanted) => wanted,
        Err(errors) => {
            let detail = None;
            return Review::Wrong { errors, detail };
        }
    };
    let orders = match wanted {
        Wanted::One(order) => vec![("", order)],
        Wanted::Oco(oco) => parts(&oco).into(),
    };
    let mut previews = Vec::new();
    for (name, order) in orders {
        let Ok(identity) = desk.request.identity() else {
            return Review::None;
        };
        let exchange = &desk.request.services.exchange;
        match exchange.preview(identity, &order).await {
            Ok(preview) => previews.push((name, preview)),
            Err(error) => {
                // What is wrong with an order is no failure of its page.
                let error = ApiError::from(error);
                let detail = error.errors.is_empty().then(|| error.detail.clone());
                let errors = error.errors;
                return Review::Wrong { errors, detail };
            }
        }
    }
    Review::Fine(previews)
}

/// Two linked orders as if each stood alone.
fn parts(oco: &PlaceOco) -> [(&'static str, PlaceOrder); 2] {
    let limit = PlaceOrder {
        pair: oco.pair,
        side: oco.side,
        kind: OrderType::Limit,
        quantity: Some(oco.quantity),
        quote_amount: None,
        price: Some(oco.price),
        stop_price: None,
        trail: None,
        time_in_force: oco.expires_at.map(|_| TimeInForce::Gtd),
        expires_at: oco.expires_at,
        post_only: false,
        client_order_id: None,
    };
    let stop = PlaceOrder {
        kind: match oco.stop_limit_price {
            Some(_) => OrderType::StopLimit,
            None => OrderType::Stop,
        },
        price: oco.stop_limit_price,
        stop_price: Some(oco.stop_price),
        ..limit.clone()
    };
    [("Limit order: ", limit), ("Stop order: ", stop)]
}

impl Review {
    /// What is wrong with a field.
    pub(super) fn error(&self, field: &str) -> Option<&str> {
        let Self::Wrong { errors, .. } = self else {
            return None;
        };
        let found = errors.iter().find(|error| error.field == field);
        found.map(|error| error.message.as_str())
    }

    /// What is wrong that stands beside none of these fields.
    pub(super) fn told(&self, fields: &[&str]) -> Option<String> {
        let Self::Wrong { errors, detail } = self else {
            return None;
        };
        let beside =
            |error: &&FieldError| fields.contains(&&*error.field) || error.field == "post_only";
        let elsewhere = errors.iter().filter(|error| !beside(error));
        let elsewhere =
            elsewhere.map(|error| format!("{} {}.", sentence(&error.field), error.message));
        let told: Vec<String> = detail.clone().into_iter().chain(elsewhere).collect();
        (!told.is_empty()).then(|| told.join(" "))
    }

    /// What it would do, and the button that places it.
    pub(super) fn view(&self, desk: &Desk<'_>, ticket: &Ticket) -> Option<AnyView> {
        let Self::Fine(previews) = self else {
            return None;
        };
        let locale = locale();
        let told: Vec<_> = previews
            .iter()
            .map(|(name, preview)| figures(name, preview, ticket, desk, locale))
            .collect();
        let affordable = previews.iter().all(|(_, preview)| preview.affordable);
        let button = format!(
            "Place {} order",
            words::side_name(ticket.side).to_lowercase()
        );
        let place = affordable.then(|| {
            let class = match ticket.side {
                Side::Buy => "button buy",
                Side::Sell => "button sell",
            };
            Form::new(desk.request, "place-order", Place::PATH)
                .hidden("pair", ticket.pair.to_string())
                .hidden("order", ticket.query())
                .hidden("key", Uuid::now_v7().to_string())
                .view(&button, class)
        });
        let back = format!("/trade/{}?{}", ticket.pair, ticket.query());
        let focus = desk.request.focus(true);
        let view = view! {
            <div class="review" data-testid="review">
                <h3 tabindex="-1" autofocus=focus.auto() data-focus=focus.data()>
                    "This order would"
                </h3>
                {told}
                {place}
                <a class="button" href=back data-noscroll="" aria-keyshortcuts="Escape" title="Key Esc">
                    "Change it"
                </a>
            </div>
        };
        Some(view.into_any())
    }
}

fn figures(
    name: &'static str,
    preview: &Preview,
    ticket: &Ticket,
    desk: &Desk<'_>,
    locale: Locale,
) -> AnyView {
    let amount = |digits: Digits| format::amount(digits.get(), locale);
    let usd = |digits: Digits| format::usd(digits.get(), locale);
    let base = desk.info.base;
    let rates = desk.request.services.exchange.rates();
    let traded = preview.average_price.map(|average| {
        let total = match ticket.side {
            Side::Buy => "You pay",
            Side::Sell => "You get",
        };
        vec![
            (
                "Trades at once",
                format!("{} {base}", amount(preview.filled_quantity)),
            ),
            ("Average price", usd(average)),
            (
                "Fee",
                format!("{} ({})", usd(preview.fee), rate(rates.taker, locale)),
            ),
            (total, usd(preview.total)),
        ]
    });
    let later = preview.status.is_live().then(|| {
        let highest = match ticket.kind {
            Kind::One(OrderType::Limit) | Kind::Oco => rates.maker,
            _ => rates.highest(),
        };
        (
            "Fee once it trades",
            format!("{} of what is traded", rate(highest, locale)),
        )
    });
    let held = format!(
        "{} of {} {}",
        amount(preview.held),
        amount(preview.available),
        preview.held_asset
    );
    let worst = preview
        .worst_price
        .filter(|worst| Some(*worst) != preview.average_price);
    let rows = traded.into_iter().flatten();
    let rows = rows.chain(worst.map(|worst| ("Worst price", usd(worst))));
    let rows = rows.chain(later).chain([("Needs", held)]);
    let rows = rows.map(|(term, text)| view! { <div><dt>{term}</dt><dd>{text}</dd></div> });
    let rows: Vec<_> = rows.collect();
    let short = (!preview.affordable).then(|| {
        view! {
            <p class="form-error" role="alert">
                "Not enough " {preview.held_asset.to_string()} " is available. "
                <a href="/wallet">"Deposit paper money"</a>
            </p>
        }
    });
    view! {
        <p>{name} {outcome(preview)}</p>
        <dl class="stats">{rows}</dl>
        {short}
    }
    .into_any()
}

fn rate(millionths: u32, locale: Locale) -> String {
    let percent = Decimal::new(i64::from(millionths), 4);
    format!("{} %", format::amount(percent, locale))
}

fn outcome(preview: &Preview) -> String {
    let why = preview.reason.map(words::reason);
    match (preview.status, why) {
        (Status::Filled, _) => "be filled at once, at the prices of this moment.".to_owned(),
        (Status::PendingTrigger, _) => "wait for its price, and trade then.".to_owned(),
        (Status::Open, _) => "wait in the book until somebody meets its price.".to_owned(),
        (Status::PartiallyFilled, _) => {
            "trade in part, and wait in the book with the rest.".to_owned()
        }
        (Status::Rejected, Some(why)) => format!("be refused: {why}."),
        (_, Some(why)) if preview.filled_quantity == Digits::default() => {
            format!("trade nothing: {why}.")
        }
        (_, Some(why)) => format!("trade in part; the rest is cancelled: {why}."),
        (_, None) => "trade in part; the rest is cancelled.".to_owned(),
    }
}
