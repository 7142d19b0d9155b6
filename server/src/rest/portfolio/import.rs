//! `/api/portfolio/import` and `/imports`: trades from elsewhere.
#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use crate::{
    middleware::body_limit,
    problem::{Failure, Problem},
    rest::{
        auth::answer::{Done, done, private},
        extract::{Id, NoParameters},
        json::Json,
        query::Query,
    },
    session::Caller,
    state::AppState,
};
use axum::{
    body::{Body, to_bytes},
    extract::{RawQuery, State},
    response::Response,
};
use domain::{
    ImportId,
    api::{ApiError, ErrorCode},
    portfolio::{
        Note,
        imported::{ImportView, Report},
    },
};
use http::{HeaderMap, header};
use serde::Serialize;
use services::portfolio::import::{File, Format, MOST_BYTES, Rates};
use std::{str::FromStr, sync::Arc};
use utoipa::{IntoParams, ToSchema};

/// Query of an import.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what is read")]
pub(super) struct ImportParams {
    /// Whose file it is: `generic`, `binance`, `coinbase` or `kraken`. Without it, its head tells.
    format: Option<String>,
    /// `true` to be told what would become of each row, and nothing else.
    dry_run: Option<bool>,
    /// What other currencies than US dollars cost in these: `EUR 1.08`, or from a day on
    /// `2024-01-31 EUR 1.0837`; several, separated by commas.
    rates: Option<String>,
}

struct Flag(bool);

impl FromStr for Flag {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "must be true or false")
    }
}

/// Import trades from elsewhere (CSV)
///
/// At most 20 MiB and 100,000 rows; 1 MiB if an API key signs it. Every row's fate is told, bad ones with
/// line and reason; good ones go in, and what is there already is not taken twice. Needs the scope
/// `trade`. They come to count all at once; if there is no answer in time, send the file again: what is there
/// by then is known.
///
/// A file of one's own has the columns `date,type,asset,quantity` and, where they are needed,
/// `total,currency,fee,fee_asset,fee_total,place,id`; `type` is `buy`, `sell`, `deposit`, `withdrawal`,
/// `reward`, `transfer_in` or `transfer_out`, and `total` is in US dollars or in the row's `currency`.
/// `fee_total` is what a fee in coins was worth. A fee of what came, left or was moved is paid beside the
/// quantity: of 1 BTC that came with a fee of 0.01 BTC there is 0.99. Nothing may be later than now.
///
/// A row whose money is in another currency counts in US dollars at the rate of a column `usd_rate`, which any
/// file may have, else at `rates`; without either it is bad. Such money stays outside the portfolio: what was
/// bought with it was brought in just then, what was got for a sale was taken out. Stablecoins in US dollars
/// count as the dollars they stand for. Of what else a row doesn't say the worth of, that is the closing price of its day, else a price that one's own trades tell, of that day or
/// of the week before; where there is none, the row is bad and says what to do.
#[utoipa::path(post, path = "/api/portfolio/import", tag = "portfolio", params(ImportParams),
    request_body(content = String, content_type = "text/csv"),
    responses(
        (status = 200, description = "What became of each row", body = Report),
        (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope `trade`, or the request comes from another site", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The file is larger than 20 MiB, or signed by a key and larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "It was not sent as `text/csv`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The file can't be read at all (`file`), or a parameter is wrong", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn import(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &["format", "dry_run", "rates"]);
    let format: Option<Format> = query.parsed("format");
    let dry_run = query.parsed("dry_run").is_some_and(|Flag(dry_run)| dry_run);
    let rates: Rates = query.parsed("rates").unwrap_or_default();
    query.finish()?;
    require_csv(&headers)?;
    let bytes = to_bytes(body, MOST_BYTES).await;
    let bytes = bytes.map_err(|_| body_limit::too_large(MOST_BYTES))?;
    let file = File {
        format,
        name: Note::default(),
        bytes,
        rates,
    };
    let report = state.services.portfolios.import(&identity, file, dry_run);
    Ok(private(Json(report.await?)))
}

/// Files of trades that were imported.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Imports {
    /// The latest first.
    #[schema(value_type = Vec<ImportView>)]
    imports: Arc<[ImportView]>,
}

/// List the files one has imported
///
/// Each with its id, by which all that came with it can be taken out again.
#[utoipa::path(get, path = "/api/portfolio/imports", tag = "portfolio", responses(
    (status = 200, description = "Imported files", body = Imports),
))]
pub(super) async fn list(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
) -> Result<Response, Failure> {
    let imports = state.services.portfolios.imports(&identity).await?;
    Ok(private(Json(Imports { imports })))
}

/// Remove an import
///
/// All entries that came with it leave the portfolio, or none: as if the file had never been sent. It may be
/// imported again. Needs the scope `trade`.
#[utoipa::path(delete, path = "/api/portfolio/imports/{id}", tag = "portfolio",
    params(("id" = ImportId, Path, description = "Its id")),
    responses(
        (status = 200, description = "Removed", body = Done),
        (status = 404, description = "No import of yours", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn delete(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
    Id(id): Id<ImportId>,
) -> Result<Json<Done>, Failure> {
    let portfolios = &state.services.portfolios;
    portfolios.delete_import(&identity, id).await?;
    Ok(done())
}

fn require_csv(headers: &HeaderMap) -> Result<(), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default();
    if essence.trim().eq_ignore_ascii_case("text/csv") {
        return Ok(());
    }
    let detail = "Send the file with Content-Type: text/csv.";
    Err(ApiError::new(ErrorCode::UnsupportedMediaType, detail))
}
