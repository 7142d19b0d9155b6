//! Takes a file in.

use super::{
    Format, Rates,
    currency::{in_dollars, remark},
    draft::{Draft, Wrong},
    looked::File as Sent,
    prices::{Prices, told_by},
    read::Assets,
    table::Table,
};
use crate::{
    auth::Identity,
    portfolio::{MOST_ENTRIES, PortfolioError, Portfolios, compute, require},
};
use domain::{
    EntryId, ImportId,
    account::Scope,
    exchange::{Asset, Timestamp, order::Side},
    portfolio::{
        Entry, Import, Note, Origin, Recorded,
        imported::{Fate, Report, RowReport},
    },
};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use uuid::Uuid;

/// A row that was read.
pub(super) struct Read {
    line: u64,
    key: String,
    pub(super) drafts: Vec<Draft>,
}

/// A file that was read.
pub(super) struct File {
    pub(super) format: Format,
    pub(super) rows: Vec<Result<Read, RowReport>>,
}

impl Portfolios {
    /// Takes in what is new in a file, or only tells what would become of each row. Bad rows are told
    /// with line and reason, and the others go in; what is known already, from this file or another
    /// one with the same rows, is not taken twice, however many send it at once.
    ///
    /// What a row is worth, where it doesn't say: the dollars in it, or what stands for dollars; else at the
    /// closing price of its day, else at a price that the portfolio's own trades or those of the file tell, of
    /// that day or the week before. Without any the row is bad.
    ///
    /// # Errors
    /// [`PortfolioError::Invalid`] with `file` when it can't be read at all, [`PortfolioError::Full`].
    pub async fn import(
        &self,
        identity: &Identity,
        file: Sent,
        dry_run: bool,
    ) -> Result<Report, PortfolioError> {
        require(identity, Scope::Trade)?;
        let tickers = self.tickers();
        let now = Timestamp::from(self.0.clock.now());
        let Sent {
            format,
            name,
            bytes,
            rates,
        } = file;
        let file = compute(move || read(bytes.as_ref(), format, &tickers, now)).await?;
        let prices = self.prices_for(identity, &file).await?;
        let import = Import {
            id: self.next_import(),
            file: name,
        };
        let (rows, told) = told_by(&file, &import, &rates, prices);
        let mut new = match dry_run {
            true => self.unknown(identity, &told).await?,
            false => self.added(identity, &told).await?,
        };
        let rows = rows.into_iter().map(|row| row.report(&mut new)).collect();
        Ok(Report::new(file.format.as_str(), dry_run, rows))
    }

    /// An id that tells when it was made.
    fn next_import(&self) -> ImportId {
        let now = self.0.clock.now();
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
        let now = uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.nanosecond());
        ImportId::new(Uuid::new_v7(now))
    }

    /// The keys of those that are not there yet.
    async fn unknown(
        &self,
        identity: &Identity,
        told: &[Recorded],
    ) -> Result<HashSet<String>, PortfolioError> {
        let keys: Vec<String> = told.iter().map(|one| one.key.clone()).collect();
        let portfolios = &self.0.store.portfolios;
        let known = portfolios.known(identity.id(), &keys).await?;
        Ok(keys
            .into_iter()
            .filter(|key| !known.contains(key))
            .collect())
    }

    /// Adds those that are not there yet, and gives their keys: what somebody else has added meanwhile is
    /// not among them.
    async fn added(
        &self,
        identity: &Identity,
        told: &[Recorded],
    ) -> Result<HashSet<String>, PortfolioError> {
        let unknown = self.unknown(identity, told).await?;
        let new = told.iter().filter(|one| unknown.contains(&one.key));
        let new: Vec<Recorded> = new.cloned().collect();
        if new.is_empty() {
            return Ok(HashSet::new());
        }
        let portfolios = &self.0.store.portfolios;
        let added = portfolios.add(identity.id(), &new, MOST_ENTRIES).await?;
        let added: HashSet<EntryId> = added.ok_or(PortfolioError::Full)?.into_iter().collect();
        let added = new.into_iter().filter(|one| added.contains(&one.id()));
        Ok(added.map(|one| one.key).collect())
    }

    fn tickers(&self) -> Arc<HashMap<String, Asset>> {
        let coins = self.0.market.catalogue().coins().iter();
        let tickers =
            coins.filter_map(|coin| Some((coin.symbol.clone(), coin.symbol.parse().ok()?)));
        Arc::new(tickers.collect())
    }
}

const TORN: &str = "a quote is not closed: the lines behind it have become part of this row";
const NOTHING: &str = "moves nothing between you and others, or is in the file of trades";
const CURRENCY: &str = "moves money of another currency alone, which stays outside the portfolio: what is bought with \
                        it counts as brought in just then, and what it is got for as taken out";
const FUTURE: &str = "must not be in the future";

