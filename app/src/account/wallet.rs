//! The binding to `public/js/wallet.js`, which lets an Ethereum wallet sign before a form is sent.

use crate::client::script;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{HtmlFormElement, HtmlInputElement};

const SCRIPT: &str = "/js/wallet.js";
const NAME: &str = "cvWallet";

#[wasm_bindgen]
extern "C" {
    /// Asks a wallet to sign, writes message and signature into the form and sends it again.
    #[wasm_bindgen(js_namespace = cvWallet)]
    fn sign(form: &HtmlFormElement);
}

/// Whether the form waits for a signature; it is sent when there is one.
pub(super) fn signs_first(form: &HtmlFormElement) -> bool {
    use wasm_bindgen::JsCast;

    let signature = form.query_selector("[data-wallet]").ok().flatten();
    let signature = signature.and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
    let waits = signature.is_some_and(|field| field.value().is_empty());
    if waits {
        let form = form.clone();
        spawn_local(async move {
            if script::load(SCRIPT, NAME).await.is_ok() {
                sign(&form);
            }
        });
    }
    waits
}
