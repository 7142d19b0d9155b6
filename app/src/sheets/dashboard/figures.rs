//! The figures of the whole portfolio.

use super::{Shown, direction};
use crate::{
    functions::portfolio::SetMethod,
    sheets::{Request, form::Form},
};
use domain::portfolio::{
    Figure, Method,
    view::{Overview, Performance},
};
use leptos::{prelude::*, server_fn::ServerFn};

pub(super) fn totals(
    shown: &Shown<'_>,
    request: &Request,
    overview: &Overview,
    performance: &Performance,
) -> AnyView {
    let usd = |amount, figure| shown.explained(shown.usd(amount), figure);
    let twr = performance.time_weighted;
    let twr = (
        direction(twr),
        shown.explained(shown.percent(twr), Figure::TimeWeighted),
    );
    let xirr = performance.money_weighted.map(|rate| {
        (
            direction(rate),
            shown.explained(shown.percent(rate), Figure::MoneyWeighted),
        )
    });
    let keep = shown.asked.method.map(|method| keep(request, method));
    let nothing = || ("num", "–".into_any());
    let (xirr_class, xirr) = xirr.unwrap_or_else(nothing);
    view! {
        <p class="portfolio-total" data-testid="total-value">
            {usd(overview.total_value, Figure::Value(None))}
        </p>
        <dl class="stats" data-testid="totals">
            <div>
                <dt>"Cost"</dt>
                <dd>{usd(overview.cost_basis, Figure::Cost(None))}</dd>
            </div>
            <div>
                <dt>"Unrealised profit"</dt>
                <dd class=direction(overview.unrealised)>
                    {usd(overview.unrealised, Figure::Unrealised(None))}
                </dd>
            </div>
            <div>
                <dt>"Realised profit"</dt>
                <dd class=direction(overview.realised)>
                    {usd(overview.realised, Figure::Realised(None))}
                </dd>
            </div>
            <div>
                <dt>"Fees paid"</dt>
                <dd>{shown.usd(overview.fees)}</dd>
            </div>
            <div>
                <dt title="What a dollar made that was there all the time">"Time-weighted return"</dt>
                <dd class=twr.0>{twr.1}</dd>
            </div>
            <div>
                <dt title="What your dollars made, per year (XIRR)">"Money-weighted return, a year"</dt>
                <dd class=xirr_class>{xirr}</dd>
            </div>
        </dl>
        {methods(shown)}
        {keep}
        {unpriced(overview)}
        {unknown(overview)}
    }
    .into_any()
}

/// The choice of the method: links, so that it works without scripts.
fn methods(shown: &Shown<'_>) -> AnyView {
    let links = Method::ALL.map(|method| {
        let href = shown
            .asked
            .with(Some(method), shown.asked.period, shown.asked.figure);
        let current = (method == shown.method).then_some("true");
        view! {
            <a href=href aria-current=current title=method.explanation()>
                {method.title()}
            </a>
        }
        .into_any()
    });
    view! {
        <nav class="tabs" aria-label="Cost basis method" data-testid="methods">
            {Vec::from(links)}
        </nav>
    }
    .into_any()
}

/// A method that was looked at can be kept.
fn keep(request: &Request, method: Method) -> AnyView {
    Form::new(request, "keep-method", SetMethod::PATH)
        .hidden("method", method.as_str())
        .view(&format!("Keep {} as my method", method.title()), "button")
}

fn unpriced(overview: &Overview) -> Option<AnyView> {
    let unpriced = overview.holdings.iter().filter(|one| one.value.is_none());
    let names: Vec<String> = unpriced.map(|one| one.asset.to_string()).collect();
    (!names.is_empty()).then(|| {
        let text = format!(
            "Nobody knows the price of {}: not in the totals.",
            names.join(", ")
        );
        view! { <p class="notice">{text}</p> }.into_any()
    })
}

fn unknown(overview: &Overview) -> Option<AnyView> {
    let gap = overview.unknown_origin.first()?;
    let count = overview.unknown_origin.len();
    let text = format!(
        "{count} times something left that nothing tells the origin of, first {} {} at {}. It counts as \
         brought in just then, at what it was worth. Add what is missing and it is put right.",
        gap.quantity,
        gap.asset,
        gap.place.name(),
    );
    Some(view! { <p class="notice">{text}</p> }.into_any())
}
