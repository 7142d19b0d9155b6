//! The figures as views.

use super::{activity, asked::Asked, explain, figures, history, holdings};
use crate::{
    components::panel::panel,
    format::{self, Locale},
};
use domain::{
    CoinId,
    exchange::Asset,
    portfolio::{Figure, Fixed, Method, Money, Statement},
};
use leptos::prelude::*;
use rust_decimal::Decimal;
use std::{collections::BTreeMap, sync::Arc};

/// What is shown, and how.
pub(super) struct Shown {
    pub(super) asked: Asked,
    pub(super) statement: Arc<Statement>,
    /// The method that is set, whichever is shown.
    pub(super) set: Method,
    /// By which live prices and pages are known.
    pub(super) coins: Arc<BTreeMap<Asset, CoinId>>,
    pub(super) locale: Locale,
}

/// All of it.
pub(super) fn view(shown: Signal<Arc<Shown>>, locale: Locale) -> AnyView {
    let is_empty = Memo::new(move |_| {
        shown.with(|shown| {
            let overview = &shown.statement.overview;
            overview.holdings.is_empty() && overview.closed.is_empty()
        })
    });
    let parts = move || {
        if is_empty.get() {
            return panel("Nothing yet", empty());
        }
        view! {
            {move || shown.with(|shown| figures::totals(shown))}
            {move || shown.with(|shown| explain::section(shown))}
            {history::panel(shown, locale)}
            {move || shown.with(|shown| holdings::held(shown))}
            {move || shown.with(|shown| holdings::closed(shown))}
            {move || shown.with(|shown| activity::recent(shown))}
        }
        .into_any()
    };
    view! { {parts} }.into_any()
}

/// The same as the server writes it into a page.
#[cfg(feature = "ssr")]
pub(crate) fn written(
    asked: Asked,
    statement: Statement,
    set: Method,
    coins: BTreeMap<Asset, CoinId>,
) -> String {
    let locale = crate::sheets::locale();
    let shown = Arc::new(Shown {
        asked,
        statement: Arc::new(statement),
        set,
        coins: Arc::new(coins),
        locale,
    });
    view(Signal::stored(shown), locale).to_html()
}

fn empty() -> AnyView {
    view! {
        <p>
            "Your portfolio begins with the first thing you own: "
            <a href="/wallet">"deposit paper money"</a> " and " <a href="/trade">"trade"</a> ", "
            <a href="/dashboard?add">"add what you hold elsewhere"</a> ", or "
            <a href="/dashboard?import">"import your trades"</a> "."
        </p>
    }
    .into_any()
}

impl Shown {
    /// In effect, whether it was asked for or is the one that is set.
    pub(super) fn method(&self) -> Method {
        self.statement.overview.method
    }

    pub(super) fn usd<const P: u32>(&self, amount: Fixed<P>) -> String {
        format::dollars(amount.to_decimal(), self.locale)
    }

    pub(super) fn amount<const P: u32>(&self, amount: Fixed<P>) -> String {
        format::amount(amount.to_decimal(), self.locale)
    }

    /// A ratio in percent, with its sign.
    pub(super) fn percent<const P: u32>(&self, ratio: Fixed<P>) -> String {
        let percent = ratio.to_decimal() * Decimal::ONE_HUNDRED;
        format::percent(domain::number::to_double(percent), self.locale)
    }

    /// A figure that leads to what it is made of; `exact` is all of its digits.
    pub(super) fn explained<const P: u32>(
        &self,
        text: String,
        exact: Fixed<P>,
        figure: Figure,
    ) -> AnyView {
        let href = self.asked.with_figure(Some(figure));
        let title = format!("{exact}: what is this made of?");
        view! {
            <a
                class="figure"
                href=href
                title=title
                data-figure=figure.to_string()
                data-noscroll=""
            >
                {text}
            </a>
        }
        .into_any()
    }

    /// A dash that leads to why nobody can know the figure.
    pub(super) fn unknown(&self, figure: Figure) -> AnyView {
        let href = self.asked.with_figure(Some(figure));
        let name = figure.to_string();
        view! {
            <a class="figure" href=href title="–: why is this not known?" data-figure=name data-noscroll="">
                "–"
            </a>
        }
        .into_any()
    }

    /// So many dollars that may be unknown, with the class of their colour.
    pub(super) fn made(&self, amount: Option<Money>, figure: Figure) -> (&'static str, AnyView) {
        match amount {
            Some(amount) => (direction(amount), self.dollars(amount, figure)),
            None => ("num", self.unknown(figure)),
        }
    }

    /// So many dollars, which lead to what they are made of.
    pub(super) fn dollars<const P: u32>(&self, amount: Fixed<P>, figure: Figure) -> AnyView {
        // What was won says so, not by its colour alone.
        let is_won = figure.is_profit() && !amount.is_negative() && !amount.is_zero();
        let sign = if is_won { "+" } else { "" };
        self.explained(format!("{sign}{}", self.usd(amount)), amount, figure)
    }
}

/// Whether something was won or lost, for its colour.
pub(super) fn direction<const P: u32>(amount: Fixed<P>) -> &'static str {
    if amount.is_zero() {
        "num"
    } else if amount.is_negative() {
        "num down"
    } else {
        "num up"
    }
}
