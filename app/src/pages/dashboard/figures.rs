//! The figures of the whole portfolio.

use super::shown::{Shown, direction};
use crate::{components::panel::panel, functions::portfolio::SetMethod};
use domain::portfolio::{Figure, Method, Number, Period, view::Overview};
use leptos::{prelude::*, server_fn::ServerFn};

pub(super) fn totals(shown: &Shown) -> AnyView {
    let (overview, performance) = (&shown.statement.overview, &shown.statement.performance);
    let usd = |amount, figure| shown.dollars(amount, figure);
    let rate = |rate: Option<Number>, figure| {
        rate.map_or_else(
            || ("num", shown.unknown(figure)),
            |rate| {
                let explained = shown.explained(shown.percent(rate), rate, figure);
                (direction(rate), explained)
            },
        )
    };
    let twr = rate(performance.time_weighted, Figure::TimeWeighted);
    let xirr = rate(performance.money_weighted, Figure::MoneyWeighted);
    let other = (shown.method() != shown.set).then_some(shown.method());
    let keep = other.map(|method| keep(shown, method));
    let today = shown.made(performance.today, Figure::Today);
    let profit = shown.made(performance.profit, Figure::Profit);
    let of_what = performance.today_return.map(|rate| {
        let rate = shown.explained(shown.percent(rate), rate, Figure::TodayReturn);
        view! { " (" {rate} ")" }
    });
    let content = view! {
        <p class="portfolio-total" data-testid="total-value">
            {usd(overview.total_value, Figure::Value(None))}
        </p>
        <p class="portfolio-today" data-testid="today">
            <span class=today.0>{today.1} {of_what}</span>
            <span class="muted">" today, since midnight UTC"</span>
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
                <dd>{usd(overview.fees, Figure::Fees)}</dd>
            </div>
            <div>
                <dt>{format!("Profit, {}", period_in_words(shown.asked.period))}</dt>
                <dd class=profit.0>{profit.1}</dd>
            </div>
            <div>
                <dt title="What a dollar made that was there all the time">"Time-weighted return"</dt>
                <dd class=twr.0>{twr.1}</dd>
            </div>
            <div>
                <dt title="What your dollars made, per year (XIRR)">"Money-weighted return, a year"</dt>
                <dd class=xirr.0>{xirr.1}</dd>
            </div>
        </dl>
        {methods(shown)}
        {keep}
        {unpriced(overview)}
        {unknown(overview)}
    };
    panel("Value", content)
}

/// As it is said in the middle of a line.
fn period_in_words(period: Period) -> &'static str {
    match period {
        Period::Days(7) => "7 days",
        Period::Days(30) => "30 days",
        Period::Days(90) => "90 days",
        Period::Days(_) => "1 year",
        Period::YearToDate => "this year",
        Period::Whole => "all in all",
    }
}

/// The choice of the method: links, so that it works without scripts.
fn methods(shown: &Shown) -> AnyView {
    let links = Method::ALL.map(|method| {
        let href = shown.asked.with_method(method);
        let current = (method == shown.method()).then_some("true");
        view! {
            <a href=href aria-current=current data-noscroll="" title=method.explanation()>
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
fn keep(shown: &Shown, method: Method) -> AnyView {
    let button = format!("Keep {} as my method", method.title());
    view! {
        <form class="form" method="post" action=SetMethod::PATH data-testid="keep-method">
            <input type="hidden" name="method" value=method.as_str() />
            <input type="hidden" name="back" value=shown.asked.href() />
            <p class="form-error" role="alert" tabindex="-1"></p>
            <button class="button">{button}</button>
        </form>
    }
    .into_any()
}

fn unpriced(overview: &Overview) -> Option<AnyView> {
    let unpriced = overview.holdings.iter().filter(|one| one.value.is_none());
    let names: Vec<String> = unpriced.map(|one| one.asset.to_string()).collect();
    (!names.is_empty()).then(|| {
        let text = format!(
            "Nobody knows the price of {}: not in the totals.",
            names.join(", ")
        );
        view! { <p class="page-note">{text}</p> }.into_any()
    })
}

fn unknown(overview: &Overview) -> Option<AnyView> {
    let gap = overview.unknown_origin.first()?;
    let others = match overview.unknown_origin.len() - 1 {
        0 => String::new(),
        others => format!(", and so did {others} more"),
    };
    let text = format!(
        "{} {} left {} although nothing tells how it came there{others}. It counts as brought in just \
         then, at what it was worth. Add what is missing and it is put right.",
        gap.quantity,
        gap.asset,
        gap.place.name(),
    );
    Some(view! { <p class="page-note">{text}</p> }.into_any())
}
