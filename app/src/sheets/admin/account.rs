//! One account: what it is, what it has, and what can be done to it.

use super::{
    super::{
        Request,
        confirm::fresh,
        form::Form,
        locale, minute,
        panel::{self, panel},
    },
    facts, or_dash, role, yes,
};
use crate::{
    error::AppError,
    functions::{
        admin::{EndSessions, ResetTwoFactor, SetRole},
        answer::fail,
    },
};
use domain::{
    UserId,
    account::{Role, Session, device_name},
    admin::{ListedUser, UserDetails},
    trading::Balance,
};
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::Identity;

pub(super) async fn section(
    request: &Request,
    identity: &Identity,
    id: UserId,
) -> Result<AnyView, AppError> {
    let details = request.services.admin.user(identity, id).await;
    let details = details.map_err(fail)?;
    let view = view! {
        {panel("Account", about(&details))}
        {acts(request, identity, &details)}
        {panel("Sessions", sessions(&details.sessions))}
        {panel("Balances", balances(&details.balances))}
    };
    Ok(view.into_any())
}

fn about(details: &UserDetails) -> AnyView {
    let user = &details.user;
    let log = |name| format!("/admin/audit?{name}={}", user.id);
    let figures = facts(
        "account",
        vec![
            ("Name", user.name.clone()),
            ("E-mail", or_dash(user.email.clone())),
            ("Confirmed", yes(user.email_verified).to_owned()),
            ("Role", role(user.role).to_owned()),
            ("Second factor", yes(user.two_factor_enabled).to_owned()),
            ("API keys", details.api_keys.to_string()),
            ("Made", minute(user.created_at)),
            ("Last sign-in", or_dash(details.last_sign_in_at.map(minute))),
            ("Wallets", wallets(user)),
            ("Id", user.id.to_string()),
        ],
    );
    view! {
        {figures}
        <p class="cluster">
            <a class="button" href=log("actor")>"What they did"</a>
            <a class="button" href=log("subject")>"What was done to them"</a>
        </p>
    }
    .into_any()
}

fn wallets(user: &ListedUser) -> String {
    match user.wallets.is_empty() {
        true => "None".to_owned(),
        false => user.wallets.join(", "),
    }
}

fn acts(request: &Request, identity: &Identity, details: &UserDetails) -> AnyView {
    let user = &details.user;
    if identity.id() == user.id {
        let hint = view! {
            <p>
                "This is your own account: change it in your " <a href="/settings">"settings"</a>
                ", or ask another administrator."
            </p>
        };
        return panel("Change this account", hint);
    }
    let paths = [SetRole::PATH, EndSessions::PATH, ResetTwoFactor::PATH];
    let title = "Change this account";
    fresh(
        request,
        identity,
        title,
        "change this account",
        &paths,
        || {
            let roles = roles(user.role).iter();
            let roles = roles.map(|(role, button, class)| {
                Form::new(request, &format!("role-{}", role.as_str()), SetRole::PATH)
                    .hidden("user", user.id.to_string())
                    .hidden("role", role.as_str())
                    .view(button, class)
            });
            let roles: Vec<_> = roles.collect();
            let end = Form::new(request, "end-sessions", EndSessions::PATH)
                .hidden("user", user.id.to_string())
                .view("Sign out everywhere", "button");
            let reset = user.two_factor_enabled.then(|| {
                Form::new(request, "reset-two-factor", ResetTwoFactor::PATH)
                    .hidden("user", user.id.to_string())
                    .view("Switch off the second factor", "button danger")
            });
            view! {
            <p>"Everything that is done here is in the audit log. Whoever is suspended is signed out everywhere, and can't sign in."</p>
            {roles}
            {end}
            {reset}
        }
        .into_any()
        },
    )
}

/// What an account can become.
const fn roles(now: Role) -> &'static [(Role, &'static str, &'static str)] {
    match now {
        Role::User => &[
            (Role::Suspended, "Suspend", "button danger"),
            (Role::Admin, "Make administrator", "button"),
        ],
        Role::Admin => &[
            (Role::Suspended, "Suspend", "button danger"),
            (Role::User, "Make an ordinary user", "button danger"),
        ],
        Role::Suspended => &[(Role::User, "Reinstate", "button primary")],
    }
}

fn sessions(sessions: &[Session]) -> AnyView {
    if sessions.is_empty() {
        return view! { <p>"Signed in nowhere."</p> }.into_any();
    }
    let rows = sessions.iter().map(|session| {
        let used = minute(session.last_used_at);
        view! {
            <li>
                <span title=session.device.clone()>
                    {device_name(&session.device)} <br />
                    <small>{session.ip.clone()} ", last used " {used}</small>
                </span>
            </li>
        }
        .into_any()
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <ul class="rows" data-testid="sessions">
            {rows}
        </ul>
    }
    .into_any()
}

fn balances(balances: &[Balance]) -> AnyView {
    if balances.is_empty() {
        return view! { <p>"Nothing."</p> }.into_any();
    }
    panel::balances(balances, locale())
}
