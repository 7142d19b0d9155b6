//! Parameters as the description shows them: the values they take, and the one that counts when they
//! are absent.

use domain::{
    listing::SortKey,
    market::{CandleInterval, Days},
};
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// The column when none is asked for.
pub(super) const DEFAULT_SORT: SortKey = SortKey::Rank;
/// The length of a history when none is asked for.
pub(super) const DEFAULT_DAYS: Days = Days::Seven;
/// The width of candles when none is asked for.
pub(super) const DEFAULT_INTERVAL: CandleInterval = CandleInterval::H1;
/// Candles in an answer when no number is asked for.
pub(super) const DEFAULT_CANDLES: usize = 200;

/// `sort`.
#[derive(Debug)]
pub(super) enum Sort {}

impl ToSchema for Sort {}
impl PartialSchema for Sort {
    fn schema() -> RefOr<Schema> {
        let names = SortKey::ALL.map(SortKey::as_str);
        choice(Type::String, names, DEFAULT_SORT.as_str())
    }
}

/// `days`.
#[derive(Debug)]
pub(super) enum HistoryDays {}

impl ToSchema for HistoryDays {}
impl PartialSchema for HistoryDays {
    fn schema() -> RefOr<Schema> {
        choice(
            Type::Integer,
            Days::ALL.map(Days::count),
            DEFAULT_DAYS.count(),
        )
    }
}

/// `interval`.
#[derive(Debug)]
pub(super) enum Interval {}

impl ToSchema for Interval {}
impl PartialSchema for Interval {
    fn schema() -> RefOr<Schema> {
        let names = CandleInterval::ALL.map(CandleInterval::as_str);
        choice(Type::String, names, DEFAULT_INTERVAL.as_str())
    }
}

fn choice<T: Into<Value>, const N: usize>(kind: Type, values: [T; N], default: T) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(kind)
        .enum_values(Some(values))
        .default(Some(default.into()))
        .into()
}
