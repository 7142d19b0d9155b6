//! Accounts: finding them, looking at one, and changing it.
#![expect(
    unused_qualifications,
    reason = "utoipa's macro writes parameter types in full"
)]

use crate::{
    problem::{Failure, Problem},
    rest::{
        auth::answer::private,
        extract::{Id, NoParameters},
        json::Json,
        page::{self, PageParams},
        payload::Payload,
        query::Query,
    },
    session::Administrator,
    state::AppState,
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use domain::{
    UserId,
    account::Role,
    admin::{ChangeUser, ListedUser, UserDetails},
};
use serde::Serialize;
use services::store::UserFilter;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A page of accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListedUsers {
    /// The newest first.
    users: Vec<ListedUser>,
    /// For the next page.
    #[schema(value_type = Option<String>, format = "uuid")]
    next_cursor: Option<Uuid>,
}

/// Query of the list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `list` reads")]
pub(super) struct UsersParams {
    /// A part of the address, the name or a wallet, or a whole id.
    search: Option<String>,
    /// Only with this role.
    role: Option<Role>,
}

/// List accounts
///
/// For administrators.
#[utoipa::path(get, path = "/api/admin/users", tag = "administration", operation_id = "admin_users",
    params(UsersParams, PageParams),
    responses((status = 200, description = "Accounts, the newest first", body = ListedUsers),
))]
pub(super) async fn list(
    State(state): State<AppState>,
    Administrator { identity, .. }: Administrator,
    RawQuery(raw): RawQuery,
) -> Result<Response, Failure> {
    let [limit, cursor] = page::PARAMETERS;
    let mut query = Query::read(raw.as_deref(), &["search", "role", limit, cursor]);
    let filter = UserFilter {
        role: query.parsed("role"),
        text: query.text("search").map(str::to_owned),
    };
    let page = page::read(&mut query);
    query.finish()?;
    let users = state.services.admin.users(&identity, &filter, page).await?;
    let next_cursor = page::next(page, &users, |user| user.id.uuid());
    Ok(private(Json(ListedUsers { users, next_cursor })))
}

/// Look at an account
///
/// For administrators: with its sessions and balances.
#[utoipa::path(get, path = "/api/admin/users/{id}", tag = "administration", operation_id = "admin_user",
    params(("id" = UserId, Path, description = "Its id")),
    responses(
        (status = 200, description = "The account", body = UserDetails),
        (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get(
    State(state): State<AppState>,
    Administrator { identity, .. }: Administrator,
    _: NoParameters,
    Id(id): Id<UserId>,
) -> Result<Response, Failure> {
    let user = state.services.admin.user(&identity, id).await?;
    Ok(private(Json(user)))
}

/// Change an account
///
/// For administrators with a fresh second factor (`/api/auth/step-up`): suspends or reinstates, appoints
/// or dismisses an administrator, signs out everywhere, does without the second factor. All that is asked
/// for is done, or nothing. Not for one's own account, and an administrator is always left (409).
#[utoipa::path(patch, path = "/api/admin/users/{id}", tag = "administration", operation_id = "change_user",
    params(("id" = UserId, Path, description = "Its id")),
    request_body = ChangeUser,
    responses(
        (status = 200, description = "The account as it is now", body = UserDetails),
        (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn change(
    State(state): State<AppState>,
    Administrator { identity, visitor }: Administrator,
    Id(id): Id<UserId>,
    Payload(change): Payload<ChangeUser>,
) -> Result<Response, Failure> {
    let admin = &state.services.admin;
    let changed = admin.change_user(&identity, id, change, &visitor).await?;
    Ok(private(Json(changed)))
}
