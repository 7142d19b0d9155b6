//! A form, its fields, and what is wrong with them.

use super::{Focus, Request};
use crate::{
    account::{CHECK, sentence},
    error::AppError,
};
use leptos::prelude::*;
use std::sync::atomic::Ordering;

/// A form that posts to a server function.
pub(super) struct Form<'a> {
    request: &'a Request,
    id: String,
    action: &'static str,
    parts: Vec<AnyView>,
    /// The fields beside which stands what is wrong with them.
    fields: Vec<&'static str>,
}

impl<'a> Form<'a> {
    /// `id` tells it apart from the others on its page.
    pub(super) fn new(request: &'a Request, id: &str, action: &'static str) -> Self {
        Self {
            request,
            id: id.to_owned(),
            action,
            parts: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// Adds a value that nobody sees.
    pub(super) fn hidden(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        let part = view! { <input type="hidden" name=name value=value /> };
        self.parts.push(part.into_any());
        self
    }

    /// Tells password managers whose password it is; nobody sees it.
    pub(super) fn username(self) -> Self {
        let user = self
            .request
            .identity
            .as_ref()
            .map(|identity| &identity.user);
        let email = user.and_then(|user| user.email.as_ref());
        let email = email.map(ToString::to_string).unwrap_or_default();
        self.part(view! {
            <input hidden type="text" name="username" autocomplete="username" value=email />
        })
    }

    /// Has a wallet sign before the form is sent.
    pub(super) fn signed_by_wallet(self) -> Self {
        self.part(view! {
            <input type="hidden" name="message" value="" />
            <input type="hidden" name="signature" value="" data-wallet="" />
            <div class="wallet-choices cluster"></div>
        })
    }

    /// What is wrong with several boxes together.
    pub(super) fn slot(mut self, name: &'static str) -> Self {
        self.fields.push(name);
        let error = self.error(name);
        self.part(view! {
            <p class="field-error" data-error=name>
                {error}
            </p>
        })
    }

    /// Adds what is no field.
    pub(super) fn part(mut self, part: impl IntoAny) -> Self {
        self.parts.push(part.into_any());
        self
    }

    /// Adds a field.
    pub(super) fn field(mut self, field: Field) -> Self {
        let typed = self.is_answered().then(|| self.typed(field.name)).flatten();
        let error = self.error(field.name);
        let focus = self.request.focus(error.is_some() || field.focus);
        self.fields.push(field.name);
        let part = field.view(&self.id, typed, error, focus);
        self.parts.push(part);
        self
    }

    /// Adds a list to choose from: values, and what they are called.
    pub(super) fn select(
        mut self,
        name: &'static str,
        label: &'static str,
        options: Vec<(String, String)>,
    ) -> Self {
        let typed = self.is_answered().then(|| self.typed(name)).flatten();
        let error = self.error(name);
        let focus = self.request.focus(error.is_some());
        self.fields.push(name);
        let (id, wrong) = (
            format!("{}-{name}", self.id),
            format!("{}-{name}-error", self.id),
        );
        let options = options.into_iter().map(|(value, label)| {
            let selected = typed.as_ref() == Some(&value);
            view! {
                <option value=value selected=selected>
                    {label}
                </option>
            }
        });
        let options: Vec<_> = options.collect();
        let invalid = error.is_some().then_some("true");
        self.part(view! {
            <div class="form-field">
                <label for=id.clone()>{label}</label>
                <select
                    class="field"
                    id=id
                    name=name
                    aria-invalid=invalid
                    aria-describedby=wrong.clone()
                    autofocus=focus.auto()
                    data-focus=focus.data()
                >
                    {options}
                </select>
                <p class="field-error" id=wrong data-error=name>
                    {error}
                </p>
            </div>
        })
    }

    /// Adds a box to tick.
    pub(super) fn tick(mut self, name: &'static str, label: &'static str) -> Self {
        let checked = self.is_answered() && self.typed(name).is_some();
        let part = view! {
            <label class="tick">
                <input type="checkbox" name=name checked=checked />
                {label}
            </label>
        };
        self.parts.push(part.into_any());
        self
    }

    /// The form with its button.
    pub(super) fn view(self, button: &str, class: &'static str) -> AnyView {
        let failed = self.request.flash.error.as_ref();
        let failed = failed.filter(|_| self.is_answered());
        let told = failed.map(|error| told(error, &self.fields));
        if told.is_some() {
            self.request.is_told.store(true, Ordering::Relaxed);
        }
        let focus = self.request.focus(told.is_some());
        let button = button.to_owned();
        let [id, name] = [self.id.clone(), self.id.clone()];
        view! {
            <form class="form" id=id method="post" action=self.action data-testid=name>
                <p class="form-error" role="alert" tabindex="-1" autofocus=focus.auto() data-focus=focus.data()>
                    {told}
                </p>
                {self.parts}
                <input type="hidden" name="form" value=self.id />
                <input type="hidden" name="back" value=self.request.address.clone() />
                <button class=class>{button}</button>
            </form>
        }
        .into_any()
    }

    /// Whether it was this form that failed.
    fn is_answered(&self) -> bool {
        self.request.flash.form == self.id
    }

    fn typed(&self, name: &str) -> Option<String> {
        self.request.flash.field(name).map(str::to_owned)
    }

    fn error(&self, name: &str) -> Option<String> {
        let error = self.request.flash.error.as_ref();
        let mut errors = error.filter(|_| self.is_answered())?.errors.iter();
        errors
            .find(|error| error.field == name)
            .map(|error| sentence(&error.message))
    }
}

/// A field with its label.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// Of the HTML element.
    pub(super) kind: &'static str,
    pub(super) autocomplete: &'static str,
    pub(super) hint: &'static str,
    pub(super) value: String,
    pub(super) required: bool,
    /// Whether it is what somebody is led to.
    pub(super) focus: bool,
}

impl Field {
    pub(super) fn new(
        name: &'static str,
        label: &'static str,
        kind: &'static str,
        autocomplete: &'static str,
    ) -> Self {
        Self {
            name,
            label,
            kind,
            autocomplete,
            hint: "",
            value: String::new(),
            required: true,
            focus: false,
        }
    }