pub(super) fn read(
    bytes: &[u8],
    format: Option<Format>,
    tickers: &HashMap<String, Asset>,
    now: Timestamp,
) -> Result<File, PortfolioError> {
    let table = Table::read(bytes, format);
    let table = table.map_err(|error| PortfolioError::field("file", error.to_string()))?;
    let known = |ticker: &str| tickers.get(ticker).copied();
    let assets = Assets { known: &known };
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut named: HashMap<String, (u64, String)> = HashMap::new();
    let rows = table.rows().map(|row| {
        if row.is_torn() {
            return Err(RowReport::bad(row.line, TORN));
        }
        let drafts = table.format.draft(&row, &assets);
        let drafts = drafts.map_err(|wrong| wrong.report(row.line))?;
        if drafts.is_empty() {
            return Err(RowReport::skipped(row.line, NOTHING));
        }
        if drafts.iter().any(|draft| draft.at > now) {
            return Err(RowReport::bad(row.line, FUTURE));
        }
        let reference = drafts.iter().find_map(|draft| draft.reference.clone());
        if let Some(reference) = &reference {
            let first = named.entry(reference.clone());
            let (line, whole) = first.or_insert_with(|| (row.line, row.whole()));
            if *whole != row.whole() {
                let wrong = format!("has the id of line {line}, which says something else");
                return Err(RowReport::bad(row.line, wrong));
            }
        }
        let name = reference.clone().unwrap_or_else(|| row.whole());
        let digest = Sha256::digest(name.as_bytes());
        // Two rows without a reference that say the same are two trades: the first, the second.
        let count = seen.entry(name).or_default();
        *count += u32::from(reference.is_none());
        let key = format!("{}:{digest:x}:{count}", table.format.as_str());
        Ok(Read {
            line: row.line,
            key,
            drafts,
        })
    });
    let rows = rows.collect();
    Ok(File {
        format: table.format,
        rows,
    })
}

/// A row on its way to its report.
pub(super) enum Row {
    Told(RowReport),
    Taken {
        line: u64,
        at: Timestamp,
        /// Those of its entries.
        keys: Vec<String>,
        entries: Vec<Entry>,
        side: Option<Side>,
        /// What is to be said beside them.
        remark: Option<String>,
    },
}

impl Row {
    /// Of those in `new` the first: the same row once more is known. One of which a part is new is new.
    pub(super) fn report(self, new: &mut HashSet<String>) -> RowReport {
        match self {
            Self::Told(report) => report,
            Self::Taken {
                line,
                at,
                keys,
                entries,
                side,
                remark,
            } => {
                let fate = match keys.iter().filter(|key| new.remove(*key)).count() {
                    0 => Fate::Known,
                    _ => Fate::New,
                };
                let report = RowReport::taken(line, fate, at, &entries, side);
                match remark {
                    Some(remark) => RowReport {
                        what: format!("{}; {remark}", report.what),
                        ..report
                    },
                    None => report,
                }
            }
        }
    }
}

/// The entries of all rows that make sense. Several of one row have keys of their own.
pub(super) fn entries(
    rows: &[Result<Read, RowReport>],
    import: &Import,
    rates: &Rates,
    prices: &Prices,
) -> (Vec<Row>, Vec<Recorded>) {
    let (mut reports, mut told) = (Vec::new(), Vec::new());
    let newest_first = is_newest_first(rows);
    for row in rows {
        let row = match row {
            Ok(row) => row,
            Err(report) => {
                reports.push(Row::Told(report.clone()));
                continue;
            }
        };
        let rank = if newest_first {
            u64::MAX - row.line
        } else {
            row.line
        };
        let entries = match row.entries(rank, rates, prices) {
            Ok(entries) => entries,
            Err(wrong) => {
                reports.push(Row::Told(wrong.report(row.line)));
                continue;
            }
        };
        let Some(first) = entries.first() else {
            reports.push(Row::Told(RowReport::skipped(row.line, CURRENCY)));
            continue;
        };
        let keys: Vec<String> = (0_u32..)
            .zip(&entries)
            .map(|(part, _)| part_key(&row.key, part))
            .collect();
        told.extend(entries.iter().zip(&keys).map(|(entry, key)| Recorded {
            entry: *entry,
            origin: Origin::Import,
            key: key.clone(),
            note: Note::default(),
            import: Some(import.clone()),
        }));
        reports.push(Row::Taken {
            line: row.line,
            at: first.at,
            keys,
            side: row.drafts.iter().find_map(|draft| draft.side),
            remark: row.drafts.iter().find_map(|draft| remark(draft, rates)),
            entries,
        });
    }
    (reports, told)
}

impl Read {
    /// In the order in which they happened: those of one rank by their ids, which are made one after the other.
    fn entries(&self, rank: u64, rates: &Rates, prices: &Prices) -> Result<Vec<Entry>, Wrong> {
        let mut entries = Vec::new();
        for draft in &self.drafts {
            for draft in in_dollars(draft, rates)? {
                entries.push(draft.entry(Uuid::now_v7(), rank, prices)?);
            }
        }
        Ok(entries)
    }
}

/// Whether a file begins with what happened last: what happened in one second is in that order, too.
fn is_newest_first(rows: &[Result<Read, RowReport>]) -> bool {
    let moments = rows.iter().flatten().flat_map(|row| &row.drafts);
    let mut moments = moments.map(|draft| draft.at);
    let first = moments.next();
    // One row alone is in no order.
    moments.next_back().is_some_and(|last| first > Some(last))
}

fn part_key(key: &str, part: u32) -> String {
    if part == 0 {
        key.to_owned()
    } else {
        format!("{key}:{part}")
    }
}
