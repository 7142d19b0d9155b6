//! A portfolio as clients see it.

use super::{
    book::Book,
    entry::{Entry, Place},
    fixed::{Money, Number, Quantity, TooLarge},
    history::{Point, date_of},
    lots::{Method, Part},
    performance::{Unknown, money_weighted, payments, profit, time_weighted, today},
    trace::Gap,
    valuation::{Closed, Holding, Valuation},
};
use crate::{
    Source,
    exchange::{Asset, Timestamp},
};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

/// What there is and what was made. Sums are taken over all digits that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Overview {
    /// Which lots disposals took.
    pub method: Method,
    /// What everything with a price is worth, in US dollars.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "12345.67"))]
    pub total_value: Money,
    /// What everything with a price cost, fees included.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "10000"))]
    pub cost_basis: Money,
    /// Value less cost.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "2345.67"))]
    pub unrealised: Money,
    /// What all disposals made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "-12.5"))]
    pub realised: Money,
    /// What fees were worth, in all.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "20.01"))]
    pub fees: Money,
    /// What there is, the most valuable first.
    pub holdings: Vec<HoldingView>,
    /// Of what nothing is left, the latest first.
    pub closed: Vec<ClosedView>,
    /// What left although nothing tells how it came; the earliest first, at most 100.
    pub unknown_origin: Vec<GapView>,
    /// When the prices were so.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: OffsetDateTime,
}

/// What there is of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldingView {
    /// What.
    pub asset: Asset,
    /// How much.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "0.5"))]
    pub quantity: Quantity,
    /// What it cost, fees included.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "10000"))]
    pub cost: Money,
    /// What one costs now; `null` when nobody knows.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "84211.37"))]
    pub price: Option<Number>,
    /// Who says so.
    pub price_source: Option<Source>,
    /// When it was so.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub price_at: Option<OffsetDateTime>,
    /// What all of it is worth.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "42105.685"))]
    pub value: Option<Money>,
    /// Value less cost.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "32105.685"))]
    pub unrealised: Option<Money>,
    /// What disposals of it made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "0"))]
    pub realised: Money,
    /// Its part of the total value, 1 being all.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "0.75"))]
    pub share: Option<Number>,
}

/// An asset of which nothing is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClosedView {
    /// What.
    pub asset: Asset,
    /// What was got for it, less fees.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "150"))]
    pub proceeds: Money,
    /// What it had cost, fees included.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "100"))]
    pub cost: Money,
    /// What that made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "50"))]
    pub realised: Money,
    /// When the last of it left.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: OffsetDateTime,
}

/// Something of unknown origin: it counts as brought in when it left, at what it was worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GapView {
    /// What.
    pub asset: Asset,
    /// Where.
    pub place: Place,
    /// How much.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "0.1"))]
    pub quantity: Quantity,
    /// What it counts as having cost.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "8400"))]
    pub worth: Money,
    /// When it left.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: OffsetDateTime,
}

/// A lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LotView {
    /// What.
    pub asset: Asset,
    /// Where.
    pub place: Place,
    /// When it was acquired; under the average method when the first of it was.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: OffsetDateTime,
    /// How much is left.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "0.5"))]
    pub quantity: Quantity,
    /// What that cost, fees included.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "10000"))]
    pub cost: Money,
}

/// A part of a lot that was disposed of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GainView {
    /// When it was acquired.
    pub acquired_at: OffsetDateTime,
    /// When it left.
    pub disposed_at: OffsetDateTime,
    /// What.
    pub asset: Asset,
    /// Where.
    pub place: Place,
    /// How much.
    pub quantity: Quantity,
    /// What was got for it: its part, by quantity, of what the whole disposal brought.
    pub proceeds: Money,
    /// What it had cost.
    pub cost: Money,
    /// What that made.
    pub gain: Money,
}

/// How well a portfolio did over a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Performance {
    /// The time-weighted return, 0.1 being ten per cent. What came in on a day counts from its start,
    /// what went out to its end; `null` when nobody knows a price that it takes, or when it has too many
    /// digits, as from less than a cent to millions.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "0.0731"))]
    pub time_weighted: Option<Number>,
    /// The money-weighted return per year (XIRR, in whole days of 365 a year); `null` when no rate
    /// fits, or nobody knows a price that it takes.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "0.2143"))]
    pub money_weighted: Option<Number>,
    /// What the period made, in US dollars: value and what went out, less value before and what came in; `null`
    /// when nobody knows one of the values.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "731.5"))]
    pub profit: Option<Money>,
    /// What today made, in US dollars, since midnight UTC; `null` when nobody knows one of the values.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "-12.25"))]
    pub today: Option<Money>,
    /// The same as a return, 0.1 being ten per cent; `null` as well when it has too many digits.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "-0.0011"))]
    pub today_return: Option<Number>,
    /// Day by day, the first being the day before the period.
    pub points: Vec<PointView>,
}

