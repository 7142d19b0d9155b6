//! A form, its fields, and what is wrong with them.

use super::Request;
pub(super) use super::fields::{Field, Select};
use crate::{
    account::{CHECK, sentence},
    error::AppError,
};
use domain::address;
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
    /// Whether it carries a file.
    has_file: bool,
    /// What its button is called where the word on it does not say it all.
    label: Option<String>,
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
            has_file: false,
            label: None,
        }
    }

    /// Names its button for those who don't see what it stands beside.
    pub(super) fn labelled(self, label: String) -> Self {
        let label = Some(label);
        Self { label, ..self }
    }

    /// Adds a field for a file.
    pub(super) fn file(self, field: Field) -> Self {
        let form = Self {
            has_file: true,
            ..self
        };
        form.field(field)
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
        let list = Select {
            name,
            label,
            options,
            chosen: typed.unwrap_or_default(),
        };
        let part = list.view(&self.id, error, focus);
        self.part(part)
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

    /// Adds boxes to tick, with their values and labels; at first all of them are. They are sent as a list.
    pub(super) fn choices(
        mut self,
        name: &'static str,
        legend: &'static str,
        choices: &[(&'static str, &'static str)],
    ) -> Self {
        let sent_as = format!("{name}[]");
        let ticked = |value: &str| {
            let mut typed = self.request.flash.fields.iter();
            !self.is_answered() || typed.any(|(field, typed)| *field == sent_as && typed == value)
        };
        let boxes = choices.iter().map(|&(value, label)| {
            view! {
                <label class="tick">
                    <input type="checkbox" name=sent_as.clone() value=value checked=ticked(value) />
                    {label}
                </label>
            }
        });
        let boxes: Vec<_> = boxes.collect();
        let error = self.error(name);
        self.fields.push(name);
        self.part(view! {
            <fieldset class="form-choices">
                <legend>{legend}</legend>
                {boxes}
                <p class="field-error" data-error=name>
                    {error}
                </p>
            </fieldset>
        })
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
        let (kind, action) = match self.has_file {
            false => (None, self.action.to_owned()),
            true => (Some("multipart/form-data"), self.action_with_page()),
        };
        let send = format!("{id}-send");
        view! {
            <form class="form" id=id method="post" enctype=kind action=action data-testid=name>
                <p class="form-error" role="alert" tabindex="-1" autofocus=focus.auto() data-focus=focus.data()>
                    {told}
                </p>
                {self.parts}
                <input type="hidden" name="form" value=self.id />
                <input type="hidden" name="back" value=self.request.address.clone() />
                <button id=send class=class aria-label=self.label>
                    {button}
                </button>
            </form>
        }
        .into_any()
    }

    /// Of a form with a file only the address is read when it has to lead back.
    fn action_with_page(&self) -> String {
        let back = address::value(&self.request.address);
        format!("{}?form={}&back={back}", self.action, self.id)
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
