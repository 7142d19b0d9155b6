//! What needs a fresh proof of who is there is shown only after it.

use super::{
    Request,
    form::{Field, Form},
    panel::panel,
};
use crate::{
    account::flash::WAITING,
    functions::auth::{second_factor::StepUp, waiting},
};
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::Identity;

/// `content` when the proof is fresh, or the form that asks for it. `what` finishes the sentence
/// "To …, please confirm that it is you". `acts` are the functions of the forms in `content`: one of
/// them that was refused because the proof had become old is done with the new one.
pub(super) fn fresh(
    request: &Request,
    identity: &Identity,
    title: &'static str,
    what: &'static str,
    acts: &[&str],
    content: impl FnOnce() -> AnyView,
) -> AnyView {
    if request.services.auth.is_fresh(identity) {
        return panel(title, content());
    }
    let waiting = waiting::of(&request.flash, acts);
    let waits = waiting.is_some();
    let form = Form::new(request, "step-up", StepUp::PATH).hidden("next", request.path());
    let form = match waiting {
        Some(waiting) => form.hidden(WAITING, waiting),
        None => form,
    };
    let form = if identity.user.has_second_factor() {
        form.field(Field::code().focus(waits))
    } else if identity.user.password_hash.is_some() {
        form.username().field(Field::password().focus(waits))
    } else {
        form.signed_by_wallet()
    };
    let afterwards = waits.then_some(" It is done as soon as you have.");
    let view = view! {
        <p>"To " {what} ", please confirm that it is you." {afterwards}</p>
        {form.view("Confirm", "button primary")}
    };
    panel(title, view.into_any())
}
