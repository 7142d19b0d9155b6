//! What forms are filled in with.

use super::Focus;
use leptos::prelude::*;
use std::borrow::Cow;

/// A list to choose from.
pub(super) struct Select {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// Values, and what they are called.
    pub(super) options: Vec<(String, String)>,
    pub(super) chosen: String,
}

impl Select {
    pub(super) fn view(self, form: &str, error: Option<String>, focus: Focus) -> AnyView {
        let id = format!("{form}-{}", self.name);
        let wrong = format!("{id}-error");
        let options = self.options.into_iter().map(|(value, label)| {
            let selected = self.chosen == value;
            view! {
                <option value=value selected=selected>
                    {label}
                </option>
            }
        });
        let options: Vec<_> = options.collect();
        let invalid = error.is_some().then_some("true");
        view! {
            <div class="form-field">
                <label for=id.clone()>{self.label}</label>
                <select
                    class="field"
                    id=id
                    name=self.name
                    aria-invalid=invalid
                    aria-describedby=wrong.clone()
                    autofocus=focus.auto()
                    data-focus=focus.data()
                >
                    {options}
                </select>
                <p class="field-error" id=wrong data-error=self.name>
                    {error}
                </p>
            </div>
        }
        .into_any()
    }
}

/// A field with its label.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: Cow<'static, str>,
    /// Of the HTML element.
    pub(super) kind: &'static str,
    pub(super) autocomplete: &'static str,
    pub(super) hint: &'static str,
    pub(super) value: String,
    pub(super) required: bool,
    /// Whether it is what somebody is led to.
    pub(super) focus: bool,
    /// Which keys a phone offers.
    keys: Option<&'static str>,
}

impl Field {
    pub(super) fn new(
        name: &'static str,
        label: impl Into<Cow<'static, str>>,
        kind: &'static str,
        autocomplete: &'static str,
    ) -> Self {
        Self {
            name,
            label: label.into(),
            kind,
            autocomplete,
            hint: "",
            value: String::new(),
            required: true,
            focus: false,
            keys: None,
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

    /// Takes a number.
    pub(super) fn decimal(self) -> Self {
        let keys = Some("decimal");
        Self { keys, ..self }
    }

    pub(super) fn optional(self) -> Self {
        Self {
            required: false,
            ..self
        }
    }

    pub(super) fn view(
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
        let longest = if self.kind == "url" { "2000" } else { "512" };
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
                    inputmode=self.keys
                    autocapitalize="off"
                    spellcheck="false"
                    maxlength=longest
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