/// A portfolio at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PointView {
    /// Which day, in UTC.
    #[serde(with = "iso_date")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub date: Date,
    /// What everything was worth at its end, in US dollars; `null` when nobody knows what something of it cost
    /// then.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "12345.67"))]
    pub value: Option<Money>,
    /// What that is, if there is such a thing.
    pub unpriced: Option<Asset>,
    /// What came from outside on that day.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "1000"))]
    pub inflow: Money,
    /// What went outside on that day.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "0"))]
    pub outflow: Money,
}

/// Gaps that are told.
const MOST_GAPS: usize = 100;

impl Overview {
    /// What a book is at prices of the moment `at`.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn new(
        entries: &[Entry],
        book: &Book,
        valuation: &Valuation,
        at: OffsetDateTime,
    ) -> Result<Self, TooLarge> {
        let closed = valuation.closed.iter().map(ClosedView::new);
        let gaps = book.gaps().iter().take(MOST_GAPS);
        Ok(Self {
            method: book.method(),
            total_value: valuation.total_value,
            cost_basis: valuation.cost_basis,
            unrealised: valuation.unrealised,
            realised: valuation.realised,
            fees: book.fees(),
            holdings: valuation.holdings.iter().map(HoldingView::new).collect(),
            closed: closed.collect::<Result<_, _>>()?,
            unknown_origin: gaps.map(|gap| GapView::new(entries, gap)).collect(),
            at,
        })
    }
}

impl HoldingView {
    fn new(holding: &Holding) -> Self {
        Self {
            asset: holding.asset,
            quantity: holding.quantity,
            cost: holding.cost,
            price: holding.quote.map(|quote| quote.price),
            price_source: holding.quote.and_then(|quote| quote.source),
            price_at: holding.quote.map(|quote| quote.at.into()),
            value: holding.value,
            unrealised: holding.unrealised,
            realised: holding.realised,
            share: holding.share,
        }
    }
}

impl ClosedView {
    fn new(closed: &Closed) -> Result<Self, TooLarge> {
        Ok(Self {
            asset: closed.asset,
            proceeds: closed.proceeds,
            cost: closed.cost,
            realised: closed.realised()?,
            at: closed.at.into(),
        })
    }
}

impl GapView {
    fn new(entries: &[Entry], gap: &Gap) -> Self {
        let entry = entries.get(gap.entry as usize);
        Self {
            asset: gap.asset,
            place: gap.place,
            quantity: gap.quantity,
            worth: gap.worth,
            at: entry.map_or(Timestamp::default(), |entry| entry.at).into(),
        }
    }
}

impl LotView {
    /// The lots of one asset, or of all, in the order in which they would be taken.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn all(book: &Book, asset: Option<Asset>) -> Result<Vec<Self>, TooLarge> {
        let assets = book.positions()?.into_keys();
        let wanted = assets.filter(|one| asset.is_none_or(|asset| asset == *one));
        let lots = wanted.flat_map(|asset| {
            let places = book.lots(asset).into_iter();
            places.flat_map(move |(place, lots)| {
                lots.into_iter().map(move |lot| Self {
                    asset,
                    place,
                    at: lot.at.into(),
                    quantity: lot.quantity,
                    cost: lot.cost,
                })
            })
        });
        Ok(lots.collect())
    }
}

impl GainView {
    /// A row for each part of a lot, in the order in which they left. The rows of a disposal come to its
    /// proceeds exactly: the last takes what rounding left.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn all(book: &Book) -> Result<Vec<Self>, TooLarge> {
        let mut rows = Vec::new();
        for disposal in book.disposals() {
            let parts = book.taken(disposal);
            let (mut left, mut of) = (disposal.proceeds, disposal.quantity);
            for Part { lot, .. } in parts {
                let proceeds = left.share(lot.quantity, of)?;
                (left, of) = (left.minus(proceeds)?, of.minus(lot.quantity)?);
                rows.push(Self {
                    acquired_at: lot.at.into(),
                    disposed_at: disposal.at.into(),
                    asset: disposal.asset,
                    place: disposal.place,
                    quantity: lot.quantity,
                    proceeds,
                    cost: lot.cost,
                    gain: proceeds.minus(lot.cost)?,
                });
            }
        }
        Ok(rows)
    }
}

impl Performance {
    /// What the days of a period came to; the first of `points` is where it begins.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn new(points: &[Point]) -> Result<Self, TooLarge> {
        Ok(Self {
            time_weighted: time_weighted(points).ok(),
            money_weighted: Unknown::known(payments(points))?
                .and_then(|payments| money_weighted(&payments)),
            profit: Unknown::known(profit(points))?,
            today: Unknown::known(profit(today(points)))?,
            today_return: time_weighted(today(points)).ok(),
            points: points.iter().map(PointView::new).collect(),
        })
    }
}

impl PointView {
    fn new(point: &Point) -> Self {
        Self {
            date: date_of(point.day),
            value: point.value,
            unpriced: point.unpriced,
            inflow: point.inflow,
            outflow: point.outflow,
        }
    }
}

/// Dates as `2026-11-27`.
mod iso_date {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
    use time::{Date, format_description::well_known::Iso8601};

    pub(super) fn serialize<S: Serializer>(date: &Date, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(date)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Date, D::Error> {
        let text = String::deserialize(input)?;
        Date::parse(&text, &Iso8601::DATE).map_err(D::Error::custom)
    }
}
