//! Money that comes and goes, and where it may go.

#[cfg(feature = "ssr")]
use super::{
    answer::{fail, services},
    auth::caller::{Caller, Fields, field},
};
use crate::{account::Outcome, client::ApiClient, error::AppError};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    crate::sheets::locale,
    domain::{
        AddressId,
        exchange::{Asset, id::TransferId},
        format,
        trading::Digits,
        wallet::{ChangeAddress, Label, Network, NewAddress},
    },
    services::exchange::{RequestKey, Withdraw as Asked},
};

/// Where all of it is.
#[cfg(feature = "ssr")]
const PAGE: &str = "/wallet";

/// The name a form has given its request, so that it is carried out once however often it is sent.
#[cfg(feature = "ssr")]
pub(super) fn named(key: &str) -> Result<Option<RequestKey>, AppError> {
    if key.is_empty() {
        return Ok(None);
    }
    RequestKey::parse(key).map(Some).map_err(fail)
}

/// Credits paper money.
#[server(prefix = "/_fn", endpoint = "wallet/deposit", client = ApiClient)]
pub async fn deposit(
    asset: String,
    amount: String,
    #[server(default)] key: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let mut fields = Fields::default();
    let asset = fields.read("asset", asset.parse::<Asset>());
    let amount = fields.read("amount", amount.trim().parse::<Digits>());
    let (Some(asset), Some(amount)) = (asset, amount) else {
        return Err(fields.refuse());
    };
    let (exchange, identity) = (services()?.exchange, caller.identity()?);
    let deposited = exchange
        .deposit(identity, asset, amount, named(&key)?)
        .await;
    deposited.map_err(fail)?;
    let amount = format::amount(amount.get(), locale());
    Ok(caller.done(PAGE, &format!("{amount} {asset} are in your wallet.")))
}

/// Asks for a withdrawal.
#[server(prefix = "/_fn", endpoint = "wallet/withdraw", client = ApiClient)]
pub async fn withdraw(
    asset: String,
    amount: String,
    address_id: String,
    #[server(default)] key: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let mut fields = Fields::default();
    let asset = fields.read("asset", asset.parse::<Asset>());
    let amount = fields.read("amount", amount.trim().parse::<Digits>());
    let address = fields.read("address_id", address_id.parse::<AddressId>());
    let (Some(asset), Some(amount), Some(address)) = (asset, amount, address) else {
        return Err(fields.refuse());
    };
    let what = Asked {
        asset,
        amount,
        address,
    };
    let (exchange, identity) = (services()?.exchange, caller.identity()?);
    let asked = exchange.withdraw(identity, what, named(&key)?, &caller.visitor);
    asked.await.map_err(fail)?;
    Ok(caller.done(PAGE, &format!("{amount} {asset} are on their way out.")))
}

/// Takes a withdrawal back that was not sent yet.
#[server(prefix = "/_fn", endpoint = "wallet/withdrawals/cancel", client = ApiClient)]
pub async fn cancel_withdrawal(id: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: TransferId = field("id", id.parse())?;
    let (exchange, identity) = (services()?.exchange, caller.identity()?);
    let taken = exchange.cancel_withdrawal(identity, id, &caller.visitor);
    taken.await.map_err(fail)?;
    Ok(caller.done(PAGE, "The withdrawal is taken back."))
}

/// Adds an address to the allow-list.
#[server(prefix = "/_fn", endpoint = "wallet/addresses/add", client = ApiClient)]
pub async fn add_address(
    network: String,
    address: String,
    label: String,
) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let mut fields = Fields::default();
    let network = fields.read("network", network.parse::<Network>());
    let label = fields.read("label", Label::parse(&label));
    let (Some(network), Some(label)) = (network, label) else {
        return Err(fields.refuse());
    };
    let new = NewAddress {
        network,
        address: address.trim().to_owned(),
        label,
    };
    let (wallet, identity) = (services()?.wallet, caller.identity()?);
    let added = wallet.add_address(identity, new, &caller.visitor).await;
    added.map_err(fail)?;
    let done = "The address is added. Money can go there in 24 hours.";
    Ok(caller.done(PAGE, done))
}

/// Switches an address on or off.
#[server(prefix = "/_fn", endpoint = "wallet/addresses/switch", client = ApiClient)]
pub async fn switch_address(address_id: String, enabled: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: AddressId = field("address_id", address_id.parse())?;
    let enabled: bool = field("enabled", enabled.parse())?;
    let change = ChangeAddress {
        label: None,
        enabled: Some(enabled),
    };
    let (wallet, identity) = (services()?.wallet, caller.identity()?);
    let changed = wallet.change_address(identity, id, change, &caller.visitor);
    changed.await.map_err(fail)?;
    Ok(caller.done(
        PAGE,
        match enabled {
            true => "The address is enabled. Money can go there in 24 hours.",
            false => "The address is disabled: no money goes there.",
        },
    ))
}

/// Takes an address off the allow-list.
#[server(prefix = "/_fn", endpoint = "wallet/addresses/delete", client = ApiClient)]
pub async fn delete_address(address_id: String) -> Result<Outcome, AppError> {
    let caller = Caller::of_request()?;
    let id: AddressId = field("address_id", address_id.parse())?;
    let (wallet, identity) = (services()?.wallet, caller.identity()?);
    let deleted = wallet.delete_address(identity, id, &caller.visitor).await;
    deleted.map_err(fail)?;
    Ok(caller.done(PAGE, "The address is deleted."))
}
