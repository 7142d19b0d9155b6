//! All accounts: searched, filtered, by page.

use super::{
    super::{
        Request,
        filters::{pager, query},
        minute,
        panel::panel,
    },
    or_dash, role, yes,
};
use crate::{
    components::data_table::{Column::Text, table},
    error::AppError,
    functions::answer::fail,
};
use domain::{account::Role, address, admin::ListedUser};
use leptos::prelude::*;
use services::{
    auth::Identity,
    store::{Page, UserFilter},
};
use uuid::Uuid;

/// Rows of a page.
const ROWS: u32 = 50;
const ROLES: [(&str, &str); 4] = [
    ("", "All"),
    ("user", "Users"),
    ("admin", "Administrators"),
    ("suspended", "Suspended"),
];

pub(super) async fn section(request: &Request, identity: &Identity) -> Result<AnyView, AppError> {
    let asked = Asked::of(request);
    let page = Page {
        before: asked.cursor,
        limit: ROWS,
    };
    let admin = &request.services.admin;
    let found = admin.users(identity, &asked.filter(), page).await;
    let found = found.map_err(fail)?;
    let view = view! {
        {asked.form()}
        {panel("Accounts", asked.table(&found))}
    };
    Ok(view.into_any())
}

/// What is asked for. What can't be read is left out: it was typed into an address.
struct Asked {
    search: String,
    role: String,
    cursor: Option<Uuid>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let typed = |name| request.query(name).unwrap_or_default().trim().to_owned();
        Self {
            search: typed("search"),
            role: typed("role"),
            cursor: typed("cursor").parse().ok(),
        }
    }

    fn filter(&self) -> UserFilter {
        let text = Some(self.search.clone());
        UserFilter {
            role: self.role.parse::<Role>().ok(),
            text: text.filter(|text| !text.is_empty()),
        }
    }

    fn address(&self, cursor: Option<Uuid>) -> String {
        let cursor = cursor.map(|cursor| cursor.to_string());
        let pairs = [
            ("search", self.search.clone()),
            ("role", self.role.clone()),
            ("cursor", cursor.unwrap_or_default()),
        ];
        format!("/admin/users{}", query(pairs))
    }

    fn form(&self) -> AnyView {
        let roles = ROLES.map(|(value, label)| {
            view! {
                <option value=value selected=self.role == value>
                    {label}
                </option>
            }
        });
        view! {
            <form class="filters" method="get" action="/admin/users" data-testid="filters">
                <label>
                    "Search "
                    <input
                        class="field"
                        type="search"
                        name="search"
                        maxlength="64"
                        placeholder="E-mail, name, wallet or id"
                        value=self.search.clone()
                    />
                </label>
                <label>
                    "Role " <select class="field" name="role">{roles.into_iter().collect_view()}</select>
                </label>
                <button class="button primary">"Show"</button>
            </form>
        }
        .into_any()
    }

    fn table(&self, found: &[ListedUser]) -> AnyView {
        if found.is_empty() {
            return view! { <p>"Nobody fits. Try a part of the name or address, or all roles."</p> }
                .into_any();
        }
        let is_full = u32::try_from(found.len()).is_ok_and(|count| count >= ROWS);
        let older = found.last().filter(|_| is_full);
        let older = older.map(|last| self.address(Some(last.id.uuid())));
        let newest = self.cursor.is_some().then(|| self.address(None));
        let rows: Vec<_> = found.iter().map(row).collect();
        let columns = [
            Text("Name"),
            Text("E-mail or wallet"),
            Text("Role"),
            Text("Confirmed"),
            Text("Second factor"),
            Text("Made"),
        ];
        let table = table(
            "users",
            "Accounts",
            "Accounts, the newest first",
            &columns,
            rows,
        );
        view! {
            <div class="cards">{table}</div>
            {pager(newest, older)}
        }
        .into_any()
    }
}

fn row(user: &ListedUser) -> AnyView {
    let href = format!("/admin/users/{}", address::value(&user.id.to_string()));
    let reached = user.email.clone().or_else(|| user.wallets.first().cloned());
    view! {
        <tr>
            <th scope="row">
                <a href=href>{user.name.clone()}</a>
            </th>
            <td data-label="E-mail or wallet">{or_dash(reached)}</td>
            <td data-label="Role">{role(user.role)}</td>
            <td data-label="Confirmed">{yes(user.email_verified)}</td>
            <td data-label="Second factor">{yes(user.two_factor_enabled)}</td>
            <td data-label="Made">{minute(user.created_at)}</td>
        </tr>
    }
    .into_any()
}