    pub(super) fn email() -> Self {
        Self::new("email", "E-mail address", "email", "username")
    }

    pub(super) fn password() -> Self {
        Self::new("password", "Password", "password", "current-password")
    }

    pub(super) fn new_password(name: &'static str, label: &'static str) -> Self {
        let hint = "At least 12 characters. A few unrelated words are easy to keep in mind.";
        Self::new(name, label, "password", "new-password").hint(hint)
    }

    pub(super) fn code() -> Self {
        let hint = "Six digits of your authenticator app, or one of your recovery codes.";
        Self::new("code", "Code", "text", "one-time-code").hint(hint)
    }

    pub(super) fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    pub(super) fn value(self, value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            ..self
        }
    }

    pub(super) fn focus(self, focus: bool) -> Self {
        Self { focus, ..self }
    }

    pub(super) fn optional(self) -> Self {
        Self {
            required: false,
            ..self
        }
    }

    fn view(
        self,
        form: &str,
        typed: Option<String>,
        error: Option<String>,
        focus: Focus,
    ) -> AnyView {
        let id = format!("{form}-{}", self.name);
        let (hint, wrong) = (format!("{id}-hint"), format!("{id}-error"));
        let described = format!("{hint} {wrong}");
        // `autofocus` as a component's property would need a script.
        let invalid = error.is_some().then_some("true");
        let value = typed.unwrap_or(self.value);
        view! {
            <div class="form-field">
                <label for=id.clone()>{self.label}</label>
                <input
                    class="field"
                    id=id
                    name=self.name
                    type=self.kind
                    value=value
                    autocomplete=self.autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    maxlength="512"
                    required=self.required
                    aria-invalid=invalid
                    aria-describedby=described
                    autofocus=focus.auto()
                    data-focus=focus.data()
                />
                <p class="field-hint" id=hint>
                    {self.hint}
                </p>
                <p class="field-error" id=wrong data-error=self.name>
                    {error}
                </p>
            </div>
        }
        .into_any()
    }
}

/// What went wrong, in words. What is wrong with a field stands beside it, or here if it is none of
/// these.
fn told(error: &AppError, fields: &[&str]) -> String {
    let errors = error.errors.iter();
    let elsewhere = errors.filter(|one| !fields.contains(&&*one.field));
    let elsewhere = elsewhere.map(|one| format!("{} {}.", sentence(&one.field), one.message));
    let elsewhere: Vec<String> = elsewhere.collect();
    let text = match (error.errors.is_empty(), elsewhere.is_empty()) {
        (true, _) => error.detail.clone(),
        (false, true) => CHECK.to_owned(),
        (false, false) => elsewhere.join(" "),
    };
    match &error.request_id {
        Some(id) if error.code.status() >= 500 => format!("{text} (Request {id})"),
        _ => text,
    }
}

/// What was done by the form before. Call it when the rest of the page is made: that may have
/// something to look at first.
pub(super) fn done(request: &Request) -> Option<AnyView> {
    let text = request.flash.done.clone()?;
    let focus = request.focus(true);
    let view = view! {
        <p class="form-done" role="status" tabindex="-1" autofocus=focus.auto() data-focus=focus.data()>
            {text}
        </p>
    };
    Some(view.into_any())
}

/// Why a form failed that is not on the page, such as one in whose place another one now asks for a
/// proof. Call it when the rest of the page is made.
pub(super) fn failed(request: &Request) -> Option<AnyView> {
    let error = request.flash.error.as_ref();
    let error = error.filter(|_| !request.is_told.load(Ordering::Relaxed))?;
    let told = told(error, &[]);
    let focus = request.focus(true);
    let view = view! {
        <p class="form-error" role="alert" tabindex="-1" autofocus=focus.auto() data-focus=focus.data()>
            {told}
        </p>
    };
    Some(view.into_any())
}

/// The headline of what is shown this once: whoever comes is led to it.
pub(super) fn shown_once(request: &Request, title: &'static str) -> AnyView {
    let focus = request.focus(true);
    view! {
        <h2 tabindex="-1" autofocus=focus.auto() data-focus=focus.data()>
            {title}
        </h2>
    }
    .into_any()
}
