//! New tokens for all calls that wait for them: asked for once, however many calls there are.

use super::fetch::{empty_post, status_of, within_limit};
use crate::account::{LOGOUT_EVENT, SIGN_IN, with_next};
use js_sys::Promise;
use leptos::prelude::window;
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

const REFRESH: &str = "/api/auth/refresh";
const UNAUTHENTICATED: u16 = 401;

thread_local! {
    static UNDER_WAY: RefCell<Option<Promise>> = const { RefCell::new(None) };
}

/// Waits while new tokens are under way.
pub(super) async fn refresh_under_way() {
    if let Some(promise) = UNDER_WAY.with_borrow(Clone::clone) {
        let _either_way = JsFuture::from(promise).await;
    }
}

/// Gets new tokens; whether there are any.
pub(super) async fn refresh() -> bool {
    let promise = UNDER_WAY.with_borrow_mut(|under_way| {
        let ask = || {
            future_to_promise(async {
                let refreshed = ask().await;
                UNDER_WAY.set(None);
                Ok(JsValue::from_bool(refreshed))
            })
        };
        under_way.get_or_insert_with(ask).clone()
    });
    let refreshed = JsFuture::from(promise).await;
    refreshed.is_ok_and(|refreshed| refreshed.is_truthy())
}

async fn ask() -> bool {
    let Ok(request) = empty_post(REFRESH) else {
        return false;
    };
    let status = within_limit(request)
        .await
        .map_or(0, |answer| status_of(&answer));
    if status == UNAUTHENTICATED {
        leave();
    }
    (200..300).contains(&status)
}

/// The session is over: whoever shows a name hears of it, and the page gives way to the sign-in.
fn leave() {
    let window = window();
    if let Ok(event) = web_sys::Event::new(LOGOUT_EVENT) {
        let _heard = window.dispatch_event(&event);
    }
    let location = window.location();
    let path = location.pathname().unwrap_or_default();
    if path != SIGN_IN {
        let here = path + &location.search().unwrap_or_default();
        let _left = location.assign(&with_next(SIGN_IN, &here));
    }
}
