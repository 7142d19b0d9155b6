//! What came of a file, for the page that shows it; and the file itself, so that it need not be sent again
//! once somebody has seen what would become of it.

use super::{Format, Rates};
use crate::{
    auth::Identity,
    portfolio::{PortfolioError, Portfolios, require},
};
use bytes::Bytes;
use domain::{
    UserId,
    account::Scope,
    portfolio::{
        Note,
        imported::{Fate, Report},
    },
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long somebody may take to look.
const KEPT_FOR: Duration = Duration::from_secs(15 * 60);
/// Larger files are to be sent again: they would fill the cache. 2 MiB.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// Rows that are kept of a report, the bad ones first.
const MOST_ROWS: usize = 300;

/// A file that somebody sends.
#[derive(Debug, Clone)]
pub struct File {
    /// Whose it is said to be; none if its head tells.
    pub format: Option<Format>,
    /// What it is called; empty when nobody said.
    pub name: Note,
    /// What is in it.
    pub bytes: Bytes,
    /// What its currencies cost in US dollars.
    pub rates: Rates,
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// With at most 300 rows, bad ones before others.
    pub report: Report,
    /// Whose file it was said to be; none if its head told.
    pub format: Option<Format>,
    /// What tells the file apart from others: SHA-256, in hexadecimal digits.
    pub digest: String,
    /// What it is called; empty when nobody said.
    #[serde(default)]
    pub name: Note,
    /// What its currencies were said to cost.
    #[serde(default)]
    pub rates: Rates,
    /// Whether the file is kept as well.
    pub has_file: bool,
}

impl Portfolios {
    /// Tells what would become of a file, and keeps that for a quarter of an hour.
    ///
    /// # Errors
    /// Those of [`Portfolios::import`]; [`PortfolioError::Cache`].
    pub async fn look(&self, identity: &Identity, file: File) -> Result<Report, PortfolioError> {
        let report = self.import(identity, file.clone(), true).await?;
        let has_file = file.bytes.len() <= MOST_BYTES && report.new > 0;
        if has_file {
            let key = file_key(identity.id());
            self.0.cache.set(&key, file.bytes.clone(), KEPT_FOR).await?;
        }
        let looked = Looked::new(&report, &file, has_file);
        self.keep(identity, &looked).await?;
        Ok(report)
    }

    /// Takes in a file, and keeps what came of it.
    ///
    /// # Errors
    /// Those of [`Portfolios::import`]; [`PortfolioError::Cache`].
    pub async fn take_in(&self, identity: &Identity, file: File) -> Result<Report, PortfolioError> {
        let report = self.import(identity, file.clone(), false).await?;
        let looked = Looked::new(&report, &file, false);
        self.keep(identity, &looked).await?;
        Ok(report)
    }

    /// Takes in the file with this digest, which was looked at.
    ///
    /// # Errors
    /// [`PortfolioError::NotFound`] when that was too long ago, or another one was looked at since; those
    /// of [`Portfolios::take_in`].
    pub async fn take_looked(
        &self,
        identity: &Identity,
        wanted: &str,
    ) -> Result<Report, PortfolioError> {
        require(identity, Scope::Trade)?;
        let looked = self.looked(identity).await?;
        let file = self.0.cache.get(&file_key(identity.id())).await?;
        let looked = looked.filter(|looked| looked.has_file && looked.digest == wanted);
        let file = file.filter(|file| digest(file) == wanted);
        let (Some(looked), Some(bytes)) = (looked, file) else {
            return Err(PortfolioError::NotFound("file any more: send it again"));
        };
        let file = File {
            format: looked.format,
            name: looked.name,
            bytes,
            rates: looked.rates,
        };
        let report = self.take_in(identity, file).await?;
        self.0.cache.remove(&file_key(identity.id())).await?;
        Ok(report)
    }

    /// What came of the last file, if that was not long ago.
    ///
    /// # Errors
    /// [`PortfolioError::Cache`].
    pub async fn looked(&self, identity: &Identity) -> Result<Option<Looked>, PortfolioError> {
        require(identity, Scope::Read)?;
        let kept = self.0.cache.get(&report_key(identity.id())).await?;
        // What another version has written is as good as nothing.
        Ok(kept.and_then(|kept| serde_json::from_slice(&kept).ok()))
    }

    async fn keep(&self, identity: &Identity, looked: &Looked) -> Result<(), PortfolioError> {
        let written = serde_json::to_vec(looked);
        let written = written.map_err(|error| PortfolioError::Broken(error.to_string()))?;
        let key = report_key(identity.id());
        Ok(self.0.cache.set(&key, written.into(), KEPT_FOR).await?)
    }
}

impl Looked {
    fn new(report: &Report, file: &File, has_file: bool) -> Self {
        let mut report = report.clone();
        report.rows.sort_by_key(|row| row.fate != Fate::Bad);
        report.rows.truncate(MOST_ROWS);
        Self {
            report,
            format: file.format,
            digest: digest(&file.bytes),
            name: file.name.clone(),
            rates: file.rates.clone(),
            has_file,
        }
    }
}

fn digest(file: &[u8]) -> String {
    format!("{:x}", Sha256::digest(file))
}

fn report_key(user: UserId) -> String {
    format!("cache:import:{user}:report")
}

fn file_key(user: UserId) -> String {
    format!("cache:import:{user}:file")
}
