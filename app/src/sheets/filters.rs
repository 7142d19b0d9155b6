//! Lists that are asked for by an address: what is in its query, and the way to the next page.

use domain::address;
use leptos::prelude::*;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// A query with what is not empty of these, its question mark before it; nothing without any.
pub(super) fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let pairs = pairs.map(|(name, value)| format!("{name}={}", address::value(&value)));
    let pairs: Vec<String> = pairs.collect();
    match pairs.is_empty() {
        true => String::new(),
        false => format!("?{}", pairs.join("&")),
    }
}

/// The beginning of a day such as 2027-01-31, in UTC.
pub(super) fn midnight(day: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(&format!("{day}T00:00:00Z"), &Rfc3339).ok()
}

/// The end of a day: the last one of a time is one of its days.
pub(super) fn end_of(day: &str) -> Option<OffsetDateTime> {
    midnight(day)?.checked_add(Duration::days(1))
}

/// What is typed where a day belongs, and is none.
pub(super) fn is_no_day(typed: &str) -> bool {
    !typed.is_empty() && midnight(typed).is_none()
}

/// A field for a day. What is none was typed into the address: browsers leave the field empty then.
pub(super) fn day(label: &'static str, name: &'static str, typed: String) -> AnyView {
    let is_wrong = is_no_day(&typed);
    let invalid = is_wrong.then_some("true");
    let wrong = is_wrong.then(|| {
        let wrong = format!("{typed} is no date");
        view! { <span class="field-error">{wrong}</span> }
    });
    view! {
        <label>
            {label} <input class="field" type="date" name=name value=typed aria-invalid=invalid /> {wrong}
        </label>
    }
    .into_any()
}

/// The ways to what is older, and back to the newest.
pub(super) fn pager(newest: Option<String>, older: Option<String>) -> AnyView {
    let link = |href: String, label: &'static str| {
        view! {
            <a class="button" href=href>
                {label}
            </a>
        }
    };
    let newest = newest.map(|href| link(href, "Newest"));
    let older = older.map(|href| link(href, "Older"));
    view! { <p class="cluster">{newest} {older}</p> }.into_any()
}
