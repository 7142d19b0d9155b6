//! What is there, what it made, and why.

use super::{PortfolioError, Portfolios, compute, kept::History, require};
use crate::auth::Identity;
use domain::{
    CoinId,
    account::Scope,
    exchange::Asset,
    portfolio::{
        Entry, Figure, Inputs, Method, Money, Period, Place, Quantity, Question, Statement,
        known::{Ingredients, Seen},
        preview::{Outlook, outlooks},
        tree::Node,
        view::{GainView, LotView, Overview, Performance},
    },
};
use rust_decimal::Decimal;
use std::{collections::BTreeMap, sync::Arc};

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
        let (method, inputs) = self.at_prices(identity, method).await?;
        compute(move || Ok(inputs.overview(&inputs.book(method)?)?)).await
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
        let (method, inputs) = self.at_prices(identity, method).await?;
        compute(move || Ok(LotView::all(&inputs.book(method)?, asset)?)).await
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
        let (method, inputs) = self.at_prices(identity, method).await?;
        compute(move || Ok(GainView::all(&inputs.book(method)?)?)).await
    }

    /// Everything that came, went, moved or was exchanged, the oldest first: on the exchange, entered by hand
    /// and imported.
    ///
    /// # Errors
    /// [`PortfolioError`].
    pub async fn transactions(&self, identity: &Identity) -> Result<Arc<[Entry]>, PortfolioError> {
        let (_, history) = self.entries(identity, Some(Method::default())).await?;
        Ok(Arc::clone(history.known.all()))
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
        let (method, inputs) = self.over_time(identity, None).await?;
        compute(move || Ok(inputs.performance(&inputs.book(method)?, period)?)).await
    }

    /// A figure with everything it is made of; the period is for returns.
    ///
    /// # Errors
    /// [`PortfolioError::NotFound`] when there is no such figure: of an asset that was never there.
    /// [`PortfolioError::Unknown`] when nobody can know it: it takes a price that nobody knows, or a rate that no
    /// payments have.
    pub async fn explain(
        &self,
        identity: &Identity,
        method: Option<Method>,
        figure: Figure,
        period: Period,
    ) -> Result<Node, PortfolioError> {
        let (method, inputs) = match figure.is_over_time() {
            true => self.over_time(identity, method).await?,
            false => self.at_prices(identity, method).await?,
        };
        compute(move || {
            let explained = inputs.explain(&inputs.book(method)?, figure, period)?;
            explained.map_err(|why| match why {
                Some(why) => PortfolioError::Unknown(why),
                None => PortfolioError::NotFound("figure"),
            })
        })
        .await
    }

    /// All of it at once; the figure that is to explain itself may be missing.
    ///
    /// # Errors
    /// [`PortfolioError`].
    pub async fn statement(
        &self,
        identity: &Identity,
        method: Option<Method>,
        period: Period,
        figure: Option<Figure>,
    ) -> Result<Statement, PortfolioError> {
        let (method, inputs) = self.over_time(identity, method).await?;
        let asked = Question {
            method,
            period,
            figure,
        };
        compute(move || {
            let book = inputs.book(method)?;
            Ok(inputs.statement(&book, &inputs.past(&book)?, asked)?)
        })
        .await
    }

    /// What a sale on the exchange would take and make under each method; nothing if there is less.
    ///
    /// # Errors
    /// [`PortfolioError`].
    pub async fn outlooks(
        &self,
        identity: &Identity,
        asset: Asset,
        quantity: Decimal,
        proceeds: Decimal,
    ) -> Result<Vec<Outlook>, PortfolioError> {
        let (_, inputs) = self.at_prices(identity, Some(Method::default())).await?;
        let (quantity, proceeds) = (Quantity::nearest(quantity)?, Money::nearest(proceeds)?);
        let sale = move || outlooks(&inputs.entries, Place::Exchange, asset, quantity, proceeds);
        compute(move || Ok(sale()?)).await
    }

    /// What a browser needs to compute all this by itself, without the entries that it has seen. If it wants
    /// `only_news` and there are none, closing prices are left out, too: they are most of what is sent.
    ///
    /// # Errors
    /// [`PortfolioError`].
    pub async fn ingredients(
        &self,
        identity: &Identity,
        seen: Seen,
        only_news: bool,
    ) -> Result<Ingredients, PortfolioError> {
        require(identity, Scope::Read)?;
        let history = self.history(identity.id()).await?;
        let mut quotes = self.quotes();
        quotes.retain(|asset, _| history.assets.contains(asset));
        let news = history.known.since(seen);
        let closes = match only_news && news.is_nothing_after(seen) {
            true => None,
            false => Some(self.closes_of(&history).await),
        };
        Ok(Ingredients {
            news,
            quotes,
            closes,
            coins: self.coins_of(history.assets.iter().copied()),
            now: self.0.clock.now().into(),
        })
    }

    /// The method that is set.
    ///
    /// # Errors
    /// [`PortfolioError`].
    pub async fn method(&self, identity: &Identity) -> Result<Method, PortfolioError> {
        require(identity, Scope::Read)?;
        let portfolio = self.0.store.portfolios.portfolio(identity.id()).await?;
        Ok(portfolio.method)
    }

    /// The coins of a portfolio's assets, as far as this desk knows them.
    #[must_use]
    pub fn coins(&self, overview: &Overview) -> BTreeMap<Asset, CoinId> {
        let held = overview.holdings.iter().map(|one| one.asset);
        self.coins_of(held.chain(overview.closed.iter().map(|one| one.asset)))
    }

    fn coins_of(&self, assets: impl IntoIterator<Item = Asset>) -> BTreeMap<Asset, CoinId> {
        let coins = assets.into_iter();
        let coins = coins.filter_map(|asset| Some((asset, self.coin(asset.as_str())?.0)));
        coins.collect()
    }

    /// The entries at the prices of now, and the method: the one that is set without another one.
    async fn at_prices(
        &self,
        identity: &Identity,
        method: Option<Method>,
    ) -> Result<(Method, Inputs), PortfolioError> {
        let (method, history) = self.entries(identity, method).await?;
        Ok((method, self.priced(&history)))
    }

    /// The same with closing prices.
    async fn over_time(
        &self,
        identity: &Identity,
        method: Option<Method>,
    ) -> Result<(Method, Inputs), PortfolioError> {
        let (method, history) = self.entries(identity, method).await?;
        let closes = Arc::new(self.closes_of(&history).await);
        let priced = self.priced(&history);
        Ok((method, Inputs { closes, ..priced }))
    }

    async fn entries(
        &self,
        identity: &Identity,
        method: Option<Method>,
    ) -> Result<(Method, Arc<History>), PortfolioError> {
        require(identity, Scope::Read)?;
        let method = match method {
            Some(method) => method,
            None => self.method(identity).await?,
        };
        Ok((method, self.history(identity.id()).await?))
    }

    fn priced(&self, history: &History) -> Inputs {
        Inputs {
            entries: Arc::clone(history.known.all()),
            quotes: self.quotes(),
            closes: Arc::default(),
            now: self.0.clock.now().into(),
        }
    }
}
