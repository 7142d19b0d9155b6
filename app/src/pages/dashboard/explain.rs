//! What a figure is made of.

use super::shown::Shown;
use crate::format::minute;
use domain::{
    address,
    format::{self, Locale},
    portfolio::{
        Figure,
        tree::{Formula, Node, Unit},
    },
};
use leptos::prelude::*;
use rust_decimal::Decimal;
use time::{OffsetDateTime, Time};

pub(super) fn section(shown: &Shown) -> Option<AnyView> {
    let figure = shown.asked.figure?;
    let statement = &shown.statement;
    let (title, as_json, content) = match (&statement.explained, &statement.unknown) {
        (Some(node), _) => {
            let json = as_json(shown, figure);
            (
                "What it is made of",
                Some(json),
                tree(node, shown.locale, true),
            )
        }
        (None, Some(why)) => {
            let why = view! { <p>{why.clone()}</p> };
            ("Why this is not known", None, why.into_any())
        }
        (None, None) => return None,
    };
    let close = shown.asked.with_figure(None);
    let drawer = view! {
        <aside id="explain" class="drawer explain" data-testid="explain" aria-labelledby="explain-title">
            <div class="modal-head">
                <h2 id="explain-title" tabindex="-1">
                    {title}
                </h2>
                <p class="cluster">
                    {as_json}
                    <a class="button" href=close data-close-explain="" data-noscroll="">
                        "Close"
                    </a>
                </p>
            </div>
            {content}
        </aside>
    };
    Some(drawer.into_any())
}

fn as_json(shown: &Shown, figure: Figure) -> AnyView {
    let json = format!(
        "/api/portfolio/explain?figure={}&period={}&method={}",
        address::value(&figure.to_string()),
        shown.asked.period,
        shown.method().as_str(),
    );
    view! {
        <a href=json rel="external">
            "As JSON"
        </a>
    }
    .into_any()
}

/// Decimal places of what a day made of a dollar.
const FACTOR_PLACES: u32 = 8;
/// Of so many parts each shows at once what it is made of.
const FEW: usize = 4;

fn tree(node: &Node, locale: Locale, is_open: bool) -> AnyView {
    let head = view! {
        <span class="explain-label">{node.label.clone()}</span>
        {node.at.map(|at| view! { <small class="muted">{moment(at)}</small> })}
        {node.source.map(|source| view! { <small class="muted">{source.to_string()}</small> })}
        <span class="explain-value num">{value(node, locale)}</span>
    };
    if node.of.is_empty() {
        return view! { <div class="explain-leaf">{head}</div> }.into_any();
    }
    let parts: Vec<_> = node
        .of
        .iter()
        .map(|part| tree(part, locale, is_open && node.of.len() <= FEW))
        .collect();
    view! {
        <details class="explain-node" open=is_open>
            <summary>{head}</summary>
            <p class="muted">{formula(node.formula)}</p>
            <div class="explain-parts">{parts}</div>
        </details>
    }
    .into_any()
}

/// A day stands for the whole of it.
fn moment(at: OffsetDateTime) -> String {
    match at.time() == Time::MIDNIGHT {
        true => at.date().to_string(),
        false => minute(at),
    }
}

fn value(node: &Node, locale: Locale) -> String {
    let value = node.value.to_decimal();
    match node.unit {
        Unit::Usd => format::dollars(value, locale),
        Unit::UsdEach => format::usd(value, locale),
        Unit::Quantity => format::amount(value, locale),
        // As much as somebody reads of it; all its digits are in the JSON.
        Unit::Factor => format::amount(value.round_dp(FACTOR_PLACES), locale),
        Unit::Ratio => {
            let percent = domain::number::to_double(value * Decimal::ONE_HUNDRED);
            match node.formula {
                // A part of all; everything else is a change.
                Formula::Quotient => format::share(percent, locale),
                _ => format::percent(percent, locale),
            }
        }
    }
}

const fn formula(formula: Formula) -> &'static str {
    match formula {
        Formula::Given => "",
        Formula::Sum => "the sum of:",
        Formula::Difference => "the first − the second:",
        Formula::Product => "the first × the second:",
        Formula::Share => "the first × the second ÷ the third:",
        Formula::Quotient => "the first ÷ the second:",
        Formula::Growth => "all of them multiplied, − 1:",
        Formula::Rate => "the yearly rate at which these cancel out:",
    }
}
