//! Holdings elsewhere, entered by hand, imports, and the method.

use super::{MOST_ENTRIES, PortfolioError, Portfolios, require};
use crate::{
    auth::Identity,
    store::{EntryRecord, StoreError},
};
use domain::{
    EntryId, ImportId,
    account::Scope,
    portfolio::{
        Method,
        holding::{ChangeHolding, ManualHolding, NewHolding},
        imported::ImportView,
    },
};
use std::sync::Arc;
use uuid::Uuid;

impl Portfolios {
    /// The holdings that were entered by hand, the oldest first.
    ///
    /// # Errors
    /// [`PortfolioError`].
    pub async fn holdings(
        &self,
        identity: &Identity,
    ) -> Result<Arc<[ManualHolding]>, PortfolioError> {
        require(identity, Scope::Read)?;
        let history = self.history(identity.id()).await?;
        Ok(Arc::clone(&history.manual))
    }

    /// One of them.
    ///
    /// # Errors
    /// [`PortfolioError::NotFound`] also for somebody else's.
    pub async fn holding(
        &self,
        identity: &Identity,
        id: EntryId,
    ) -> Result<ManualHolding, PortfolioError> {
        require(identity, Scope::Read)?;
        Ok(self.kept_holding(identity, id).await?.1)
    }

    /// Adds a holding.
    ///
    /// # Errors
    /// [`PortfolioError::Invalid`] with every wrong field, [`PortfolioError::Full`].
    pub async fn add_holding(
        &self,
        identity: &Identity,
        new: &NewHolding,
    ) -> Result<ManualHolding, PortfolioError> {
        require(identity, Scope::Trade)?;
        let Some((_, asset)) = self.coin(&new.coin) else {
            let known = "is no coin of this desk's catalogue: give its ticker, such as BTC";
            return Err(PortfolioError::field("coin", known));
        };
        let id = EntryId::new(Uuid::now_v7());
        let holding = new.record(id, asset, self.0.clock.now());
        let holding = holding.map_err(PortfolioError::Invalid)?;
        let portfolios = &self.0.store.portfolios;
        match portfolios
            .add(identity.id(), &[holding.told()?], MOST_ENTRIES)
            .await?
        {
            Some(_) => Ok(holding),
            None => Err(PortfolioError::Full),
        }
    }

    /// Changes a holding; `seen` is how it was when somebody decided to, if it matters.
    ///
    /// # Errors
    /// [`PortfolioError::NotFound`], [`PortfolioError::Invalid`] with every wrong field,
    /// [`PortfolioError::Changed`] when somebody else was first.
    pub async fn change_holding(
        &self,
        identity: &Identity,
        id: EntryId,
        seen: Option<&ManualHolding>,
        change: &ChangeHolding,
    ) -> Result<ManualHolding, PortfolioError> {
        require(identity, Scope::Trade)?;
        let (record, holding) = self.kept_holding(identity, id).await?;
        if seen.is_some_and(|seen| *seen != holding) {
            return Err(PortfolioError::Changed);
        }
        let holding = holding.changed(change, self.0.clock.now());
        let holding = holding.map_err(PortfolioError::Invalid)?;
        let changed = EntryRecord {
            told: holding.told()?,
            ..record
        };
        match self.0.store.portfolios.update(&changed).await {
            Ok(()) => Ok(holding),
            Err(StoreError::Changed) => Err(PortfolioError::Changed),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes a holding.
    ///
    /// # Errors
    /// [`PortfolioError::NotFound`] also for somebody else's, and for what was imported.
    pub async fn delete_holding(
        &self,
        identity: &Identity,
        id: EntryId,
    ) -> Result<(), PortfolioError> {
        require(identity, Scope::Trade)?;
        self.kept_holding(identity, id).await?;
        let deleted = self.0.store.portfolios.delete(identity.id(), id).await?;
        deleted
            .map(|_| ())
            .ok_or(PortfolioError::NotFound("holding"))
    }

    /// The files that were imported, the latest first. They are also known while the portfolio's numbers
    /// can't be added up.
    ///
    /// # Errors
    /// [`PortfolioError`].
    pub async fn imports(&self, identity: &Identity) -> Result<Arc<[ImportView]>, PortfolioError> {
        require(identity, Scope::Read)?;
        let history = self.history(identity.id()).await?;
        Ok(Arc::clone(&history.imports))
    }

    /// Takes out all that came with an import, as if it had never been sent, and tells how many entries
    /// that were. It may be imported again.
    ///
    /// # Errors
    /// [`PortfolioError::NotFound`] also for somebody else's.
    pub async fn delete_import(
        &self,
        identity: &Identity,
        id: ImportId,
    ) -> Result<usize, PortfolioError> {
        require(identity, Scope::Trade)?;
        let portfolios = &self.0.store.portfolios;
        match portfolios.delete_import(identity.id(), id).await? {
            0 => Err(PortfolioError::NotFound("import")),
            count => Ok(count),
        }
    }

    /// Sets the method under which a portfolio is shown.
    ///
    /// # Errors
    /// [`PortfolioError`].
    pub async fn set_method(
        &self,
        identity: &Identity,
        method: Method,
    ) -> Result<(), PortfolioError> {
        require(identity, Scope::Trade)?;
        Ok(self
            .0
            .store
            .portfolios
            .set_method(identity.id(), method)
            .await?)
    }

    async fn kept_holding(
        &self,
        identity: &Identity,
        id: EntryId,
    ) -> Result<(EntryRecord, ManualHolding), PortfolioError> {
        let record = self.0.store.portfolios.entry(identity.id(), id).await?;
        let record = record.ok_or(PortfolioError::NotFound("holding"))?;
        let holding = ManualHolding::of(&record.told);
        let holding = holding.ok_or(PortfolioError::NotFound("holding"))?;
        Ok((record, holding))
    }
}
