//! `/api/portfolio/export.csv`: lots and gains for a spreadsheet.
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
    Method,
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
    /// What: `gains`, which it is without one, or `lots`. Transactions are at
    /// `/api/transactions/export.csv`.
    what: Option<String>,
    /// Which lots disposals take.
    method: Option<Method>,
}

#[derive(Default)]
enum What {
    #[default]
    Gains,
    Lots,
}

impl FromStr for What {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "gains" => Ok(Self::Gains),
            "lots" => Ok(Self::Lots),
            _ => Err("must be gains or lots"),
        }
    }
}

const GAINS: &str = "acquired_at,disposed_at,asset,place,quantity,proceeds,cost,gain\r\n";
const LOTS: &str = "acquired_at,asset,place,quantity,cost\r\n";

/// Take one's lots or realised gains along (CSV)
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
