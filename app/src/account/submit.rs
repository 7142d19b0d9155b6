//! Sends a form by script and shows what came of it.

use super::{CHECK, CurrentUser, Outcome, SIGNED_OUT, live, sentence, wallet};
use crate::{
    client::{ApiClient, focus, modal, request_id},
    error::{AppError, Cause},
    pages::query_string::with_chart_of,
};
use domain::api::ErrorCode;
use leptos::{
    ev::SubmitEvent,
    prelude::*,
    server_fn::{
        client::Client,
        request::{ClientReq, browser::BrowserRequest},
        response::ClientRes,
    },
    task::spawn_local,
};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlFormElement, UrlSearchParams};

const FUNCTIONS: &str = "/_fn/";
const FORM: &str = "application/x-www-form-urlencoded";

pub(super) fn send_forms(user: CurrentUser) -> impl Fn(SubmitEvent) + Clone + 'static {
    let navigate = use_navigate();
    let location = use_location();
    let go = move |address: &str, scroll: bool| {
        let options = NavigateOptions {
            scroll,
            // A dialog whose form is done does not come back.
            replace: modal::is_open(),
            ..NavigateOptions::default()
        };
        navigate(address, options);
    };
    // To an address, as the whole page or, where it is the one that is shown, again.
    let go = StoredValue::new_local(move |next: &str, scroll: bool, is_live: bool| {
        let (path, search) = (
            location.pathname.get_untracked(),
            location.search.get_untracked(),
        );
        let search = search.trim_start_matches('?');
        let next = with_chart_of(next, &path, search);
        let is_here = match search {
            "" => next == path,
            search => next == [&*path, "?", search].concat(),
        };
        match (is_here, is_live) {
            (false, _) => go(&next, scroll),
            (true, true) => live::sent(user),
            (true, false) => user.changes.update(|changes| *changes += 1),
        }
    });
    move |event| {
        let form = event.target().and_then(|target| target.dyn_into().ok());
        let Some(form): Option<HtmlFormElement> = form else {
            return;
        };
        let action = form.get_attribute("action").unwrap_or_default();
        // Not the property: a field called `method` would stand in its place.
        let method = form.get_attribute("method");
        if method.is_none_or(|method| method.eq_ignore_ascii_case("get")) {
            if let Some(query) = query(&form, &event).filter(|_| action.starts_with('/')) {
                event.prevent_default();
                mark_busy(&form, within(&form, ".sheet"));
                go.with_value(|go| go(&[&*action, "?", &query].concat(), false, false));
            }
            return;
        }
        let ours = action.starts_with(FUNCTIONS) && !form.has_attribute("data-plain");
        if ours {
            name_page(&form);
        }
        let Some(body) = Body::of(&form).filter(|_| ours) else {
            return;
        };
        event.prevent_default();
        if form.has_attribute("aria-busy") {
            return;
        }
        mark_busy(&form, true);
        // What is exchanged by itself may be gone when the answer comes.
        let is_live = within(&form, "[data-live]");
        let signs_first = wallet::signs_first(&form);
        spawn_local(async move {
            if signs_first {
                // From here on the wallet's script says what happens, and when it is over.
                if let Err(error) = wallet::have_signed(&form).await {
                    mark_busy(&form, false);
                    show(&form, Some(&error));
                }
                return;
            }
            let answer = post(&action, body).await;
            mark_busy(&form, false);
            match answer {
                Ok(outcome) => {
                    show(&form, None);
                    form.reset();
                    let was_in = user.user.with_untracked(Option::is_some);
                    if was_in && outcome.user.is_none() {
                        tell_other_tabs();
                    }
                    user.user.set(outcome.user);
                    // Whoever has left the page meanwhile is not led back.
                    let _left = go.try_with_value(|go| go(&outcome.next, true, is_live));
                }
                Err(error) if error.code == ErrorCode::StepUpRequired => {
                    show(&form, Some(&error));
                    user.changes.update(|changes| *changes += 1);
                }
                Err(error) => {
                    show(&form, Some(&error));
                    rename(&form, &error);
                }
            }
        });
    }
}

/// That somebody has signed out: of what is kept anew other tabs are told.
fn tell_other_tabs() {
    if let Ok(Some(kept)) = window().local_storage() {
        let _told = kept.set_item(SIGNED_OUT, &js_sys::Date::now().to_string());
    }
}

