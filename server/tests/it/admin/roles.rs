//! Who may do what: every route and every function of the administration, against every kind of caller.
//! Both are listed by the program itself, so that none can be forgotten; that none stands elsewhere is seen
//! by `elsewhere`.

use super::{
    account, admin,
    elsewhere::{FUNCTIONS, ROUTES},
};
use crate::auth_support::{Answer, Browser, Desk, Outcome, check, program::Program};
use crate::support::{TestResult, schema::operations};
use crate::trading::on_both;
use domain::account::Role;
use http::Method;
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};

on_both! {
    the_administration_is_for_administrators: walk;
}

/// No account, and no withdrawal.
const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Where something can be asked.
#[derive(Debug, Clone)]
enum Place {
    Route(Method, String),
    Function(String),
}

/// Every place, with an id that is there and one that is not.
async fn places(desk: &Desk, known: &str) -> Outcome<Vec<Place>> {
    let (_, document) = desk.server.json("/api/openapi.json").await?;
    let mut all = Vec::new();
    for (method, path, _) in operations(&document) {
        if !path.starts_with(ROUTES) {
            continue;
        }
        let method = Method::from_bytes(method.to_uppercase().as_bytes())?;
        let ids = [known, NOBODY, "none"];
        let paths: BTreeSet<String> = ids.iter().map(|id| path.replace("{id}", id)).collect();
        all.extend(
            paths
                .into_iter()
                .map(|path| Place::Route(method.clone(), path)),
        );
    }
    let functions = leptos::server_fn::axum::server_fn_paths();
    let functions = functions.filter(|(path, _)| path.starts_with(FUNCTIONS));
    all.extend(functions.map(|(path, _)| Place::Function(path.to_owned())));
    Ok(all)
}

async fn ask(browser: &Browser<'_>, place: &Place, id: &str) -> Outcome<Answer> {
    match place {
        Place::Route(method, path) => {
            let body = (*method == Method::PATCH).then(|| json!({}));
            browser.send(method.clone(), path, body).await
        }
        Place::Function(path) => {
            browser
                .form(path, &[("user", id), ("withdrawal", id)])
                .await
        }
    }
}

async fn walk(desk: Desk) -> TestResult {
    let boss = admin(&desk, "Boss").await?;
    let key = Program::with_key(&boss, &["read", "trade"], json!({})).await?;
    let (ann, sue) = (desk.signed_in("Ann").await?, desk.signed_in("Sue").await?);
    let former = admin(&desk, "Former").await?;
    // Of both the session is left, as if nobody had ended it.
    for (name, role) in [("Sue", Role::Suspended), ("Former", Role::User)] {
        let mut user = account(&desk, name).await?;
        user.role = role;
        desk.store().await?.users.update(&user).await?;
    }
    let known = account(&desk, "Ann").await?.id.to_string();
    let places = places(&desk, &known).await?;
    let routes = places.iter().filter(|it| matches!(it, Place::Route(..)));
    check(routes.count() >= 16, "the routes are found")?;
    let functions = places.iter().filter(|it| matches!(it, Place::Function(_)));
    check(functions.count() >= 4, "the functions are found")?;
    let before = account(&desk, "Ann").await?;
    for place in &places {
        let strange = desk.browser();
        for (who, browser, status, code) in [
            ("nobody", &strange, 401, "unauthenticated"),
            ("a suspended one", &sue, 401, "unauthenticated"),
            ("a user", &ann, 403, "forbidden"),
            ("a former administrator", &former, 403, "forbidden"),
        ] {
            let answer = ask(browser, place, &known).await?;
            let told = answer.expect_code(status, code);
            told.map_err(|error| format!("{who} at {place:?}: {error}"))?;
        }
        is_no_programs(&desk, &key, place).await?;
        // Nothing is to be done by whoever may.
        let answer = ask(&boss, place, NOBODY).await?;
        let status = answer.status.as_u16();
        let text = format!("an administrator at {place:?}: {}", answer.text);
        check(!matches!(status, 401 | 403 | 500..), &text)?;
    }
    assert_eq!(account(&desk, "Ann").await?, before, "nothing was done");
    desk.server.stop().await
}

/// An API key can't show that its owner is there, whoever that is.
async fn is_no_programs(desk: &Desk, key: &Program, place: &Place) -> TestResult {
    let (method, path) = match place {
        Place::Route(method, path) => (method.clone(), path),
        Place::Function(path) => (Method::POST, path),
    };
    let body = (method == Method::PATCH).then(|| json!({}));
    let answer = key.ask(desk, method, path, body.as_ref()).await?;
    // No two requests of one second have the same signature.
    desk.clock.advance(Duration::from_secs(1));
    let status = answer.status.as_u16();
    let text = format!("a key at {place:?}: {status} {}", answer.text);
    match place {
        Place::Route(..) => answer.expect_code(403, "forbidden").map(drop),
        // Functions know no keys at all.
        Place::Function(_) => check(matches!(status, 401 | 403), &text),
    }
}
