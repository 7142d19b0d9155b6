//! The telephone number that text messages go to, and of what its owner is told there.

use super::super::{
    Request,
    form::{Field, Form},
    panel::panel,
};
use crate::{
    error::AppError,
    functions::{
        answer::fail,
        phone::{RemovePhone, SendPhoneCode, SetSmsPreferences, VerifyPhone},
    },
};
use domain::notification::{Preferences, Topic};
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::{Identity, MOST_TEXTS};

const TITLE: &str = "Text messages";

pub(super) async fn section(
    request: &Request,
    identity: &Identity,
    preferences: &Preferences,
) -> Result<AnyView, AppError> {
    let auth = &request.services.auth;
    let verified = identity.user.phone.as_ref().map(ToString::to_string);
    if !auth.has_sms() {
        return Ok(panel(TITLE, not_set_up(request, verified)));
    }
    let pending = auth.pending_phone(identity).await.map_err(fail)?;
    let pending = pending.map(|phone| code(request, &phone.to_string()));
    let number = match verified {
        Some(phone) => view! {
            {wanted(request, &phone, preferences)}
            {pending}
            <details>
                <summary>"Another number, or none"</summary>
                {number(request, "New telephone number", "The one above stays until this one is confirmed.")}
                {remove(request, "Remove this number")}
            </details>
        }
        .into_any(),
        None => view! {
            <p>"Once your telephone number is confirmed, you can be told by text message, too."</p>
            {pending}
            {number(request, "Telephone number", "With its country code, such as +4930123456.")}
        }
        .into_any(),
    };
    Ok(panel(TITLE, number))
}

/// Who was told so before may still take the number away.
fn not_set_up(request: &Request, verified: Option<String>) -> AnyView {
    let remove = verified.map(|phone| {
        view! {
            <p>"Your number " {phone} " is kept until you remove it."</p>
            {remove(request, "Remove this number")}
        }
    });
    view! {
        <p>"Text messages are not set up by the operator of this site."</p>
        {remove}
    }
    .into_any()
}

fn number(request: &Request, label: &'static str, hint: &'static str) -> AnyView {
    Form::new(request, "phone", SendPhoneCode::PATH)
        .field(Field::new("phone", label, "tel", "tel").hint(hint))
        .view("Send me a code", "button")
}

fn code(request: &Request, phone: &str) -> AnyView {
    let hint = "Six digits. They count for 10 minutes and five tries.";
    let form = Form::new(request, "phone-code", VerifyPhone::PATH)
        .field(
            Field::new("code", "Code", "text", "one-time-code")
                .hint(hint)
                .focus(true),
        )
        .view("Confirm the number", "button primary");
    view! {
        <p>"We have sent a code to " {phone.to_owned()} ". Please enter it here."</p>
        {form}
    }
    .into_any()
}

fn remove(request: &Request, button: &str) -> AnyView {
    Form::new(request, "phone-remove", RemovePhone::PATH).view(button, "button danger")
}

fn wanted(request: &Request, phone: &str, preferences: &Preferences) -> AnyView {
    let ticks = Topic::ALL.map(|topic| {
        let checked = preferences.sms.contains(&topic);
        view! {
            <label class="tick">
                <input type="checkbox" name="topics[]" value=topic.as_str() checked=checked />
                {topic.title()}
            </label>
        }
    });
    let form = Form::new(request, "sms-preferences", SetSmsPreferences::PATH)
        .part(ticks.into_iter().collect_view())
        .view("Save", "button primary");
    view! {
        <p>"Your number is " {phone.to_owned()} ". There you are told, at most "{MOST_TEXTS}" times a day, of:"</p>
        {form}
    }
    .into_any()
}
