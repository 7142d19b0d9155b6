//! What needs a fresh proof of who is there is shown only after it.

use super::{
    super::{
        Request,
        form::{Field, Form},
    },
    panel,
};
use crate::functions::auth::second_factor::StepUp;
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::Identity;

/// `content` when the proof is fresh, or the form that asks for it. `what` finishes the sentence
/// "To …, please confirm that it is you".
pub(super) fn fresh(
    request: &Request,
    identity: &Identity,
    title: &'static str,
    what: &'static str,
    content: impl FnOnce() -> AnyView,
) -> AnyView {
    if request.services.auth.require_fresh(identity).is_ok() {
        return panel(title, content());
    }
    let form = Form::new(request, "step-up", StepUp::PATH).hidden("next", request.path());
    let form = if identity.user.has_second_factor() {
        form.field(Field::code())
    } else if identity.user.password_hash.is_some() {
        form.username().field(Field::password())
    } else {
        form.signed_by_wallet()
    };
    let view = view! {
        <p>"To " {what} ", please confirm that it is you."</p>
        {form.view("Confirm", "button primary")}
    };
    panel(title, view.into_any())
}
