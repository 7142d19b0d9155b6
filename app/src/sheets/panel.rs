//! Parts of a page.

use super::{
    Request,
    form::{done, shown_once},
};
pub(super) use crate::components::panel::panel;
use crate::components::{
    data_table::{
        Column::{Number, Text},
        table,
    },
    panel::under,
};
use domain::{
    format::{self, Locale},
    trading::{Balance, Digits},
};
use leptos::prelude::*;

/// A part that is exchanged by itself when orders or money have changed: see `account::live`. Whatever
/// changes after `balances` were read has a higher number than they.
pub(super) fn live(
    request: &Request,
    id: &'static str,
    balances: &[Balance],
    content: impl IntoView + 'static,
) -> AnyView {
    let newest = balances.iter().map(|balance| balance.sequence).max();
    let newest = newest.unwrap_or_default();
    let owner = request.identity.as_ref();
    let owner = owner.map(|identity| identity.id().to_string());
    view! {
        <div class="live" id=id data-live=newest.to_string() data-owner=owner>
            // Shown only while changes can't be heard of.
            <p class="live-lost" role="status">
                "Not connected: orders and balances may have changed."
            </p>
            {content.into_view()}
        </div>
    }
    .into_any()
}

/// Where it is said what has been done by the forms of such parts.
pub(super) fn said(request: &Request) -> AnyView {
    view! {
        <div class="live" id="said" data-live="0" data-kept="">
            {done(request)}
        </div>
    }
    .into_any()
}

/// The sections of a page, `here` being the one that is shown.
pub(super) fn sections(
    name: &'static str,
    sections: &[(&'static str, &'static str)],
    here: &str,
) -> AnyView {
    let links = sections.iter().map(|&(href, label)| {
        let current = (href == here).then_some("page");
        view! {
            <a href=href aria-current=current>
                {label}
            </a>
        }
    });
    view! {
        <nav class="tabs settings-nav" aria-label=name>
            {links.collect_view()}
        </nav>
    }
    .into_any()
}

/// A table of what there is.
pub(super) fn balances(balances: &[Balance], locale: Locale) -> AnyView {
    let amount = |digits: Digits| format::amount(digits.get(), locale);
    let rows = balances.iter().map(|balance| {
        let value = balance.value_usd;
        let value = value.map_or_else(|| "–".to_owned(), |v| format::usd(v.get(), locale));
        view! {
            <tr>
                <th scope="row">{balance.asset.to_string()}</th>
                <td class="num" data-label="Available">{amount(balance.available)}</td>
                <td class="num" data-label="Held">{amount(balance.held)}</td>
                <td class="num" data-label="Total">{amount(balance.total)}</td>
                <td class="num" data-label="Value">{value}</td>
            </tr>
        }
        .into_any()
    });
    let columns = [
        Text("Asset"),
        Number("Available"),
        Number("Held"),
        Number("Total"),
        Number("Value"),
    ];
    let table = table("balances", "Balances", "Balances", &columns, rows.collect());
    view! { <div class="cards">{table}</div> }.into_any()
}

/// A part that is shown this once.
pub(super) fn panel_shown_once(
    request: &Request,
    title: &'static str,
    content: impl IntoView + 'static,
) -> AnyView {
    under(shown_once(request, title), content)
}

/// Figures with their names. `id` is for tests.
pub(super) fn facts(id: &'static str, facts: Vec<(&'static str, String)>) -> AnyView {
    let facts = facts.into_iter().map(|(name, value)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
        .into_any()
    });
    let facts: Vec<_> = facts.collect();
    view! {
        <dl class="facts" data-testid=id>
            {facts}
        </dl>
    }
    .into_any()
}
