//! `/api/portfolio/export.csv`: transactions, lots and gains for a spreadsheet.
#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use super::parameters::method;
use crate::{
    problem::Failure,
    rest::{csv, query::Query},
    session::Caller,
    state::AppState,
};
use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::Response,
};
use domain::portfolio::{
    Act, Entry, Fee, Leg, Method,
    view::{GainView, LotView},
};
use std::{
    fmt::{self, Write},
    str::FromStr,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::IntoParams;

/// Query of an export.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what is read")]
pub(super) struct ExportParams {
    /// What: `gains`, which it is without one, `lots`, or `transactions`: everything a portfolio is made of,
    /// wherever it happened. Those of this desk's exchange alone are at `/api/transactions/export.csv`.
    what: Option<String>,
    /// Which lots disposals take.
    method: Option<Method>,
}

#[derive(Default)]
enum What {
    #[default]
    Gains,
    Lots,
    Transactions,
}

impl FromStr for What {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "gains" => Ok(Self::Gains),
            "lots" => Ok(Self::Lots),
            "transactions" => Ok(Self::Transactions),
            _ => Err("must be gains, lots or transactions"),
        }
    }
}

const GAINS: &str = "acquired_at,disposed_at,asset,place,quantity,proceeds,cost,gain\r\n";
const LOTS: &str = "acquired_at,asset,place,quantity,cost\r\n";
const TRANSACTIONS: &str = "at,type,place,to,given,given_quantity,received,received_quantity,worth,fee,\
                            fee_quantity,fee_worth,id\r\n";

/// Take one's transactions, lots or realised gains along (CSV)
///
/// Transactions are everything that came, went, moved or was exchanged, the oldest first; what something was
/// worth is in US dollars.
///
/// Gains have a row for each part of a lot that a disposal took, the oldest first; the proceeds of a
/// disposal are shared out among its rows by quantity.
#[utoipa::path(get, path = "/api/portfolio/export.csv", tag = "portfolio", params(ExportParams), responses(
    (status = 200, description = "A table with a head", body = String, content_type = "text/csv"),
))]
pub(super) async fn export(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &["what", "method"]);
    let (method, what) = (method(&mut query), query.parsed("what"));
    query.finish()?;
    let portfolios = &state.services.portfolios;
    Ok(match what.unwrap_or_default() {
        What::Gains => {
            let gains = portfolios.gains(&identity, method).await?;
            let rows = written(GAINS, &gains, gain);
            csv::table("gains.csv", Body::from(rows))
        }
        What::Lots => {
            let lots = portfolios.lots(&identity, method, None).await?;
            csv::table("lots.csv", Body::from(written(LOTS, &lots, lot)))
        }
        What::Transactions => {
            let entries = portfolios.transactions(&identity).await?;
            let rows = written(TRANSACTIONS, &entries, transaction);
            csv::table("transactions.csv", Body::from(rows))
        }
    })
}

fn written<T>(head: &str, rows: &[T], row: impl Fn(&mut String, &T) -> fmt::Result) -> String {
    let mut text = head.to_owned();
    for one in rows {
        // Writing into a text can't fail.
        let _written = row(&mut text, one);
    }
    text
}

fn moment(at: OffsetDateTime) -> Result<String, fmt::Error> {
    at.format(&Rfc3339).map_err(|_| fmt::Error)
}

fn gain(out: &mut String, row: &GainView) -> fmt::Result {
    write!(
        out,
        "{},{},{},{},{},{},{},{}\r\n",
        moment(row.acquired_at)?,
        moment(row.disposed_at)?,
        row.asset,
        csv::quoted(row.place.name()),
        row.quantity,
        row.proceeds,
        row.cost,
        row.gain,
    )
}

fn lot(out: &mut String, row: &LotView) -> fmt::Result {
    write!(
        out,
        "{},{},{},{},{}\r\n",
        moment(row.at)?,
        row.asset,
        csv::quoted(row.place.name()),
        row.quantity,
        row.cost,
    )
}

/// A column of an asset and one of how much of it; empty where there is none.
fn leg(leg: Option<Leg>) -> String {
    leg.map_or_else(
        || ",".to_owned(),
        |leg| format!("{},{}", leg.asset, leg.quantity),
    )
}

fn fee_of(fee: Option<Fee>) -> String {
    fee.map_or_else(
        || ",,".to_owned(),
        |fee| format!("{},{}", leg(Some(fee.leg)), fee.worth),
    )
}

fn transaction(out: &mut String, entry: &Entry) -> fmt::Result {
    let (kind, given, received, worth, fee) = match entry.act {
        Act::Trade {
            given,
            received,
            worth,
            fee,
        } => ("trade", Some(given), Some(received), worth, fee),
        Act::Deposit { leg, worth } => ("deposit", None, Some(leg), worth, None),
        Act::Withdrawal { leg, worth } => ("withdrawal", Some(leg), None, worth, None),
        Act::Transfer { leg, worth, .. } => ("transfer", Some(leg), None, worth, None),
    };
    let to = match entry.act {
        Act::Transfer { to, .. } => csv::quoted(to.name()),
        _ => String::new(),
    };
    write!(
        out,
        "{},{kind},{},{to},{},{},{worth},{},{}\r\n",
        moment(entry.at.into())?,
        csv::quoted(entry.place.name()),
        leg(given),
        leg(received),
        fee_of(fee),
        entry.id,
    )
}
