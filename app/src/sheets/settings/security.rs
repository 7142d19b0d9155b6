//! Password and second factor.

use super::super::{
    Request,
    confirm::fresh,
    form::{Field, Form},
    panel::{panel, panel_shown_once},
};
use crate::functions::auth::{
    password::ChangePassword,
    second_factor::{Disable, Enable, RecoveryCodes, SetUp},
};
use domain::account::TotpSetup;
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::Identity;

pub(super) fn section(request: &Request, identity: &Identity) -> AnyView {
    let has_password = identity.user.password_hash.is_some();
    view! {
        {codes(request)}
        {has_password.then(|| panel("Password", password(request)))}
        {second_factor(request, identity)}
    }
    .into_any()
}

fn password(request: &Request) -> AnyView {
    let current = Field::new(
        "current_password",
        "Current password",
        "password",
        "current-password",
    );
    Form::new(request, "password", ChangePassword::PATH)
        .username()
        .field(current)
        .field(Field::new_password("new_password", "New password"))
        .view("Change password", "button primary")
}

fn second_factor(request: &Request, identity: &Identity) -> AnyView {
    const TITLE: &str = "Second factor";
    if identity.user.has_second_factor() {
        let acts = [RecoveryCodes::PATH, Disable::PATH];
        return fresh(
            request,
            identity,
            TITLE,
            "change the second factor",
            &acts,
            || {
                view! {
                    <p>"On: signing in takes a code of your authenticator app."</p>
                    {Form::new(request, "recovery-codes", RecoveryCodes::PATH)
                        .view("Make new recovery codes", "button")}
                    {Form::new(request, "disable", Disable::PATH)
                        .view("Turn off", "button danger")}
                }
                .into_any()
            },
        );
    }
    let pending_setup = || request.services.auth.pending_second_factor(identity);
    fresh(
        request,
        identity,
        TITLE,
        "set up a second factor",
        &[SetUp::PATH],
        || match pending_setup() {
            Some(setup) => pending(request, setup),
            None => view! {
                <p>
                    "Off. With an authenticator app, a stolen password alone opens nothing."
                </p>
                {Form::new(request, "setup", SetUp::PATH).view("Set up", "button primary")}
            }
            .into_any(),
        },
    )
}

fn pending(request: &Request, setup: TotpSetup) -> AnyView {
    // The picture begins with a declaration that HTML does not know.
    let picture = setup
        .qr_svg
        .find("<svg")
        .map_or("", |at| &setup.qr_svg[at..]);
    let enable = Form::new(request, "enable", Enable::PATH)
        .field(Field::new("code", "Code", "text", "one-time-code").hint("The six digits it shows."))
        .view("Turn on", "button primary");
    view! {
        <p>"Scan this picture with your authenticator app, or type the secret into it."</p>
        <div class="qr" role="img" aria-label="QR code of the secret" inner_html=picture.to_owned()></div>
        <p>
            "Secret: " <code class="secret" data-testid="totp-secret">
                {setup.secret}
            </code>
        </p>
        <p>
            <a href=setup.otpauth_url rel="external">
                "Open in an app on this device"
            </a>
        </p>
        {enable}
    }
    .into_any()
}

/// Recovery codes, on the one page after they were made.
fn codes(request: &Request) -> Option<AnyView> {
    let shown = request.flash.shown_once.iter();
    let codes: Vec<String> = shown
        .filter(|(name, _)| name == "recovery_code")
        .map(|(_, code)| code.expose().to_owned())
        .collect();
    if codes.is_empty() {
        return None;
    }
    let codes = codes.into_iter().map(|code| view! { <li>{code}</li> });
    let view = view! {
        <p>
            "Keep these in a safe place. Each opens your account once, when your app is lost. They are shown only now."
        </p>
        <ul class="codes" data-testid="recovery-codes">
            {codes.collect_view()}
        </ul>
    };
    Some(panel_shown_once(request, "Recovery codes", view))
}
