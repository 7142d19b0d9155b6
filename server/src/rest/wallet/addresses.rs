//! The allow-list that withdrawals go to.

use crate::{
    problem::{Failure, Problem},
    rest::{
        auth::answer::{Done, done, private},
        extract::{Id, NoParameters},
        json::Json,
        payload::Payload,
    },
    session::{Person, Reader},
    state::AppState,
};
use axum::{extract::State, response::Response};
use domain::{
    AddressId,
    wallet::{AllowedAddress, ChangeAddress, NewAddress},
};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// Addresses that money may be withdrawn to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Addresses {
    /// Newest first, at most 100.
    addresses: Vec<AllowedAddress>,
}

/// An address that money may be withdrawn to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AddressAnswer {
    /// The address.
    address: AllowedAddress,
}

/// List the addresses one can withdraw to
///
/// Signed in, or with an API key that has the scope `read`. Money goes to those that are enabled and
/// whose `usable_from` has come.
#[utoipa::path(get, path = "/api/wallet/addresses", tag = "wallet", responses(
    (status = 200, description = "The allow-list", body = Addresses),
))]
pub(super) async fn list(
    State(state): State<AppState>,
    _: NoParameters,
    Reader(identity): Reader,
) -> Result<Response, Failure> {
    let addresses = state.services.wallet.addresses(&identity).await?;
    Ok(private(Json(Addresses { addresses })))
}

/// Add an address to withdraw to
///
/// Needs a fresh second factor (`/api/auth/step-up`). The address is checked for its network and can be
/// used 24 hours later; its owner gets a mail. 409 `conflict` when it is on the list already, or the
/// list is full.
#[utoipa::path(post, path = "/api/wallet/addresses", tag = "wallet",
    request_body(content = NewAddress, example = json!({
        "network": "bitcoin",
        "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "label": "Cold storage",
    })),
    responses(
        (status = 201, description = "The address, which waits 24 hours", body = AddressAnswer),
))]
pub(super) async fn add(
    State(state): State<AppState>,
    Person { identity, visitor }: Person,
    Payload(request): Payload<NewAddress>,
) -> Result<Response, Failure> {
    let wallet = &state.services.wallet;
    let address = wallet.add_address(&identity, request, &visitor).await?;
    Ok(private((
        StatusCode::CREATED,
        Json(AddressAnswer { address }),
    )))
}

/// Change an address one can withdraw to
///
/// Its label, and whether it is enabled. Enabling one that is disabled needs a fresh second factor
/// (`/api/auth/step-up`) and starts another 24 hours; its owner gets a mail.
#[utoipa::path(patch, path = "/api/wallet/addresses/{id}", tag = "wallet",
    params(("id" = AddressId, Path, description = "Its id")),
    request_body(content = ChangeAddress, example = json!({"enabled": false})),
    responses(
        (status = 200, description = "The changed address", body = AddressAnswer),
        (status = 404, description = "No address of yours", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn change(
    State(state): State<AppState>,
    Person { identity, visitor }: Person,
    Id(id): Id<AddressId>,
    Payload(request): Payload<ChangeAddress>,
) -> Result<Response, Failure> {
    let wallet = &state.services.wallet;
    let changed = wallet.change_address(&identity, id, request, &visitor);
    let address = changed.await?;
    Ok(private(Json(AddressAnswer { address })))
}

/// Delete an address one can withdraw to
///
/// Added again, it waits 24 hours anew.
#[utoipa::path(delete, path = "/api/wallet/addresses/{id}", tag = "wallet",
    params(("id" = AddressId, Path, description = "Its id")),
    responses(
        (status = 200, description = "Deleted", body = Done),
        (status = 404, description = "No address of yours", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn delete(
    State(state): State<AppState>,
    _: NoParameters,
    Person { identity, visitor }: Person,
    Id(id): Id<AddressId>,
) -> Result<Json<Done>, Failure> {
    let wallet = &state.services.wallet;
    wallet.delete_address(&identity, id, &visitor).await?;
    Ok(done())
}
