//! The administration, over HTTP and on its pages.

mod acts;
mod audit;
mod elsewhere;
mod figures;
mod pages;
mod race;
mod roles;
mod users;

use crate::auth_support::{Browser, Desk, Outcome, email};
use crate::transactions::make_admin;
use domain::account::Email;
use services::store::{AuditFilter, AuditRecord, UserRecord};

const USERS: &str = "/api/admin/users";

/// A browser in which an administrator is signed in.
async fn admin<'a>(desk: &'a Desk, name: &str) -> Outcome<Browser<'a>> {
    let browser = desk.signed_in(name).await?;
    make_admin(desk, name).await?;
    Ok(browser)
}

/// An account, as it is stored.
async fn account(desk: &Desk, name: &str) -> Outcome<UserRecord> {
    let users = desk.store().await?.users;
    let user = users.by_email(&Email::parse(&email(name))?).await?;
    Ok(user.ok_or("no account")?)
}

/// Where an account is, under the API.
async fn address(desk: &Desk, name: &str) -> Outcome<String> {
    Ok(format!("{USERS}/{}", account(desk, name).await?.id))
}

/// Shows that somebody's address is theirs.
async fn confirm(desk: &Desk, name: &str) -> Outcome<()> {
    let mut user = account(desk, name).await?;
    user.email_verified = true;
    Ok(desk.store().await?.users.update(&user).await?)
}

/// What was written down of this, the newest first.
async fn noted(desk: &Desk, action: &str) -> Outcome<Vec<AuditRecord>> {
    let filter = AuditFilter {
        action: Some(action.to_owned()),
        ..AuditFilter::default()
    };
    Ok(desk.store().await?.audit.find(&filter, None, 100).await?)
}
