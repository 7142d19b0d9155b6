//! Signing in, and everything on the way there.

use super::{
    Page, Request,
    form::{Field, Form, done, failed},
    nothing_here,
};
use crate::{
    account::{note::HalfSignIn, with_next},
    error::AppError,
    functions::auth::{
        caller::{RESEND, RESEND_PAGE},
        password::{ForgotPassword, ResetPassword},
        register::{Register, ResendVerification, VerifyEmail},
        sign_in::{Login, SecondFactor},
        wallet::WalletLogin,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

const PRIMARY: &str = "button primary";

pub(super) fn page(request: &Request, step: Option<&str>) -> Result<Page, AppError> {
    let (title, content) = match step {
        None if request.identity.is_some() => ("You are signed in", signed_in(request)),
        None => ("Sign in", sign_in(request)),
        Some("register") => ("Create an account", register(request)),
        Some("forgot") => ("Forgotten password", forgot(request)),
        Some("reset") => ("New password", reset(request)),
        Some("resend") => ("Confirm your address", resend(request)),
        Some("verify") => ("Confirm your address", verify(request)),
        Some("second-factor") => ("Second factor", second_factor(request)),
        Some(_) => return Err(nothing_here()),
    };
    let view = view! {
        <section class="panel auth-card">
            <h1>{title}</h1>
            {failed(request)}
            {done(request)}
            {content}
        </section>
    };
    Ok((title, view.into_any()))
}

/// A step that keeps in mind where to go on.
fn link(request: &Request, path: &str, text: &'static str) -> AnyView {
    let href = match request.query("next") {
        Some(_) => with_next(path, &request.next()),
        None => path.to_owned(),
    };
    view! { <a href=href>{text}</a> }.into_any()
}

fn signed_in(request: &Request) -> AnyView {
    let next = request.next();
    view! {
        <p>
            <a class=PRIMARY href=next>
                "Go on"
            </a>
        </p>
    }
    .into_any()
}

fn sign_in(request: &Request) -> AnyView {
    let form = Form::new(request, "login", Login::PATH)
        .field(Field::email())
        .field(Field::password())
        .hidden("next", request.next())
        .view("Sign in", PRIMARY);
    let wallet = Form::new(request, "wallet", WalletLogin::PATH)
        .signed_by_wallet()
        .hidden("next", request.next())
        .view("Sign in with a wallet", "button");
    let confirms = request.services.config.auth.require_email_verification;
    let resend = confirms.then(|| link(request, RESEND_PAGE, "Confirm your address"));
    view! {
        {form}
        {wallet}
        <p class="form-links">
            {link(request, "/auth/register", "Create an account")}
            {link(request, "/auth/forgot", "Forgotten your password?")}
            {resend}
        </p>
    }
    .into_any()
}

/// Where somebody comes whose address is to be confirmed first.
fn resend(request: &Request) -> AnyView {
    let form = Form::new(request, RESEND, ResendVerification::PATH)
        .field(Field::email())
        .view("Send the mail again", PRIMARY);
    view! {
        <p>
            "An account can be used once its address is confirmed, by the link in the mail we sent there. Not found it? Please look among the unwanted mail too, or have it sent again: then only the new link counts."
        </p>
        {form}
        <p class="form-links">{link(request, "/auth", "Back to sign-in")}</p>
    }
    .into_any()
}

fn register(request: &Request) -> AnyView {
    let form = Form::new(request, "register", Register::PATH)
        .field(Field::new("name", "Name", "text", "name").hint("What we call you."))
        .field(Field::email())
        .field(Field::new_password("password", "Password"))
        .hidden("next", request.next())
        .view("Create account", PRIMARY);
    view! {
        {form}
        <p class="form-links">{link(request, "/auth", "I have an account")}</p>
    }
    .into_any()
}

fn forgot(request: &Request) -> AnyView {
    let form = Form::new(request, "forgot", ForgotPassword::PATH)
        .field(Field::email())
        .view("Send me a link", PRIMARY);
    view! {
        <p>"We send a link to your address with which you can choose a new password."</p>
        {form}
        <p class="form-links">{link(request, "/auth", "Back to sign-in")}</p>
    }
    .into_any()
}

fn reset(request: &Request) -> AnyView {
    let form = Form::new(request, "reset", ResetPassword::PATH)
        .hidden("token", request.query("token").unwrap_or_default())
        .username()
        .field(Field::new_password("password", "New password"))
        .view("Set password", PRIMARY);
    view! {
        {form}
        <p class="form-links">{link(request, "/auth/forgot", "Ask for a new link")}</p>
    }
    .into_any()
}

/// A button, not the link itself: programs that look into mails follow links.
fn verify(request: &Request) -> AnyView {
    let form = Form::new(request, "verify", VerifyEmail::PATH)
        .hidden("token", request.query("token").unwrap_or_default())
        .view("Confirm", PRIMARY);
    view! {
        <p>"One more click, and your e-mail address is confirmed."</p>
        {form}
        <p class="form-links">{link(request, RESEND_PAGE, "Ask for a new link")}</p>
    }
    .into_any()
}

fn second_factor(request: &Request) -> AnyView {
    let again = link(request, "/auth", "Begin again");
    if HalfSignIn::token().is_none() {
        return view! {
            <p>"This sign-in is over: the second step has five minutes and five tries."</p>
            <p>{again}</p>
        }
        .into_any();
    }
    let form = Form::new(request, "second-factor", SecondFactor::PATH)
        .hidden("next", request.next())
        .field(Field::code().focus(true))
        .view("Sign in", PRIMARY);
    view! {
        {form}
        <p class="form-links">{again}</p>
    }
    .into_any()
}
