//! What an order would do, before it is placed.

use super::{
    Desk, outlook,
    ticket::{Kind, Ticket, Wanted, refused},
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
    /// It can be placed. Of two linked orders there are two; beside each what it would realise.
    Fine(Vec<(PlaceOrder, Preview, Option<AnyView>)>),
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
        Wanted::One(order) => vec![order],
        Wanted::Oco(oco) => parts(&oco).into(),
    };
    let mut previews = Vec::new();
    for order in orders {
        let exchange = &desk.request.services.exchange;
        match exchange.preview(desk.identity, &order).await {
            Ok(preview) if is_crossed(ticket, &order, &preview) => {
                let message = "must be better than the market's, or it trades at once";
                let (errors, detail) = (vec![refused("price", message)], None);
                return Review::Wrong { errors, detail };
            }
            Ok(preview) => {
                let outlook = outlook::of(desk, &order, &preview).await;
                previews.push((order, preview, outlook));
            }
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

/// Whether one of two linked orders would trade at once: then they can't be placed.
fn is_crossed(ticket: &Ticket, order: &PlaceOrder, preview: &Preview) -> bool {
    let trades = preview.filled_quantity != Digits::default();
    ticket.kind == Kind::Oco && order.kind == OrderType::Limit && trades
}

/// Two linked orders as if each stood alone.
fn parts(oco: &PlaceOco) -> [PlaceOrder; 2] {
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
    [limit, stop]
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
    pub(super) fn view(self, desk: &Desk<'_>, ticket: &Ticket) -> Option<AnyView> {
        let Self::Fine(previews) = self else {
            return None;
        };
        let locale = locale();
        // Of two linked orders the dearer one is held for.
        let needs = previews.iter().map(|(_, preview, _)| preview);
        let needs = needs.max_by_key(|preview| preview.held);
        let needs = needs.map(|preview| needs_view(preview, locale));
        let linked = (previews.len() > 1).then(|| {
            view! { <p>"Two orders: as soon as one trades, the other is cancelled."</p> }
        });
        let affordable = previews.iter().all(|(_, preview, _)| preview.affordable);
        let told = previews.into_iter().map(|(order, preview, outlook)| {
            view! {
                {figures(&order, &preview, desk, locale)}
                {outlook}
            }
            .into_any()
        });
        let told: Vec<_> = told.collect();
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
                    "Review"
                </h3>
                {told}
                {linked}
                {needs}
                {place}
                <a
                    class="button"
                    id="review-back"
                    href=back
                    data-noscroll=""
                    data-then="ticket-review"
                    aria-keyshortcuts="Escape"
                    title="Key Esc"
                >
                    "Change it"
                </a>
            </div>
        };
        Some(view.into_any())
    }
}

fn figures(order: &PlaceOrder, preview: &Preview, desk: &Desk<'_>, locale: Locale) -> AnyView {
    let amount = |digits: Digits| format::amount(digits.get(), locale);
    let usd = |digits: Digits| format::usd(digits.get(), locale);
    let base = desk.info.base;
    let rates = desk.request.services.exchange.settings().rates;
    let traded = preview.average_price.map(|average| {
        let total = match order.side {
            Side::Buy => "You pay",
            Side::Sell => "You get",
        };
        let filled = format!("{} {base}", amount(preview.filled_quantity));
        let fee = format!("{} ({})", usd(preview.fee), rate(rates.taker, locale));
        [
            ("Trades at once", filled),
            ("Average price", usd(average)),
            ("Fee", fee),
            (total, usd(preview.total)),
        ]
    });
    let later = preview.status.is_live().then(|| {
        let fee = match order.kind {
            OrderType::Limit => rate(rates.maker, locale),
            OrderType::StopLimit | OrderType::TakeProfitLimit => {
                format!("at most {}", rate(rates.highest(), locale))
            }
            _ => rate(rates.taker, locale),
        };
        ("Fee once it trades", format!("{fee} of what is traded"))
    });
    let worst = preview.worst_price;
    let worst = worst.filter(|worst| Some(*worst) != preview.average_price);
    let rows = traded.into_iter().flatten();
    let rows = rows.chain(worst.map(|worst| ("Worst price", usd(worst))));
    let rows = rows.chain(later).map(|(term, text)| line(term, text));
    let rows: Vec<_> = rows.collect();
    view! {
        <p>
            <strong>{words::asked(order, locale)} "."</strong>
            " "
            {outcome(order, preview)}
        </p>
        <dl class="stats">{rows}</dl>
    }
    .into_any()
}

fn line(term: &'static str, text: String) -> AnyView {
    view! {
        <div>
            <dt>{term}</dt>
            <dd>{text}</dd>
        </div>
    }
    .into_any()
}

/// What is held for it, and whether there is as much.
fn needs_view(preview: &Preview, locale: Locale) -> AnyView {
    let amount = |digits: Digits| format::amount(digits.get(), locale);
    let (held, available) = (amount(preview.held), amount(preview.available));
    let asset = preview.held_asset.to_string();
    let needs = format!("{held} of {available} {asset}");
    let short = (!preview.affordable).then(|| {
        view! {
            <p class="form-error" role="alert">
                "Not enough "
                {asset}
                " is available. "
                <a href="/wallet">"Deposit paper money"</a>
            </p>
        }
    });
    view! {
        <dl class="stats">{line("Needs", needs)}</dl>
        {short}
    }
    .into_any()
}

fn rate(millionths: u32, locale: Locale) -> String {
    let percent = Decimal::new(i64::from(millionths), 4);
    format!("{} %", format::amount(percent, locale))
}

fn outcome(order: &PlaceOrder, preview: &Preview) -> String {
    let why = preview.reason.map(words::reason);
    let then = match order.price {
        Some(_) => "It waits for its price, and is in the book then.",
        None => "It waits for its price, and trades then.",
    };
    match (preview.status, why) {
        (Status::Filled, _) => "It is filled at once, at the prices of this moment.".to_owned(),
        (Status::PendingTrigger, _) => then.to_owned(),
        (Status::Open, _) => "It waits in the book until somebody meets its price.".to_owned(),
        (Status::PartiallyFilled, _) => {
            "It trades in part, and waits in the book with the rest.".to_owned()
        }
        (Status::Rejected, Some(why)) => format!("It would be refused: {why}."),
        (_, Some(why)) if preview.filled_quantity == Digits::default() => {
            format!("It would trade nothing: {why}.")
        }
        (_, Some(why)) => format!("It trades in part; the rest is cancelled: {why}."),
        (_, None) => "It trades in part; the rest is cancelled.".to_owned(),
    }
}
