//! Ethereum wallets.

#[cfg(feature = "ssr")]
use super::{
    super::answer::fail,
    caller::{Caller, field},
};
use super::{ApiClient, AppError, Outcome};
#[cfg(feature = "ssr")]
use domain::{
    account::{EthAddress, WalletProof},
    api::{ApiError, ErrorCode},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Where they are linked.
#[cfg(feature = "ssr")]
const PAGE: &str = "/settings/wallets";

/// A form that was sent without a wallet's signature comes from a browser without scripts.
#[cfg(feature = "ssr")]
fn proof(message: String, signature: String) -> Result<WalletProof, AppError> {
    if message.is_empty() {
        let detail = "A wallet signs with the help of JavaScript, which this browser does not run.";
        return Err(fail(ApiError::new(ErrorCode::BadRequest, detail)));
    }
    let message = as_signed(&message);
    Ok(WalletProof { message, signature })
}

/// Forms send line breaks as CR LF; what was signed has none of these.
#[cfg(feature = "ssr")]
pub(super) fn as_signed(message: &str) -> String {
    message.replace("\r\n", "\n")
}

/// What a message to be signed is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Counts once and for 10 minutes.
    pub nonce: String,
    /// The wallet's address with its checksum (EIP-55).
    pub address: String,
}

/// A nonce for a wallet to sign.
#[server(prefix = "/_fn", endpoint = "auth/wallet/nonce", client = ApiClient)]
pub async fn wallet_nonce(address: String) -> Result<Challenge, AppError> {
    let caller = Caller::of_request()?;
    let address = field("address", EthAddress::parse(&address))?;
    let nonce = caller.auth.wallet_nonce(&address).await.map_err(fail)?;
    Ok(Challenge {
        nonce: nonce.expose().to_owned(),
        address: address.checksummed(),
    })
}

/// Signs in with a signed message.
#[server(prefix = "/_fn", endpoint = "auth/wallet/verify", client = ApiClient)]
pub async fn wallet_login(
    #[server(default)] message: String,
    #[server(default)] signature: String,
    #[server(default)] next: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let proof = proof(message, signature)?;
    let reached = caller.auth.wallet_login(&proof, &caller.visitor).await;
    Ok(caller.reached(reached.map_err(fail)?, &next))
}

/// Links a wallet to the account.
#[server(prefix = "/_fn", endpoint = "auth/wallet/link", client = ApiClient)]
pub async fn link_wallet(
    #[server(default)] message: String,
    #[server(default)] signature: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let proof = proof(message, signature)?;
    let identity = caller.identity()?;
    let linked = caller
        .auth
        .link_wallet(identity, &proof, &caller.visitor)
        .await;
    Ok(caller.changed(&linked.map_err(fail)?, PAGE, "The wallet is linked."))
}

/// Takes a wallet from the account.
#[server(prefix = "/_fn", endpoint = "auth/wallet/unlink", client = ApiClient)]
pub async fn unlink_wallet(#[server(default)] address: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let address = field("address", EthAddress::parse(&address))?;
    let identity = caller.identity()?;
    let unlinked = caller
        .auth
        .unlink_wallet(identity, &address, &caller.visitor)
        .await;
    Ok(caller.changed(&unlinked.map_err(fail)?, PAGE, "The wallet is unlinked."))
}
