//! One's own account.

use super::{
    Page, Request,
    form::{done, failed},
    nothing_here,
};
use crate::error::AppError;
use leptos::prelude::*;

const SECTIONS: [(&str, &str); 1] = [("/settings", "Profile")];

pub(super) async fn page(request: &Request, section: Option<&str>) -> Result<Page, AppError> {
    request.identity()?;
    let (title, content): (_, AnyView) = match section {
        None => ("Profile", view! { <p>"Profile"</p> }.into_any()),
        Some(_) => return Err(nothing_here()),
    };
    let links = SECTIONS.map(|(href, label)| {
        let current = (href == request.path()).then_some("page");
        view! {
            <a href=href aria-current=current>
                {label}
            </a>
        }
    });
    let view = view! {
        <h1>"Settings"</h1>
        <nav class="tabs" aria-label="Settings">
            {links.into_iter().collect_view()}
        </nav>
        {done(request)}
        {failed(request)}
        {content}
    };
    Ok((title, view.into_any()))
}
