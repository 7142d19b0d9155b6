//! `/api/transactions/export.csv`: transactions for a spreadsheet.

use super::{
    csv::{self, optional, quoted},
    query::Query,
    transactions::{FILTERS, TransactionParams, filter},
};
use crate::{problem::Failure, session::Caller, state::AppState};
use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::Response,
};
use domain::trading::Transaction;
use services::{
    auth::Identity,
    exchange::{Exchange, ExchangeError},
    store::{Page, TransactionFilter},
};
use std::fmt::{self, Write};
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

/// Transactions that are read at a time.
const PAGE: u32 = 500;
const HEAD: &str =
    "id,at,type,asset,amount,pair,price,quote_amount,fee,order_id,destination,reference\r\n";

/// Take one's transactions along (CSV)
///
/// As RFC 4180 has it, the newest first, with the filters of the list. If it can't be finished the
/// connection ends in the middle.
#[utoipa::path(get, path = "/api/transactions/export.csv", tag = "transactions", params(TransactionParams), responses(
    (status = 200, description = "A table with a head", body = String, content_type = "text/csv"),
))]
pub(super) async fn export(
    State(state): State<AppState>,
    Caller(identity): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(raw.as_deref(), &FILTERS);
    let filter = filter(&mut query);
    query.finish()?;
    let mut rows = Rows {
        exchange: state.services.exchange.clone(),
        identity,
        filter,
        before: None,
    };
    // What can be refused is refused before the answer begins.
    let first = rows.next().await?.unwrap_or_default();
    let rest = futures_util::stream::try_unfold(rows, |mut rows| async move {
        let text = rows.next().await.inspect_err(|error| {
            tracing::warn!(%error, "an export of transactions ends in the middle");
        })?;
        Ok::<_, ExchangeError>(text.map(|text| (text, rows)))
    });
    let begin = futures_util::stream::iter([Ok(HEAD.to_owned()), Ok(first)]);
    let body = Body::from_stream(futures_util::StreamExt::chain(begin, rest));
    Ok(csv::table("transactions.csv", body))
}

struct Rows {
    exchange: Exchange,
    identity: Identity,
    filter: TransactionFilter,
    before: Option<Uuid>,
}

impl Rows {
    /// The next rows; `None` when there are no more.
    async fn next(&mut self) -> Result<Option<String>, ExchangeError> {
        let page = Page {
            before: self.before,
            limit: PAGE,
        };
        let found = self
            .exchange
            .transactions(&self.identity, &self.filter, page);
        let found = found.await?;
        let Some(last) = found.last() else {
            return Ok(None);
        };
        self.before = Some(last.id.uuid());
        let mut text = String::new();
        for transaction in &found {
            // Writing into a text can't fail.
            let _written = row(&mut text, transaction);
        }
        Ok(Some(text))
    }
}

fn row(out: &mut String, transaction: &Transaction) -> fmt::Result {
    let Transaction {
        id,
        kind,
        asset,
        amount,
        pair,
        price,
        quote_amount,
        fee,
        order_id,
        destination,
        reference,
        at,
        sequence: _,
    } = transaction;
    let at = at.format(&Rfc3339).map_err(|_| fmt::Error)?;
    write!(out, "{id},{at},{},{asset},{amount}", kind.as_str())?;
    optional(out, pair.as_ref())?;
    optional(out, price.as_ref())?;
    optional(out, quote_amount.as_ref())?;
    optional(out, Some(fee))?;
    optional(out, order_id.as_ref())?;
    optional(out, destination.as_ref().map(|text| quoted(text)).as_ref())?;
    optional(out, reference.as_ref().map(|text| quoted(text)).as_ref())?;
    out.write_str("\r\n")
}
