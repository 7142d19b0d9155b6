//! Of what its owner is told by e-mail and by text message.

use super::{
    super::{Request, form::Form, panel::panel},
    phone,
};
use crate::{
    error::AppError,
    functions::{alerts::SetPreferences, answer::fail},
};
use domain::notification::Topic;
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::Identity;

pub(super) async fn section(request: &Request, identity: &Identity) -> Result<AnyView, AppError> {
    let notifications = &request.services.notifications;
    let preferences = notifications.preferences(identity).await.map_err(fail)?;
    let form = Form::new(request, "preferences", SetPreferences::PATH);
    let ticks = Topic::ALL.map(|topic| {
        // Of these a mail is always sent.
        let is_fixed = topic == Topic::SignIn;
        let checked = is_fixed || preferences.email.contains(&topic);
        view! {
            <label class="tick">
                <input type="checkbox" name=topic.as_str() checked=checked disabled=is_fixed />
                {topic.title()}
            </label>
        }
    });
    let form = form.part(ticks.into_iter().collect_view());
    let is_told = identity.user.email_verified;
    let unverified = (!is_told).then(|| {
        view! { <p class="page-note">"No mail is sent before your address is verified."</p> }
    });
    let content = view! {
        <p>
            "On the page "<a href="/notifications">"Notifications"</a>
            " you find everything. By e-mail you are told of:"
        </p>
        {unverified}
        {form.view("Save", "button primary")}
        <p>"A program of yours is told by a "<a href="/settings/webhooks">"webhook"</a>"."</p>
    };
    let sms = phone::section(request, identity, &preferences).await?;
    let view = view! {
        {panel("Notifications", content)}
        {sms}
    };
    Ok(view.into_any())
}
