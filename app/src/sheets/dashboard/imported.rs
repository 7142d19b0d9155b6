//! Files of trades that were imported, and how they are taken out again.

use crate::{
    format::minute,
    functions::portfolio::DeleteImport,
    pages::dashboard::Asked,
    sheets::{Request, form::Form, locale},
};
use domain::{format, portfolio::imported::ImportView};
use leptos::{prelude::*, server_fn::ServerFn};
use services::portfolio::import::Format;

pub(super) fn list(request: &Request, imports: &[ImportView]) -> AnyView {
    let rows = imports.iter().map(|import| row(request, import));
    let rows: Vec<_> = rows.collect();
    view! {
        <ul class="rows" data-testid="imports">
            {rows}
        </ul>
    }
    .into_any()
}

fn row(request: &Request, import: &ImportView) -> AnyView {
    let what = what(import);
    let remove = Asked::read(&request.address).with_form(&format!("remove={}", import.id));
    let label = format!("Remove: {what}");
    view! {
        <li>
            <span>
                {what.clone()} <br />
                <small class="muted">{import.at.map(minute)} " " {entries(import.entries)}</small>
            </span>
            <a class="button" href=remove aria-label=label data-noscroll="">
                "Remove"
            </a>
        </li>
    }
    .into_any()
}

/// Asks once more, since nothing brings it back but the file.
pub(super) fn remove(request: &Request, import: &ImportView) -> AnyView {
    let form = Form::new(request, "remove-import", DeleteImport::PATH)
        .hidden("id", import.id.to_string())
        .view("Remove the import", "button danger");
    view! {
        <p>{what(import)}</p>
        <p>
            {format!("{} will leave your portfolio, and its figures will be as if the file had never been sent.", entries(import.entries))}
            " The file can be imported again."
        </p>
        {form}
    }
    .into_any()
}

/// Whose file it was, and what it was called.
fn what(import: &ImportView) -> String {
    let format = import.format.as_deref();
    let format = format.and_then(|format| format.parse().ok());
    let format = format.map_or("Earlier imports", Format::title);
    match import.file.as_str() {
        "" => format.to_owned(),
        file => format!("{format} ({file})"),
    }
}

fn entries(count: usize) -> String {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    match count {
        1 => "1 entry".to_owned(),
        count => format!("{} entries", format::integer(count, locale())),
    }
}
