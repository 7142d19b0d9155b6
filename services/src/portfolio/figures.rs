//! What is there, what it made, and why.

use super::{PortfolioError, Portfolios, compute, require};
use crate::auth::Identity;
use domain::{
    account::Scope,
    exchange::{Asset, Timestamp},
    portfolio::{
        Book, Entry, Explainer, Figure, Method, Quote, Valuation,
        history::{Closes, Day, Point, history, told_prices},
        tree::Node,
        view::{GainView, LotView, Overview, Performance},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
    sync::Arc,
};
use time::OffsetDateTime;

/// How far back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Period {
    /// So many days.
    Days(i64),
    /// Since the beginning of the year, UTC.
    YearToDate,
    /// Since the first entry.
    #[default]
    All,
}

impl FromStr for Period {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text {
            "7d" => Self::Days(7),
            "30d" => Self::Days(30),
            "90d" => Self::Days(90),
            "1y" => Self::Days(365),
            "ytd" => Self::YearToDate,
            "all" => Self::All,
            _ => return Err(()),
        })
    }
}

impl Period {
    /// The day before it begins.
    fn before(self, now: OffsetDateTime) -> Day {
        let today = Timestamp::from(now).day();
        match self {
            Self::Days(count) => today - count,
            Self::YearToDate => today - i64::from(now.ordinal()),
            Self::All => Day::MIN,
        }
    }
}

/// Everything that figures are computed from.
struct Inputs {
    entries: Arc<[Entry]>,
    method: Method,
    quotes: BTreeMap<Asset, Quote>,
    now: OffsetDateTime,
}

impl Inputs {
    fn valuation(&self, book: &Book) -> Result<Valuation, PortfolioError> {
        let quote = |asset: Asset| self.quotes.get(&asset).copied();
        Ok(Valuation::new(book, self.now.into(), quote)?)
    }

    fn points(
        &self,
        book: &Book,
        closes: &BTreeMap<Asset, Closes>,
        period: Period,
    ) -> Result<Vec<Point>, PortfolioError> {
        let mut points = history(book, closes, Timestamp::from(self.now).day())?;
        let before = period.before(self.now);
        points.retain(|point| point.day >= before);
        Ok(points)
    }
}

impl Portfolios {
    /// What is there and what it made. Without a method, under the one that is set.
    ///
    /// # Errors
    /// [`PortfolioError`].
    pub async fn overview(
        &self,
        identity: &Identity,
        method: Option<Method>,
    ) -> Result<Overview, PortfolioError> {
        let inputs = self.inputs(identity, method).await?;
        compute(move || {
            let book = Book::new(&inputs.entries, inputs.method)?;
            let valuation = inputs.valuation(&book)?;
            Ok(Overview::new(
                &inputs.entries,
                &book,
                &valuation,
                inputs.now,
            )?)
        })
        .await
    }

    /// The lots of one asset, or of all.
    ///
    /// # Errors
    /// [`PortfolioError`].
    pub async fn lots(
        &self,
        identity: &Identity,
        method: Option<Method>,
        asset: Option<Asset>,
    ) -> Result<Vec<LotView>, PortfolioError> {
        let inputs = self.inputs(identity, method).await?;
        compute(move || {
            let book = Book::new(&inputs.entries, inputs.method)?;
            Ok(LotView::all(&book, asset)?)
        })
        .await
    }

    /// What disposals made, lot by lot, the oldest first.
    ///
    /// # Errors
    /// [`PortfolioError`].
    pub async fn gains(
        &self,
        identity: &Identity,
        method: Option<Method>,
    ) -> Result<Vec<GainView>, PortfolioError> {
        let inputs = self.inputs(identity, method).await?;
        compute(move || {
            let book = Book::new(&inputs.entries, inputs.method)?;
            Ok(GainView::all(&book)?)
        })
        .await
    }

    /// How well it did over a period, day by day.
    ///
    /// # Errors
    /// [`PortfolioError`].
    pub async fn performance(
        &self,
        identity: &Identity,
        period: Period,
    ) -> Result<Performance, PortfolioError> {
        let inputs = self.inputs(identity, None).await?;
        let closes = self.closes_of(&inputs).await?;
        compute(move || {
            let book = Book::new(&inputs.entries, inputs.method)?;
            Ok(Performance::new(&inputs.points(&book, &closes, period)?)?)
        })
        .await
    }

    /// A figure with everything it is made of; the period is for returns.
    ///
    /// # Errors
    /// [`PortfolioError::NotFound`] when there is no such figure: of an asset that was never there or
    /// has no price, a rate that no payments have.
    pub async fn explain(
        &self,
        identity: &Identity,
        method: Option<Method>,
        figure: Figure,
        period: Period,
    ) -> Result<Node, PortfolioError> {
        let inputs = self.inputs(identity, method).await?;
        let over_time = matches!(figure, Figure::TimeWeighted | Figure::MoneyWeighted);
        let closes = if over_time {
            self.closes_of(&inputs).await?
        } else {
            BTreeMap::new()
        };
        compute(move || {
            let book = Book::new(&inputs.entries, inputs.method)?;
            let valuation = inputs.valuation(&book)?;
            let points = if over_time {
                inputs.points(&book, &closes, period)?
            } else {
                Vec::new()
            };
            let explainer = Explainer {
                entries: &inputs.entries,
                book: &book,
                valuation: &valuation,
                points: &points,
            };
            explainer
                .explain(figure)?
                .ok_or(PortfolioError::NotFound("figure"))
        })
        .await
    }

    async fn inputs(
        &self,
        identity: &Identity,
        method: Option<Method>,
    ) -> Result<Inputs, PortfolioError> {
        require(identity, Scope::Read)?;
        let method = match method {
            Some(method) => method,
            None => {
                self.0
                    .store
                    .portfolios
                    .portfolio(identity.id())
                    .await?
                    .method
            }
        };
        Ok(Inputs {
            entries: self.entries(identity.id()).await?,
            method,
            quotes: self.quotes(),
            now: self.0.clock.now(),
        })
    }

    /// Closing prices, and where nobody knows them those that entries tell.
    async fn closes_of(&self, inputs: &Inputs) -> Result<BTreeMap<Asset, Closes>, PortfolioError> {
        let assets: BTreeSet<Asset> = inputs.entries.iter().flat_map(Entry::assets).collect();
        let closes = self.closes(assets, &inputs.quotes, inputs.now).await;
        let mut all = told_prices(&inputs.entries)?;
        for (asset, closes) in closes {
            all.entry(asset).or_default().extend(closes);
        }
        Ok(all)
    }
}
