//! What a figure is made of.

use super::shown::Shown;
use crate::{components::panel::panel, format::minute};
use domain::{
    address,
    format::{self, Locale},
    portfolio::tree::{Formula, Node, Unit},
};
use leptos::prelude::*;
use rust_decimal::Decimal;

pub(super) fn section(shown: &Shown) -> Option<AnyView> {
    let (node, figure) = (shown.statement.explained.as_ref()?, shown.asked.figure?);
    let close = shown.asked.with_figure(None);
    let json = format!(
        "/api/portfolio/explain?figure={}&period={}&method={}",
        address::value(&figure.to_string()),
        shown.asked.period,
        shown.method().as_str(),
    );
    let content = view! {
        <div id="explain" class="explain" data-testid="explain">
            {tree(node, shown.locale, 0)}
            <p class="cluster">
                <a class="button" href=close data-noscroll="">
                    "Close"
                </a>
                <a href=json rel="external">
                    "As JSON"
                </a>
            </p>
        </div>
    };
    Some(panel("What it is made of", content))
}

/// How deep a tree is open at first.
const OPEN: usize = 2;

fn tree(node: &Node, locale: Locale, depth: usize) -> AnyView {
    let head = view! {
        <span class="explain-label">{node.label.clone()}</span>
        {node.at.map(|at| view! { <small class="muted">{minute(at)}</small> })}
        {node.source.map(|source| view! { <small class="muted">{source.to_string()}</small> })}
        <span class="explain-value num">{value(node, locale)}</span>
    };
    if node.of.is_empty() {
        return view! { <div class="explain-leaf">{head}</div> }.into_any();
    }
    let parts: Vec<_> = node
        .of
        .iter()
        .map(|part| tree(part, locale, depth + 1))
        .collect();
    view! {
        <details class="explain-node" open=depth < OPEN>
            <summary>{head}</summary>
            <p class="muted">{formula(node.formula)}</p>
            <div class="explain-parts">{parts}</div>
        </details>
    }
    .into_any()
}

fn value(node: &Node, locale: Locale) -> String {
    let value = node.value.to_decimal();
    match node.unit {
        Unit::Usd | Unit::UsdEach => format::usd(value, locale),
        Unit::Quantity => format::amount(value, locale),
        Unit::Ratio => {
            let percent = domain::number::to_double(value * Decimal::ONE_HUNDRED);
            format::percent(percent, locale)
        }
    }
}

const fn formula(formula: Formula) -> &'static str {
    match formula {
        Formula::Given => "",
        Formula::Sum => "the sum of:",
        Formula::Difference => "the first less the second:",
        Formula::Product => "the first times the second:",
        Formula::Share => "the first times the second, divided by the third:",
        Formula::Quotient => "the first divided by the second:",
        Formula::Growth => "all of them multiplied, less one:",
        Formula::Rate => "the yearly rate at which these cancel out:",
    }
}
