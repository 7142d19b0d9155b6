//! Who is calling, and how they are answered.

use crate::{
    account::{
        HOME, Outcome, Viewer,
        flash::Flash,
        note::{HalfSignIn, Note},
        with_next,
    },
    error::{AppError, on_server},
    functions::answer::{fail, services},
    page_data::request,
};
use domain::{
    account::{Email, Sensitive},
    address::same_site,
    api::{ApiError, ErrorCode, FieldError},
};
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use services::{
    auth::{Auth, AuthError, Identity, LoginOutcome, PendingCookies, SignedIn, Visitor},
    store::UserRecord,
};
use std::fmt::Display;

/// The form that sends the mail with the link again, and its page.
pub(crate) const RESEND: &str = "resend";
pub(crate) const RESEND_PAGE: &str = "/auth/resend";

/// What a function needs to know.
pub(crate) struct Caller {
    pub(crate) auth: Auth,
    pub(crate) visitor: Visitor,
    pub(crate) cookies: PendingCookies,
    identity: Option<Identity>,
}

impl Caller {
    pub(crate) fn of_request() -> Result<Self, AppError> {
        let missing = || {
            let detail = "The request was not prepared.";
            on_server(ApiError::new(ErrorCode::Internal, detail))
        };
        Ok(Self {
            auth: services()?.auth,
            visitor: request::extension().ok_or_else(missing)?,
            cookies: request::extension().ok_or_else(missing)?,
            identity: request::extension(),
        })
    }

    /// The account that asks.
    pub(crate) fn identity(&self) -> Result<&Identity, AppError> {
        let identity = self.identity.as_ref();
        identity.ok_or_else(|| fail(AuthError::Unauthenticated))
    }

    /// Who is signed in, if anybody is.
    pub(crate) const fn anybody(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The administrator who asks.
    pub(crate) fn administrator(&self) -> Result<&Identity, AppError> {
        let identity = self.identity()?;
        identity.admin_only().map_err(fail)?;
        Ok(identity)
    }

    /// Says something on the page that comes next.
    pub(crate) fn say(&self, page: &str, flash: Flash) {
        flash.send(page, &self.auth, &self.cookies);
    }

    /// Goes on at a page, which is told something.
    pub(crate) fn tell(&self, next: &str, flash: Flash) -> Outcome {
        let outcome = self.go(next);
        self.say(&outcome.next, flash);
        outcome
    }

    /// Goes on at a page. What is no page of this site is none.
    pub(crate) fn go(&self, next: &str) -> Outcome {
        let user = self.identity.as_ref();
        lead(user.map(|identity| Viewer::from(&identity.user)), next)
    }

    /// Goes on at a page, which says what was done.
    pub(crate) fn done(&self, next: &str, text: &str) -> Outcome {
        self.tell(next, Flash::done(text))
    }

    /// Goes on with a changed account.
    pub(crate) fn changed(&self, user: &UserRecord, next: &str, text: &str) -> Outcome {
        self.say(next, Flash::done(text));
        lead(Some(Viewer::from(user)), next)
    }

    pub(crate) fn signed_in(&self, signed_in: SignedIn, next: &str) -> Outcome {
        self.cookies.grant(signed_in.grant);
        lead(Some(Viewer::from(&signed_in.identity.user)), next)
    }

    pub(crate) fn signed_out(&self, next: &str) -> Outcome {
        self.cookies.clear();
        lead(None, next)
    }

    /// On to the page for addresses that are to be confirmed, which sends the mail again.
    pub(crate) fn unconfirmed(&self, email: &Email, flash: Flash) -> Outcome {
        let flash = Flash {
            form: RESEND.to_owned(),
            fields: vec![("email".to_owned(), email.to_string())],
            ..flash
        };
        self.say(RESEND_PAGE, flash);
        lead(None, RESEND_PAGE)
    }

    /// In, or on to the second factor. Its token stands in no address.
    pub(crate) fn reached(&self, outcome: LoginOutcome, next: &str) -> Outcome {
        match outcome {
            LoginOutcome::SignedIn(signed_in) => self.signed_in(*signed_in, next),
            LoginOutcome::SecondFactor(token) => {
                let token = Sensitive::new(token.expose());
                Note::write(HalfSignIn::Begun(token));
                lead(None, &second_step(next))
            }
        }
    }
}

/// The page of the second step, which remembers where to go on afterwards.
fn second_step(next: &str) -> String {
    const PAGE: &str = "/auth/second-factor";
    match same_site(next) {
        Some(next) if next != HOME => with_next(PAGE, &next),
        _ => PAGE.to_owned(),
    }
}

/// Leads on: a plain form by 303, a script by what it is told.
fn lead(user: Option<Viewer>, next: &str) -> Outcome {
    let next = same_site(next).unwrap_or_else(|| HOME.to_owned());
    if let Some(response) = use_context::<ResponseOptions>() {
        if !request::wants_html() {
            // Something on the way may have failed.
            response.set_status(StatusCode::OK);
        } else if let Ok(location) = HeaderValue::from_str(&next) {
            response.insert_header(header::LOCATION, location);
            response.set_status(StatusCode::SEE_OTHER);
        }
    }
    Outcome { user, next }
}

/// Reads what was typed into fields, and collects what is wrong.
#[derive(Default)]
pub(crate) struct Fields(Vec<FieldError>);

impl Fields {
    pub(crate) fn read<T, E: Display>(&mut self, field: &str, value: Result<T, E>) -> Option<T> {
        value
            .map_err(|error| {
                self.0.push(FieldError {
                    field: field.to_owned(),
                    message: error.to_string(),
                });
            })
            .ok()
    }

    pub(crate) fn refuse(self) -> AppError {
        fail(ApiError::fields(self.0))
    }
}

/// Reads one field.
pub(crate) fn field<T, E: Display>(name: &str, value: Result<T, E>) -> Result<T, AppError> {
    value.map_err(|error| fail(ApiError::field(name, error.to_string())))
}