/// Where a form is to lead back to is where it is now: the address may have changed since it was written.
fn name_page(form: &HtmlFormElement) {
    let here = window().location();
    let field = form.query_selector("[name=back]").ok().flatten();
    if let (Some(field), Ok(path), Ok(search)) = (field, here.pathname(), here.search()) {
        let _named = field.set_attribute("value", &[path, search].concat());
    }
}

/// What a form sends.
enum Body {
    Text(String),
    /// With a file in it.
    Parts(FormData),
}

impl Body {
    fn of(form: &HtmlFormElement) -> Option<Self> {
        let fields = FormData::new_with_form(form).ok()?;
        if form.get_attribute("enctype").is_some() {
            return Some(Self::Parts(fields));
        }
        let fields = UrlSearchParams::new_with_str_sequence_sequence(&fields).ok()?;
        Some(Self::Text(String::from(fields.to_string())))
    }
}

fn within(form: &HtmlFormElement, selector: &str) -> bool {
    form.closest(selector).is_ok_and(|around| around.is_some())
}

/// A refusal that is certain answers this request for good. What is sent next is another one.
fn rename(form: &HtmlFormElement, error: &AppError) {
    let key = form.query_selector("[name=key]").ok().flatten();
    let is_certain = error.cause == Cause::Server && error.code.status() < 500;
    if let Some(key) = key.filter(|_| is_certain) {
        let _named = key.set_attribute("value", &request_id());
    }
}

/// What a form that is sent by GET puts into the address, with the button that was pressed; what is
/// empty is left out.
fn query(form: &HtmlFormElement, event: &SubmitEvent) -> Option<String> {
    let fields = FormData::new_with_form(form).ok()?;
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&fields).ok()?;
    let button = event.submitter();
    let attribute = |name| {
        button
            .as_ref()
            .and_then(|button| button.get_attribute(name))
    };
    if let (Some(name), Some(value)) = (attribute("name"), attribute("value")) {
        fields.set(&name, &value);
    }
    let query = String::from(fields.to_string());
    let filled = query.split('&').filter(|pair| !pair.ends_with('='));
    Some(filled.collect::<Vec<_>>().join("&"))
}

async fn post(action: &str, body: Body) -> Result<Outcome, AppError> {
    type Request = BrowserRequest;
    let json = "application/json";
    let request = match body {
        Body::Text(text) => {
            <Request as ClientReq<AppError>>::try_new_post(action, FORM, json, text)?
        }
        Body::Parts(parts) => {
            let parts = parts.into();
            <Request as ClientReq<AppError>>::try_new_post_multipart(action, json, parts)?
        }
    };
    let answer = <ApiClient as Client<AppError>>::send(request).await?;
    let text = ClientRes::<AppError>::try_into_string(answer).await?;
    serde_json::from_str(&text).map_err(|_| AppError::in_browser(Cause::Unreadable))
}

/// Shows that it is at work. The button keeps the focus, which a disabled one would lose.
fn mark_busy(form: &HtmlFormElement, busy: bool) {
    let button = form
        .query_selector("button:not([type=button])")
        .ok()
        .flatten();
    for element in [Some(form.clone().unchecked_into::<Element>()), button]
        .into_iter()
        .flatten()
    {
        let _done = if busy {
            element.set_attribute("aria-busy", "true")
        } else {
            element.remove_attribute("aria-busy")
        };
    }
}

/// Shows what is wrong beside the fields, the rest above them, and leads the focus there.
fn show(form: &HtmlFormElement, error: Option<&AppError>) {
    let find = |selector: &str| form.query_selector(selector).ok().flatten();
    while let Some(slot) = find(".field-error:not(:empty), .form-error:not(:empty)") {
        slot.set_text_content(None);
    }
    while let Some(field) = find("[aria-invalid]") {
        let _done = field.remove_attribute("aria-invalid");
    }
    let Some(error) = error else { return };
    let mut told = String::new();
    for one in &error.errors {
        let Some(slot) = find(&format!("[data-error='{}']", one.field)) else {
            for part in [&*sentence(&one.field), " ", &one.message, ". "] {
                told.push_str(part);
            }
            continue;
        };
        slot.set_text_content(Some(&sentence(&one.message)));
        if let Some(field) = find(&format!("[name='{}']", one.field)) {
            let _done = field.set_attribute("aria-invalid", "true");
        }
    }
    if told.is_empty() {
        let said = error.errors.first().map_or(&*error.detail, |_| CHECK);
        told.push_str(said);
    }
    let summary = find(".form-error");
    if let Some(summary) = &summary {
        summary.set_text_content(Some(&told));
    }
    focus::on(find("[aria-invalid]").or(summary));
}
