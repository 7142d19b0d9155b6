//! Navigation: in the header on wide screens, at the bottom on phones.

use super::icons::{Icon, IconName};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A place to go to: label, address, icon.
const PLACES: [(&str, &str, IconName); 5] = [
    ("Markets", "/markets", IconName::Markets),
    ("Trade", "/trade/BTC-USD", IconName::Trade),
    ("Dashboard", "/dashboard", IconName::Rising),
    ("Wallet", "/wallet", IconName::Wallet),
    ("Favourites", "/markets?filter=favourites", IconName::Star),
];

/// The links in the header.
#[component]
pub fn MainNav() -> impl IntoView {
    view! {
        <nav class="main-nav" aria-label="Main">
            <PlaceLinks />
        </nav>
    }
}

/// The same links at the bottom edge of phones.
#[component]
pub fn BottomNav() -> impl IntoView {
    view! {
        <nav class="bottom-nav" aria-label="Main, bottom">
            <PlaceLinks />
        </nav>
    }
}

#[component]
fn PlaceLinks() -> impl IntoView {
    let location = use_location();
    let links = PLACES.into_iter().map(|(label, href, icon)| {
        let current = move || {
            let filter = location.query.with(|query| query.get("filter"));
            location
                .pathname
                .with(|path| is_current(href, path, filter.as_deref()))
        };
        view! {
            <li>
                <a href=href aria-current=move || current().then_some("page")>
                    <Icon name=icon />
                    <span>{label}</span>
                </a>
            </li>
        }
        .into_any()
    });
    view! { <ul>{links.collect::<Vec<_>>()}</ul> }
}

/// Whether `href` is where the visitor is; the start page is the list of markets.
fn is_current(href: &str, path: &str, filter: Option<&str>) -> bool {
    let here = match path {
        "/" => "/markets",
        other => other,
    };
    let filter = filter.filter(|filter| *filter != "all");
    match (href.split_once("?filter="), filter) {
        (Some((target, wanted)), Some(filter)) => target == here && wanted == filter,
        (None, None) => area(href) == area(here),
        _ => false,
    }
}

/// Pages of one kind have the first word of their addresses in common.
fn area(path: &str) -> &str {
    path.trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{PLACES, is_current};

    #[test]
    fn one_place_at_most_is_the_current_one() {
        for (path, filter, expected) in [
            ("/", None, Some("Markets")),
            ("/markets", None, Some("Markets")),
            ("/markets", Some("all"), Some("Markets")),
            ("/markets", Some("gainers"), None),
            ("/markets", Some("favourites"), Some("Favourites")),
            ("/dashboard", None, Some("Dashboard")),
            ("/wallet", None, Some("Wallet")),
            ("/coins/bitcoin", None, None),
            ("/trade/ETH-USD", None, Some("Trade")),
            ("/markets", Some("nonsense"), None),
        ] {
            let current: Vec<&str> = PLACES
                .into_iter()
                .filter(|(_, href, _)| is_current(href, path, filter))
                .map(|(label, ..)| label)
                .collect();
            assert_eq!(
                current,
                expected.into_iter().collect::<Vec<_>>(),
                "{path} {filter:?}"
            );
        }
    }
}
