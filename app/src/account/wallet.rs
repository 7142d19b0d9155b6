//! The binding to `public/js/wallet.js`, which lets an Ethereum wallet sign before a form is sent.

use crate::{
    client::script,
    error::{AppError, Cause},
};
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlFormElement;

const SCRIPT: &str = "/js/wallet.js";
const NAME: &str = "cvWallet";

#[wasm_bindgen]
extern "C" {
    /// Asks a wallet to sign, writes message and signature into the form and sends it again. Ends the
    /// form's waiting (`aria-busy`), whatever comes of it.
    #[wasm_bindgen(js_namespace = cvWallet)]
    fn sign(form: &HtmlFormElement);
}

/// Whether the form waits for a signature; it is sent when there is one.
pub(super) fn signs_first(form: &HtmlFormElement) -> bool {
    // What a script puts into a hidden field is its attribute too.
    let empty = form.query_selector("[data-wallet][value='']");
    empty.is_ok_and(|field| field.is_some())
}

/// Hands the form to a wallet.
///
/// # Errors
/// When the script that talks to wallets can't be loaded.
pub(super) async fn have_signed(form: &HtmlFormElement) -> Result<(), AppError> {
    let loaded = script::load(SCRIPT, NAME).await;
    loaded.map_err(|_| AppError::in_browser(Cause::Network))?;
    sign(form);
    Ok(())
}
