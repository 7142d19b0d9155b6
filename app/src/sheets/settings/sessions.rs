//! Signed-in devices.

use super::super::{Request, form::Form, minute};
use crate::{
    error::AppError,
    functions::{
        answer::fail,
        auth::{sessions::EndSession, sign_in::LogoutAll},
    },
};
use domain::account::{Session, device_name};
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::Identity;

pub(super) async fn section(request: &Request, identity: &Identity) -> Result<AnyView, AppError> {
    let sessions = request.services.auth.sessions(identity).await;
    let rows = sessions.map_err(fail)?;
    let rows = rows.into_iter().map(|session| row(request, session));
    let everywhere = Form::new(request, "logout-all", LogoutAll::PATH)
        .view("Log out everywhere", "button danger");
    let view = view! {
        <section class="panel">
            <h2 class="panel-head">"Signed-in devices"</h2>
            <ul class="rows" data-testid="sessions">
                {rows.collect_view()}
            </ul>
        </section>
        {everywhere}
    };
    Ok(view.into_any())
}

fn row(request: &Request, session: Session) -> AnyView {
    let id = session.id.to_string();
    let form = Form::new(request, &format!("end-{id}"), EndSession::PATH).hidden("id", id);
    let used = minute(session.last_used_at);
    let current = session.current.then(|| {
        view! { <span class="chip">"This device"</span> }
    });
    view! {
        <li>
            <span title=session.device.clone()>
                {device_name(&session.device)} <br /> <small>{session.ip} ", last used " {used}</small>
            </span>
            {current}
            {form.view("End", "button")}
        </li>
    }
    .into_any()
}
