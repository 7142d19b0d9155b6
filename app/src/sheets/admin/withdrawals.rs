//! Withdrawals: those that wait are approved or rejected.

use super::{
    super::{
        Request,
        confirm::fresh,
        filters::{pager, query},
        form::Form,
        locale, minute,
        panel::panel,
    },
    account_link,
    stats::word,
};
use crate::{
    error::AppError,
    functions::{admin::DecideWithdrawal, answer::fail},
};
use domain::{
    format,
    trading::{UsersWithdrawal, WithdrawalStatus},
};
use leptos::{prelude::*, server_fn::ServerFn};
use services::{auth::Identity, store::Page};

/// Rows of a page.
const ROWS: u32 = 50;
const STATUSES: [(&str, &str); 5] = [
    ("requested", "Waiting"),
    ("approved", "Being sent"),
    ("sent", "Sent"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
];

pub(super) async fn section(request: &Request, identity: &Identity) -> Result<AnyView, AppError> {
    let status = request.query("status").unwrap_or_default();
    let status = serde_json::from_value::<WithdrawalStatus>(status.into()).ok();
    let status = status.unwrap_or(WithdrawalStatus::Requested);
    let cursor = request
        .query("cursor")
        .and_then(|it| it.parse::<uuid::Uuid>().ok());
    let page = Page {
        before: cursor,
        limit: ROWS,
    };
    let exchange = &request.services.exchange;
    let found = exchange.withdrawals_at(identity, status, page).await;
    let found = found.map_err(fail)?;
    let name = word(&status).to_lowercase();
    let is_full = u32::try_from(found.len()).is_ok_and(|count| count >= ROWS);
    let older = found.last().filter(|_| is_full).map(|last| {
        let cursor = last.withdrawal.id.to_string();
        let pairs = [("status", name.clone()), ("cursor", cursor)];
        format!("/admin/withdrawals{}", query(pairs))
    });
    let newest = cursor
        .is_some()
        .then(|| format!("/admin/withdrawals{}", query([("status", name.clone())])));
    let list = match status {
        WithdrawalStatus::Requested if !found.is_empty() => waiting(request, identity, &found),
        _ => panel("Withdrawals", rows(&found, None)),
    };
    let view = view! {
        {filter(&name)}
        {list}
        {pager(newest, older)}
    };
    Ok(view.into_any())
}

fn filter(chosen: &str) -> AnyView {
    let statuses = STATUSES.map(|(value, label)| {
        view! {
            <option value=value selected=chosen == value>
                {label}
            </option>
        }
    });
    view! {
        <form class="filters" method="get" action="/admin/withdrawals" data-testid="filters">
            <label>
                "Status " <select class="field" name="status">{statuses.into_iter().collect_view()}</select>
            </label>
            <button class="button primary">"Show"</button>
        </form>
    }
    .into_any()
}

/// Those that wait can always be looked at, and decided about with a fresh proof.
fn waiting(request: &Request, identity: &Identity, found: &[UsersWithdrawal]) -> AnyView {
    let is_fresh = request.services.auth.is_fresh(identity);
    let look = (!is_fresh).then(|| panel("Waiting", rows(found, None)));
    let decide = fresh(
        request,
        identity,
        "Decide",
        "approve or reject withdrawals",
        &[DecideWithdrawal::PATH],
        || rows(found, Some((request, identity))),
    );
    view! {
        {decide}
        {look}
    }
    .into_any()
}

fn rows(found: &[UsersWithdrawal], decide: Option<(&Request, &Identity)>) -> AnyView {
    if found.is_empty() {
        return view! { <p>"There is none."</p> }.into_any();
    }
    let rows: Vec<_> = found.iter().map(|one| row(one, decide)).collect();
    view! {
        <ul class="rows" data-testid="withdrawals">
            {rows}
        </ul>
    }
    .into_any()
}

fn row(one: &UsersWithdrawal, decide: Option<(&Request, &Identity)>) -> AnyView {
    let withdrawal = &one.withdrawal;
    let amount = format::amount(withdrawal.amount.get(), locale());
    let buttons = decide.map(|(request, identity)| match identity.id() == one.user_id {
        true => view! { <small>"Yours: another administrator has to decide."</small> }.into_any(),
        false => {
            let button = |decision: &'static str, text: &'static str, class| {
                let label = format!("{text} {amount} {}", withdrawal.asset);
                let id = format!("{decision}-{}", withdrawal.id);
                Form::new(request, &id, DecideWithdrawal::PATH)
                    .hidden("withdrawal", withdrawal.id.to_string())
                    .hidden("decision", decision)
                    .labelled(label)
                    .view(text, class)
            };
            view! {
                {button("approve", "Approve", "button primary")}
                {button("reject", "Reject", "button danger")}
            }
            .into_any()
        }
    });
    view! {
        <li>
            <span>
                {amount.clone()} " " {withdrawal.asset.to_string()} <br />
                <small>"To " {withdrawal.destination.clone()}</small> <br />
                <small>"Of " {account_link(one.user_id)} ", " {minute(withdrawal.updated_at)}</small>
            </span>
            {buttons}
        </li>
    }
    .into_any()
}
