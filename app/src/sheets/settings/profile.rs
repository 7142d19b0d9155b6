//! Name, data, and the end of the account.

use super::super::{
    Request,
    confirm::fresh,
    form::{Field, Form},
    panel::panel,
};
use crate::functions::auth::{
    me::{DeleteMe, UpdateMe},
    register::ResendVerification,
};
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::Identity;

pub(super) fn section(request: &Request, identity: &Identity) -> AnyView {
    let name = Form::new(request, "profile", UpdateMe::PATH)
        .field(Field::new("name", "Name", "text", "name").value(identity.user.name.as_str()))
        .view("Save", "button primary");
    let delete = fresh(
        request,
        identity,
        "Delete this account",
        "delete this account",
        &[DeleteMe::PATH],
        || {
            let hint = "Write the word delete. This can't be undone.";
            Form::new(request, "delete", DeleteMe::PATH)
                .field(Field::new("confirm", "Confirmation", "text", "off").hint(hint))
                .view("Delete my account", "button danger")
        },
    );
    let export = view! {
        <p>"Everything we keep about you, as a file, except secrets."</p>
        <p>
            <a class="button" href="/api/auth/me/export" rel="external" download="cryptovault.json">
                "Download my data"
            </a>
        </p>
    };
    view! {
        {panel("Profile", view! { {address(request, identity)} {name} })}
        {panel("Your data", export)}
        {delete}
    }
    .into_any()
}

fn address(request: &Request, identity: &Identity) -> AnyView {
    let Some(email) = identity.user.email.as_ref().map(ToString::to_string) else {
        return view! { <p>"You sign in with a wallet."</p> }.into_any();
    };
    if identity.user.email_verified {
        return view! { <p>{email} " (confirmed)"</p> }.into_any();
    }
    let resend = Form::new(request, "resend", ResendVerification::PATH)
        .hidden("email", email.clone())
        .view("Send the mail again", "button");
    view! {
        <p>{email} " is not confirmed yet. Please follow the link in the mail we sent you."</p>
        {resend}
    }
    .into_any()
}
