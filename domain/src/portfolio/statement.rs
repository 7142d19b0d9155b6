//! All figures of a portfolio at once, as the dashboard shows them: computed by the server for a page,
//! and by the browser from then on.

use super::{
    book::Book,
    entry::Entry,
    explain::Explainer,
    figure::Figure,
    fixed::TooLarge,
    history::{Closes, Past, Point},
    lots::Method,
    period::Period,
    tree::{Node, Untrue},
    valuation::{Quote, Valuation},
    view::{Overview, Performance},
};
use crate::exchange::{Asset, Timestamp};
use std::{collections::BTreeMap, sync::Arc};

/// Everything that figures are computed from.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// In order: see [`in_order`](super::entry::in_order).
    pub entries: Arc<[Entry]>,
    /// What assets cost now.
    pub quotes: BTreeMap<Asset, Quote>,
    /// What they cost at the end of the days before.
    pub closes: Arc<BTreeMap<Asset, Closes>>,
    /// When `quotes` were so.
    pub now: Timestamp,
}

/// What is shown of a portfolio.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Question {
    /// Under which method.
    pub method: Method,
    /// How far back returns look.
    pub period: Period,
    /// The figure that is to explain itself.
    pub figure: Option<Figure>,
}

/// A portfolio's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What is there and what it made.
    pub overview: Overview,
    /// How well that was.
    pub performance: Performance,
    /// The figure that was asked about, if there is such a one.
    pub explained: Option<Node>,
    /// Why there is none, if it is one that nobody can know.
    pub unknown: Option<String>,
    /// What happened last, the latest first.
    pub recent: Vec<Entry>,
}

/// Entries that a statement shows.
const RECENT: usize = 8;

impl Inputs {
    /// The entries, gone through under a method.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn book(&self, method: Method) -> Result<Book, TooLarge> {
        Book::new(&self.entries, method)
    }

    /// The days until now, which stay as they are at whatever prices.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn past(&self, book: &Book) -> Result<Past, TooLarge> {
        Past::new(book, &self.closes, self.now.day())
    }

    /// What is there and what it made.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn overview(&self, book: &Book) -> Result<Overview, TooLarge> {
        Overview::new(&self.entries, book, &self.valuation(book)?, self.now.into())
    }

    /// How well that was over a period.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn performance(&self, book: &Book, period: Period) -> Result<Performance, TooLarge> {
        Performance::new(&self.points(&self.past(book)?, period)?)
    }

    /// A figure with what it is made of, or why there is none: see [`Explainer::explain`] and
    /// [`Explainer::why_not`].
    ///
    /// # Errors
    /// [`Untrue`] when a number has too many digits.
    pub fn explain(
        &self,
        book: &Book,
        figure: Figure,
        period: Period,
    ) -> Result<Result<Node, Option<String>>, Untrue> {
        let points = match figure.is_over_time() {
            true => self.points(&self.past(book)?, period)?,
            false => Vec::new(),
        };
        let valuation = self.valuation(book)?;
        let explainer = self.explainer(book, &valuation, &points);
        let explained = explainer.explain(figure)?;
        Ok(explained.ok_or_else(|| explainer.why_not(figure)))
    }

    /// All of it. `book` is that of the method that is asked about, `past` its days until today.
    ///
    /// # Errors
    /// [`Untrue`] when a number has too many digits.
    pub fn statement(
        &self,
        book: &Book,
        past: &Past,
        asked: Question,
    ) -> Result<Statement, Untrue> {
        let valuation = self.valuation(book)?;
        let points = self.points(past, asked.period)?;
        let explainer = self.explainer(book, &valuation, &points);
        let explained = match asked.figure {
            Some(figure) => explainer.explain(figure),
            None => Ok(None),
        };
        let explained = match explained {
            // It needs more digits than the figure itself; the others are there all the same.
            Err(Untrue::TooLarge(_)) => None,
            explained => explained?,
        };
        let figure = asked.figure.filter(|_| explained.is_none());
        let unknown = figure.and_then(|figure| explainer.why_not(figure));
        Ok(Statement {
            overview: Overview::new(&self.entries, book, &valuation, self.now.into())?,
            performance: Performance::new(&points)?,
            explained,
            unknown,
            recent: self.entries.iter().rev().take(RECENT).copied().collect(),
        })
    }

    fn explainer<'a>(
        &'a self,
        book: &'a Book,
        valuation: &'a Valuation,
        points: &'a [Point],
    ) -> Explainer<'a> {
        Explainer {
            entries: &self.entries,
            book,
            valuation,
            points,
            closes: &self.closes,
            quotes: &self.quotes,
        }
    }

    fn valuation(&self, book: &Book) -> Result<Valuation, TooLarge> {
        Valuation::new(book, self.now, |asset| self.quotes.get(&asset).copied())
    }

    fn points(&self, past: &Past, period: Period) -> Result<Vec<Point>, TooLarge> {
        past.points(&self.quotes, period.before(self.now))
    }
}
