//! The dashboard: what one owns, here and elsewhere, what it made, and why.

mod explain;
mod figures;
mod history;
mod holdings;
mod manual;

use super::{
    Page, Request,
    form::failed,
    locale,
    panel::{live, panel, said},
};
use crate::{error::AppError, functions::answer::fail};
use domain::{
    address,
    portfolio::{Figure, Fixed, Method},
};
use leptos::prelude::*;
use rust_decimal::Decimal;
use services::portfolio::Period;

/// Periods that can be chosen, and what they are called.
const PERIODS: [(&str, &str); 6] = [
    ("7d", "7 days"),
    ("30d", "30 days"),
    ("90d", "90 days"),
    ("ytd", "This year"),
    ("1y", "1 year"),
    ("all", "All"),
];

pub(super) async fn page(request: &Request) -> Result<Page, AppError> {
    let identity = request.identity()?;
    let asked = Asked::of(request);
    let portfolios = &request.services.portfolios;
    let overview = portfolios
        .overview(identity, asked.method)
        .await
        .map_err(fail)?;
    let manual = portfolios.holdings(identity).await.map_err(fail)?;
    let balances = request
        .services
        .exchange
        .balances(identity)
        .await
        .map_err(fail)?;
    let add = panel("Add a holding", manual::add(request));
    let view = if overview.holdings.is_empty() && overview.closed.is_empty() {
        view! {
            {panel("Nothing yet", empty())}
            {add}
        }
        .into_any()
    } else {
        let performance = portfolios.performance(identity, asked.period()).await;
        let performance = performance.map_err(fail)?;
        let explained = explain::section(request, &asked).await?;
        let shown = Shown {
            asked: &asked,
            method: overview.method,
            locale: locale(),
        };
        let parts = view! {
            {panel("Value", figures::totals(&shown, request, &overview, &performance))}
            {explained}
            {panel("History", history::chart(&shown, &performance))}
            {panel("Holdings", holdings::table_of(&shown, request, &overview))}
            {(!overview.closed.is_empty())
                .then(|| panel("Closed positions", holdings::closed(&shown, &overview)))}
        };
        view! {
            {live(request, "portfolio", &balances, parts)}
            {(!manual.is_empty()).then(|| panel("Held elsewhere", manual::list(request, &manual)))}
            {add}
        }
        .into_any()
    };
    let view = view! {
        <h1>"Dashboard"</h1>
        {failed(request)}
        {said(request)}
        {view}
    };
    Ok(("Dashboard", view.into_any()))
}

fn empty() -> AnyView {
    view! {
        <p>
            "Your portfolio begins with the first thing you own: "
            <a href="/wallet">"deposit paper money"</a> " and " <a href="/trade">"trade"</a>
            ", or add below what you hold elsewhere."
        </p>
    }
    .into_any()
}

/// What is asked for. What can't be read is left out: it was typed into an address.
struct Asked {
    method: Option<Method>,
    period: &'static str,
    figure: Option<Figure>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let method = request.query("method");
        let method =
            method.and_then(|name| Method::ALL.into_iter().find(|one| one.as_str() == name));
        let period = request.query("period");
        let period = PERIODS
            .into_iter()
            .find(|(name, _)| period.as_deref() == Some(name));
        Self {
            method,
            period: period.map_or("all", |(name, _)| name),
            figure: request.query("explain").and_then(|name| name.parse().ok()),
        }
    }

    fn period(&self) -> Period {
        self.period.parse().unwrap_or_default()
    }

    /// The page with something else chosen.
    fn with(&self, method: Option<Method>, period: &str, figure: Option<Figure>) -> String {
        let method = method.map(|method| ("method", method.as_str().to_owned()));
        let period = (period != "all").then(|| ("period", period.to_owned()));
        let figure = figure.map(|figure| ("explain", figure.to_string()));
        let pairs = [method, period, figure].into_iter().flatten();
        let pairs = pairs.map(|(name, value)| format!("{name}={}", address::value(&value)));
        let pairs: Vec<String> = pairs.collect();
        match pairs.is_empty() {
            true => "/dashboard".to_owned(),
            false => format!("/dashboard?{}", pairs.join("&")),
        }
    }
}

/// What is shown, and how.
struct Shown<'a> {
    asked: &'a Asked,
    /// In effect, whether it was asked for or is the one that is set.
    method: Method,
    locale: domain::format::Locale,
}

impl Shown<'_> {
    fn usd<const P: u32>(&self, amount: Fixed<P>) -> String {
        domain::format::usd(amount.to_decimal(), self.locale)
    }

    fn amount<const P: u32>(&self, amount: Fixed<P>) -> String {
        domain::format::amount(amount.to_decimal(), self.locale)
    }

    /// A ratio in percent, with its sign.
    fn percent<const P: u32>(&self, ratio: Fixed<P>) -> String {
        let percent = ratio.to_decimal() * Decimal::ONE_HUNDRED;
        domain::format::percent(domain::number::to_double(percent), self.locale)
    }

    /// A figure that leads to what it is made of.
    fn explained(&self, text: String, figure: Figure) -> AnyView {
        let href = format!(
            "{}#explain",
            self.asked
                .with(self.asked.method, self.asked.period, Some(figure))
        );
        let title = "What is this made of?";
        view! {
            <a class="figure" href=href title=title data-figure=figure.to_string()>
                {text}
            </a>
        }
        .into_any()
    }
}

/// Whether something was won or lost, for its colour.
fn direction<const P: u32>(amount: Fixed<P>) -> &'static str {
    if amount.is_zero() {
        "num"
    } else if amount.is_negative() {
        "num down"
    } else {
        "num up"
    }
}
