//! What became of each row of a file of trades from elsewhere.

use super::{
    entry::{Act, Entry, Leg},
    recorded::{Note, Recorded},
};
use crate::{
    ImportId,
    exchange::{Timestamp, order::Side},
    format::{self, Locale},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};
use time::OffsetDateTime;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It goes in, or would.
    New,
    /// It is in the portfolio already.
    Known,
    /// It moves nothing that a portfolio keeps.
    Skipped,
    /// It can't be taken.
    Bad,
}

/// A row and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowReport {
    /// Its line in the file, the first being 1.
    pub line: u64,
    /// What became of it.
    pub fate: Fate,
    /// When it happened.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub at: Option<OffsetDateTime>,
    /// What it says: `Buy 0.5 BTC for 10,000 USD`.
    pub what: String,
    /// Why it is bad, or moves nothing.
    pub reason: Option<String>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// Whose file it was taken for.
    #[cfg_attr(feature = "openapi", schema(example = "kraken"))]
    pub format: String,
    /// Whether nothing was kept: it was only looked at.
    pub dry_run: bool,
    /// Rows that went in, or would.
    pub new: usize,
    /// Rows that were there already.
    pub known: usize,
    /// Rows that move nothing.
    pub skipped: usize,
    /// Rows that can't be taken.
    pub bad: usize,
    /// Every row, in the order of the file.
    pub rows: Vec<RowReport>,
}

/// A file that was imported, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportView {
    /// Its id. That of zeros only stands for all that was imported before each file was kept apart.
    pub id: ImportId,
    /// When it was imported; `null` when that was not kept.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub at: Option<OffsetDateTime>,
    /// Whose file it was taken for; `null` when there were several.
    #[cfg_attr(feature = "openapi", schema(example = "kraken"))]
    pub format: Option<String>,
    /// What the file was called; empty when nobody said.
    pub file: Note,
    /// How many entries of the portfolio came with it.
    pub entries: usize,
}

impl ImportView {
    /// The imports that entries came with, the latest first.
    pub fn all<'a>(told: impl IntoIterator<Item = &'a Recorded>) -> Vec<Self> {
        let mut all: BTreeMap<ImportId, Self> = BTreeMap::new();
        for one in told {
            let Some(id) = one.import_id() else { continue };
            let format = one.key.split_once(':').map(|(format, _)| format.to_owned());
            let import = all.entry(id).or_insert_with(|| Self {
                id,
                at: moment(id),
                format: format.clone(),
                file: one
                    .import
                    .as_ref()
                    .map(|import| import.file.clone())
                    .unwrap_or_default(),
                entries: 0,
            });
            import.entries += 1;
            if import.format != format {
                import.format = None;
            }
        }
        all.into_values().rev().collect()
    }
}

/// When an id was made, if it tells.
fn moment(id: ImportId) -> Option<OffsetDateTime> {
    let (seconds, nanos) = id.uuid().get_timestamp()?.to_unix();
    let seconds = OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()?;
    seconds.replace_nanosecond(nanos).ok()
}

impl Report {
    /// Counts what became of the rows.
    #[must_use]
    pub fn new(format: &str, dry_run: bool, rows: Vec<RowReport>) -> Self {
        let count = |fate| rows.iter().filter(|row| row.fate == fate).count();
        Self {
            format: format.to_owned(),
            dry_run,
            new: count(Fate::New),
            known: count(Fate::Known),
            skipped: count(Fate::Skipped),
            bad: count(Fate::Bad),
            rows,
        }
    }
}

impl RowReport {
    /// One that can't be taken.
    #[must_use]
    pub fn bad(line: u64, reason: impl fmt::Display) -> Self {
        Self {
            line,
            fate: Fate::Bad,
            at: None,
            what: String::new(),
            reason: Some(reason.to_string()),
        }
    }

    /// One that moves nothing, and why.
    #[must_use]
    pub fn skipped(line: u64, reason: &str) -> Self {
        Self {
            line,
            fate: Fate::Skipped,
            at: None,
            what: String::new(),
            reason: Some(reason.to_owned()),
        }
    }

    /// One whose entries are new, or known. `side` is what the file calls its trade; where it says nothing,
    /// whoever gets dollars, or what stands for them, has sold.
    #[must_use]
    pub fn taken(
        line: u64,
        fate: Fate,
        at: Timestamp,
        entries: &[Entry],
        side: Option<Side>,
    ) -> Self {
        let words = entries.iter().map(|entry| words(&entry.act, side));
        let words: Vec<String> = words.collect();
        Self {
            line,
            fate,
            at: Some(at.into()),
            what: words.join("; "),
            reason: None,
        }
    }
}

fn words(act: &Act, side: Option<Side>) -> String {
    let amount = |leg: &Leg| {
        let quantity = format::amount(leg.quantity.to_decimal(), Locale::default());
        format!("{quantity} {}", leg.asset)
    };
    let is_money = |leg: &Leg| leg.is_dollars() || leg.asset.as_str().contains("USD");
    match act {
        Act::Trade {
            given,
            received,
            fee,
            ..
        } => {
            let fee = fee.map_or_else(String::new, |fee| format!(", fee {}", amount(&fee.leg)));
            let for_money = is_money(received) && !is_money(given);
            if side.map_or(for_money, |side| side == Side::Sell) {
                format!("Sell {} for {}{fee}", amount(given), amount(received))
            } else {
                format!("Buy {} for {}{fee}", amount(received), amount(given))
            }
        }
        Act::Deposit { leg, .. } => format!("Deposit {}", amount(leg)),
        Act::Withdrawal { leg, worth } if worth.is_zero() => format!("Spend {}", amount(leg)),
        Act::Withdrawal { leg, .. } => format!("Withdraw {}", amount(leg)),
        Act::Transfer { leg, to, .. } => format!("Move {} to {}", amount(leg), to.name()),
    }
}
