//! Holdings elsewhere, entered by hand.

use crate::{
    problem::{Failure, Problem},
    rest::{
        auth::answer::{Done, done, private},
        extract::{Id, NoParameters},
        json::Json,
        payload::Payload,
    },
    session::Caller,
    state::AppState,
};
use axum::{extract::State, response::Response};
use domain::{
    EntryId,
    portfolio::holding::{ChangeHolding, ManualHolding, NewHolding},
};
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Holdings that were entered by hand.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Holdings {
    /// The oldest first.
    #[schema(value_type = Vec<ManualHolding>)]
    holdings: Arc<[ManualHolding]>,
}

/// A holding that was entered by hand.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HoldingAnswer {
    /// The holding.
    holding: ManualHolding,
}

/// List the holdings one has entered
#[utoipa::path(get, path = "/api/portfolio/holdings", tag = "portfolio", responses(
    (status = 200, description = "Holdings elsewhere", body = Holdings),
))]
pub(super) async fn list(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
) -> Result<Response, Failure> {
    let holdings = state.services.portfolios.holdings(&identity).await?;
    Ok(private(Json(Holdings { holdings })))
}

/// Enter a holding
///
/// Something that was bought elsewhere: what was paid counts as put in. Needs the scope `trade`.
#[utoipa::path(post, path = "/api/portfolio/holdings", tag = "portfolio",
    request_body(content = NewHolding, example = json!({
        "coin": "bitcoin",
        "quantity": "0.5",
        "price": "20000",
        "date": "2024-01-31T12:00:00Z",
        "fee": "12.50",
        "note": "Cold storage",
    })),
    responses((status = 201, description = "The holding", body = HoldingAnswer)),
)]
pub(super) async fn add(
    State(state): State<AppState>,
    Caller(identity): Caller,
    Payload(request): Payload<NewHolding>,
) -> Result<Response, Failure> {
    let holding = state
        .services
        .portfolios
        .add_holding(&identity, &request)
        .await?;
    Ok(private((
        StatusCode::CREATED,
        Json(HoldingAnswer { holding }),
    )))
}

/// Change a holding
///
/// What is not named stays. 409 `conflict` when it was changed meanwhile. Needs the scope `trade`.
#[utoipa::path(patch, path = "/api/portfolio/holdings/{id}", tag = "portfolio",
    params(("id" = EntryId, Path, description = "Its id")),
    request_body(content = ChangeHolding, example = json!({"quantity": "0.25"})),
    responses(
        (status = 200, description = "The changed holding", body = HoldingAnswer),
        (status = 404, description = "No holding of yours", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn change(
    State(state): State<AppState>,
    Caller(identity): Caller,
    Id(id): Id<EntryId>,
    Payload(request): Payload<ChangeHolding>,
) -> Result<Response, Failure> {
    let portfolios = &state.services.portfolios;
    let holding = portfolios
        .change_holding(&identity, id, None, &request)
        .await?;
    Ok(private(Json(HoldingAnswer { holding })))
}

/// Delete a holding
///
/// As if it had never been entered. Needs the scope `trade`.
#[utoipa::path(delete, path = "/api/portfolio/holdings/{id}", tag = "portfolio",
    params(("id" = EntryId, Path, description = "Its id")),
    responses(
        (status = 200, description = "Deleted", body = Done),
        (status = 404, description = "No holding of yours", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn delete(
    State(state): State<AppState>,
    _: NoParameters,
    Caller(identity): Caller,
    Id(id): Id<EntryId>,
) -> Result<Json<Done>, Failure> {
    state
        .services
        .portfolios
        .delete_holding(&identity, id)
        .await?;
    Ok(done())
}
