//! What the dashboard has of forms: holdings elsewhere, and trades that are imported. Its figures are in
//! `pages::dashboard`.

mod import;
mod imported;
mod manual;

use super::{
    Page, Request,
    form::{done, failed},
    panel::{live, panel, said},
};
use crate::{error::AppError, functions::answer::fail, pages::dashboard::Asked};
use domain::portfolio::{holding::ManualHolding, imported::ImportView};
use leptos::prelude::*;

pub(super) async fn page(request: &Request) -> Result<Page, AppError> {
    let identity = request.identity()?;
    let services = &request.services;
    let manual = services.portfolios.holdings(identity).await;
    let manual = manual.map_err(fail)?;
    let imports = services.portfolios.imports(identity).await;
    let imports = imports.map_err(fail)?;
    let balances = services.exchange.balances(identity).await.map_err(fail)?;
    let open = if request.query("add").is_some() {
        Some(dialog(request, "Add a holding", manual::add(request)))
    } else if request.query("import").is_some() {
        Some(dialog(
            request,
            "Import trades",
            import::form(request).await?,
        ))
    } else {
        about_one(request, &manual, &imports)
    };
    let list =
        (!manual.is_empty()).then(|| panel("Held elsewhere", manual::list(request, &manual)));
    let imported =
        (!imports.is_empty()).then(|| panel("Imported", imported::list(request, &imports)));
    let list = view! { {list} {imported} };
    let told = match open {
        // It has said so.
        Some(_) => ().into_any(),
        None => view! { {failed(request)} {said(request)} }.into_any(),
    };
    let view = view! {
        {open}
        {told}
        {live(request, "elsewhere", &balances, list)}
    };
    Ok(("Dashboard", view.into_any()))
}

/// A dialog about one of the things that are listed.
fn about_one(
    request: &Request,
    manual: &[ManualHolding],
    imports: &[ImportView],
) -> Option<AnyView> {
    let holding = |name| {
        let id = request.query(name)?;
        manual.iter().find(|one| one.id.to_string() == id)
    };
    if let Some(holding) = holding("edit") {
        return Some(dialog(
            request,
            "Change a holding",
            manual::edit(request, holding),
        ));
    }
    if let Some(holding) = holding("delete") {
        return Some(dialog(
            request,
            "Delete a holding",
            manual::delete(request, holding),
        ));
    }
    let id = request.query("remove")?;
    let import = imports.iter().find(|one| one.id.to_string() == id)?;
    Some(dialog(
        request,
        "Remove an import",
        imported::remove(request, import),
    ))
}

/// A part of the page that is open by itself: over the page where there are scripts (`client::modal`), in
/// it where there are none.
fn dialog(request: &Request, title: &'static str, content: AnyView) -> AnyView {
    let close = Asked::read(&request.address).href();
    view! {
        <dialog class="modal" open="" data-modal="" aria-labelledby="modal-title">
            <div class="modal-head">
                <h2 id="modal-title">{title}</h2>
                <a class="button" href=close data-close="" data-noscroll="">
                    "Close"
                </a>
            </div>
            // Over the page nothing else is heard.
            {failed(request)}
            {done(request)}
            {content}
        </dialog>
    }
    .into_any()
}
