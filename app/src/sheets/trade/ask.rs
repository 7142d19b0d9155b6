//! The form of an order. It is sent by GET: what was chosen and typed stands in the address, so that
//! every button of it works without scripts and going back undoes it.

use super::{
    Desk,
    percent::PARTS,
    review::Review,
    ticket::{Kind, Ticket, side_name},
    words,
};
use crate::{
    account::sentence,
    sheets::form::{Field, Select},
};
use domain::exchange::order::Side;
use leptos::prelude::*;

/// The form's id; fields and buttons elsewhere belong to it by it.
pub(super) const FORM: &str = "ticket";
/// Fields in the order in which they stand.
const FIELDS: [&str; 8] = [
    "stop_price",
    "price",
    "stop_limit_price",
    "trail",
    "quantity",
    "quote_amount",
    "time_in_force",
    "expires_at",
];
/// What else the address may say of this page, and goes on saying.
const BESIDES: [&str; 2] = ["range", "kind"];

pub(super) fn form(desk: &Desk<'_>, ticket: &Ticket, review: &Review) -> AnyView {
    let action = format!("/trade/{}", ticket.pair);
    let fields = FIELDS.into_iter().filter(|name| ticket.has(name));
    let fields: Vec<_> = fields
        .map(|name| field(desk, ticket, review, name))
        .collect();
    let told = review.told(&FIELDS);
    let focus = desk.request.focus(told.is_some());
    let besides = BESIDES.into_iter().filter_map(|name| {
        let value = desk.request.query(name)?;
        Some(view! { <input type="hidden" name=name value=value /> })
    });
    let besides: Vec<_> = besides.collect();
    view! {
        <form class="form ticket" id=FORM method="get" action=action data-testid="ticket">
            // What the Enter key presses, wherever it is pressed.
            <button name="review" value="1" hidden>
                "Review"
            </button>
            {besides}
            <input type="hidden" name="side" value=side_name(ticket.side) />
            <input type="hidden" name="type" value=ticket.kind.as_str() />
            {sides(ticket.side)}
            {kinds(ticket.kind)}
            <p class="form-error" role="alert" tabindex="-1" autofocus=focus.auto() data-focus=focus.data()>
                {told}
            </p>
            {fields}
            {parts()}
            {post_only(ticket, review)}
            <button class="button primary" id="ticket-review" name="review" value="1">
                "Review order"
            </button>
        </form>
    }
    .into_any()
}

fn sides(chosen: Side) -> AnyView {
    let button = |side: Side, key: &'static str| {
        let class = format!("side {}", side_name(side));
        view! {
            <button
                id=format!("side-{}", side_name(side))
                class=class
                name="side"
                value=side_name(side)
                aria-pressed=(side == chosen).to_string()
                aria-keyshortcuts=key
                title=format!("{} (key {key})", words::side_name(side))
            >
                {words::side_name(side)}
            </button>
        }
    };
    view! {
        <div class="sides" role="group" aria-label="Side">
            {button(Side::Buy, "B")}
            {button(Side::Sell, "S")}
        </div>
    }
    .into_any()
}

fn kinds(chosen: Kind) -> AnyView {
    let buttons = Kind::ALL.map(|kind| {
        let name = match kind {
            Kind::One(kind) => words::type_name(kind),
            Kind::Oco => "OCO",
        };
        let title = (kind == Kind::Oco).then_some("Two orders: one cancels the other");
        view! {
            <button
                id=format!("type-{}", kind.as_str())
                name="type"
                value=kind.as_str()
                aria-pressed=(kind == chosen).to_string()
                title=title
            >
                {name}
            </button>
        }
    });
    view! {
        <div class="kinds" role="group" aria-label="Type of order">
            {buttons.into_iter().collect_view()}
        </div>
    }
    .into_any()
}

fn parts() -> AnyView {
    let buttons = PARTS.map(|part| {
        view! {
            <button
                id=format!("part-{part}")
                name="percent"
                value=part.to_string()
                title=format!("{part} % of what is available")
            >
                {part.to_string()}
                " %"
            </button>
        }
    });
    view! {
        <div class="parts" role="group" aria-label="Part of what is available">
            {buttons.into_iter().collect_view()}
        </div>
    }
    .into_any()
}

fn field(desk: &Desk<'_>, ticket: &Ticket, review: &Review, name: &'static str) -> AnyView {
    let error = review.error(name).map(sentence);
    let focus = desk.request.focus(error.is_some());
    let typed = ticket.typed(name).to_owned();
    let (base, quote) = (desk.info.base, desk.info.quote);
    let number = |label: String| Field::new(name, label, "text", "off").decimal().optional();
    let field = match name {
        "time_in_force" => {
            let (label, options) = ("Time in force", waits(ticket));
            let chosen = typed;
            let list = Select {
                name,
                label,
                options,
                chosen,
            };
            return list.view(FORM, error, focus);
        }
        "expires_at" => {
            let hint = "In UTC; empty to wait until it is cancelled.";
            let field = Field::new(name, "Ends", "datetime-local", "off");
            field.hint(hint).optional()
        }
        "stop_price" => number(format!("Stop price ({quote})")),
        "price" => number(format!("Price ({quote})")),
        "stop_limit_price" => number(format!("Stop order's limit ({quote})"))
            .hint("Empty for a market order once the stop price is reached."),
        "trail" => number(format!("Distance ({quote} or %)"))
            .hint("How far the stop follows behind, such as 500 or 1.5%."),
        "quote_amount" => number(format!("or for ({quote})")).hint("Fee included."),
        _ => number(format!("Quantity ({base})")),
    };
    field.view(FORM, Some(typed), error, focus)
}

/// How long such an order can wait.
fn waits(ticket: &Ticket) -> Vec<(String, String)> {
    let all = [
        ("GTC", "Until cancelled"),
        ("GTD", "Until a time"),
        ("IOC", "Not at all: the rest is cancelled (IOC)"),
        ("FOK", "Not at all: all of it or nothing (FOK)"),
    ];
    let some = if ticket.has("post_only") { 4 } else { 2 };
    let some = all.into_iter().take(some);
    some.map(|(value, label)| (value.to_owned(), label.to_owned()))
        .collect()
}

fn post_only(ticket: &Ticket, review: &Review) -> Option<AnyView> {
    let checked = !ticket.typed("post_only").is_empty();
    let error = review.error("post_only").map(sentence);
    let tick = view! {
        <div class="form-field">
            <label class="tick">
                <input type="checkbox" id="ticket-post_only" name="post_only" checked=checked />
                "Post only: never trade at once"
            </label>
            <p class="field-error" data-error="post_only">
                {error}
            </p>
        </div>
    };
    ticket.has("post_only").then(|| tick.into_any())
}
