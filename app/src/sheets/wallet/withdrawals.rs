//! Withdrawals and where they stand.

use super::super::{Request, form::Form, locale, minute};
use crate::{
    error::AppError,
    functions::{answer::fail, money::CancelWithdrawal},
};
use domain::{
    format::{self, Locale},
    trading::{Withdrawal, WithdrawalStatus},
};
use leptos::{prelude::*, server_fn::ServerFn};
use services::{auth::Identity, store::Page};

/// Shown at most: the rest is among the movements.
const SHOWN: u32 = 20;

pub(super) async fn list(request: &Request, identity: &Identity) -> Result<AnyView, AppError> {
    let (before, limit) = (None, SHOWN);
    let page = Page { before, limit };
    let found = request.services.exchange.withdrawals(identity, page).await;
    let found = found.map_err(fail)?;
    if found.is_empty() {
        return Ok(view! { <p>"None yet."</p> }.into_any());
    }
    let locale = locale();
    let rows = found.iter().map(|one| row(request, one, locale));
    let rows: Vec<_> = rows.collect();
    let view = view! {
        <ul class="rows" data-testid="withdrawals">
            {rows}
        </ul>
    };
    Ok(view.into_any())
}

fn row(request: &Request, withdrawal: &Withdrawal, locale: Locale) -> AnyView {
    let id = withdrawal.id.to_string();
    let status = match withdrawal.status {
        WithdrawalStatus::Requested => "Waits for an administrator",
        WithdrawalStatus::Approved => "Is being sent",
        WithdrawalStatus::Sent => "Sent",
        WithdrawalStatus::Cancelled => "Cancelled",
        WithdrawalStatus::Rejected => "Rejected",
    };
    let amount = format::amount(withdrawal.amount.get(), locale);
    let cancel = withdrawal.status.is_under_way().then(|| {
        Form::new(request, &format!("cancel-{id}"), CancelWithdrawal::PATH)
            .hidden("id", id.clone())
            .view("Cancel", "button")
    });
    let reference = withdrawal.reference.clone();
    let reference = reference.map(|id| view! { <br /> <small>{id}</small> });
    view! {
        <li>
            <span>
                {amount} " " {withdrawal.asset.to_string()} <br />
                <small>{withdrawal.destination.clone()}</small> <br />
                <small>{status} ", " {minute(withdrawal.updated_at)}</small>
                {reference}
            </span>
            {cancel}
        </li>
    }
    .into_any()
}
