//! Sends a form by script and shows what came of it.

use super::{CHECK, CurrentUser, Outcome, live, sentence, wallet};
use crate::{
    client::{ApiClient, focus},
    error::AppError,
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
            ..NavigateOptions::default()
        };
        navigate(address, options);
    };
    let asks = StoredValue::new_local(go.clone());
    let arrive = StoredValue::new_local(move |arrived| {
        let (form, outcome): (HtmlFormElement, Outcome) = arrived;
        user.user.set(outcome.user);
        let search = location.search.get_untracked();
        let search = search.trim_start_matches('?');
        let mut here = location.pathname.get_untracked();
        if !search.is_empty() {
            here = [&*here, "?", search].concat();
        }
        if outcome.next != here {
            go(&outcome.next, true);
        } else if form.closest("[data-live]").is_ok_and(|part| part.is_some()) {
            live::sent(user);
        } else {
            user.changes.update(|changes| *changes += 1);
        }
    });
    move |event| {
        let form = event.target().and_then(|target| target.dyn_into().ok());
        let Some(form): Option<HtmlFormElement> = form else {
            return;
        };
        let action = form.get_attribute("action").unwrap_or_default();
        if form.method() == "get" {
            if let Some(query) = query(&form, &event).filter(|_| action.starts_with('/')) {
                event.prevent_default();
                asks.with_value(|go| go(&[&*action, "?", &query].concat(), false));
            }
            return;
        }
        let ours = action.starts_with(FUNCTIONS) && !form.has_attribute("data-plain");
        let Some(body) = body(&form).filter(|_| ours) else {
            return;
        };
        event.prevent_default();
        if form.has_attribute("aria-busy") {
            return;
        }
        mark_busy(&form, true);
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
                    arrive.with_value(|arrive| arrive((form, outcome)));
                }
                Err(error) if error.code == ErrorCode::StepUpRequired => {
                    show(&form, Some(&error));
                    user.changes.update(|changes| *changes += 1);
                }
                Err(error) => show(&form, Some(&error)),
            }
        });
    }
}

fn body(form: &HtmlFormElement) -> Option<String> {
    let fields = FormData::new_with_form(form).ok()?;
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&fields).ok()?;
    Some(String::from(fields.to_string()))
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

async fn post(action: &str, body: String) -> Result<Outcome, AppError> {
    let json = "application/json";
    let request = <BrowserRequest as ClientReq<AppError>>::try_new_post(action, FORM, json, body)?;
    let answer = <ApiClient as Client<AppError>>::send(request).await?;
    let text = ClientRes::<AppError>::try_into_string(answer).await?;
    serde_json::from_str(&text).map_err(|_| AppError::in_browser(crate::error::Cause::Unreadable))
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
