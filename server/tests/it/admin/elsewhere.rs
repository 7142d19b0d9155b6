//! What is for administrators alone stands where the table of roles (`roles`) finds it: nothing anywhere else
//! refuses a user and no administrator. All places are listed by the program itself: the routes of its API, the
//! functions of its forms, and its pages.

use super::admin;
use crate::auth_support::{Answer, Browser, Desk, Outcome};
use crate::support::{TestResult, schema::operations};
use http::{Method, StatusCode};
use serde_json::json;

/// Below these the table of roles looks: routes, functions, and pages (`pages`).
pub(super) const ROUTES: &str = "/api/admin/";
pub(super) const FUNCTIONS: &str = "/_fn/admin/";
const PAGES: &str = "/admin";
/// Of nothing that there is.
const NOTHING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Somewhere else, and how it is asked.
#[derive(Debug)]
enum Place {
    Route(Method, String),
    Function(String),
    Page(String),
}

async fn places(desk: &Desk) -> Outcome<Vec<Place>> {
    let (_, document) = desk.server.json("/api/openapi.json").await?;
    let mut all = Vec::new();
    for (method, path, _) in operations(&document) {
        // Sockets are no questions.
        if !path.starts_with(ROUTES) && !path.starts_with("/ws/") {
            let method = Method::from_bytes(method.to_uppercase().as_bytes())?;
            all.push(Place::Route(method, filled(&path)));
        }
    }
    let functions = leptos::server_fn::axum::server_fn_paths();
    let functions = functions.filter(|(path, _)| !path.starts_with(FUNCTIONS));
    all.extend(functions.map(|(path, _)| Place::Function(path.to_owned())));
    let pages = server::page_paths();
    let pages = pages.iter().filter(|path| !path.starts_with(PAGES));
    all.extend(pages.map(|path| Place::Page(filled(path))));
    Ok(all)
}

/// A path with something in place of its parameters.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        let is_open = part.starts_with([':', '{', '*']);
        if is_open { NOTHING } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn ask(browser: &Browser<'_>, place: &Place) -> Outcome<Answer> {
    match place {
        Place::Route(method, path) => {
            let has_body = matches!(*method, Method::POST | Method::PUT | Method::PATCH);
            let body = has_body.then(|| json!({}));
            browser.send(method.clone(), path, body).await
        }
        Place::Function(path) => browser.form(path, &[]).await,
        Place::Page(path) => browser.get(path).await,
    }
}

/// Whether somebody is kept out: refused by their role, or told that there is no such page.
fn is_kept_out(place: &Place, answer: &Answer) -> bool {
    match place {
        Place::Page(_) => answer.status == StatusCode::NOT_FOUND,
        _ => answer.json["code"] == "forbidden",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_elsewhere_is_for_administrators_alone() -> TestResult {
    let desk = Desk::start().await?;
    let places = places(&desk).await?;
    let count = |is_one: fn(&Place) -> bool| places.iter().filter(|place| is_one(place)).count();
    let counts = [
        count(|place| matches!(place, Place::Route(..))),
        count(|place| matches!(place, Place::Function(_))),
        count(|place| matches!(place, Place::Page(_))),
    ];
    let is_found = counts
        .iter()
        .zip([40, 40, 10])
        .all(|(count, least)| *count >= least);
    assert!(
        is_found,
        "routes, functions and pages are found: {counts:?}"
    );
    let mut hers = None;
    let mut wrong = Vec::new();
    for (number, place) in places.iter().enumerate() {
        // Some of it ends a session: then somebody else asks.
        let ann = match hers.take() {
            Some(ann) => ann,
            None => desk.signed_in(&format!("Ann{number}")).await?,
        };
        let answer = ask(&ann, place).await?;
        if is_kept_out(place, &answer) {
            let boss = admin(&desk, &format!("Boss{number}")).await?;
            if !is_kept_out(place, &ask(&boss, place).await?) {
                wrong.push(place);
            }
        }
        if ann.is_signed_in().await? {
            hers = Some(ann);
        }
    }
    assert!(wrong.is_empty(), "no table looks here: {wrong:?}");
    desk.server.stop().await
}
