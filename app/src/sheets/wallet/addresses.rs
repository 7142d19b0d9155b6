//! Withdrawing, and the list of addresses that money may go to.

use super::{
    super::{
        Request,
        confirm::fresh,
        form::{Field, Form},
        minute,
        panel::panel,
    },
    key,
};
use crate::functions::money::{AddAddress, DeleteAddress, SwitchAddress, Withdraw};
use domain::{
    trading::Balance,
    wallet::{AllowedAddress, Network},
};
use leptos::{prelude::*, server_fn::ServerFn};
use services::auth::Identity;

pub(super) fn section(
    request: &Request,
    identity: &Identity,
    balances: &[Balance],
    addresses: &[AllowedAddress],
) -> AnyView {
    let acts = [Withdraw::PATH, AddAddress::PATH, SwitchAddress::PATH];
    let protected = fresh(
        request,
        identity,
        "Withdraw",
        "withdraw, or to add an address",
        &acts,
        || {
            view! {
                {withdraw(request, balances, addresses)}
                <h3>"New address"</h3>
                {add(request)}
            }
            .into_any()
        },
    );
    view! {
        {protected}
        {panel("Addresses", list(request, addresses))}
    }
    .into_any()
}

fn withdraw(request: &Request, balances: &[Balance], addresses: &[AllowedAddress]) -> AnyView {
    let now = request.services.config.clock.now();
    let usable = addresses
        .iter()
        .filter(|one| one.enabled && one.usable_from <= now);
    let usable: Vec<_> = usable.map(|one| (one.id.to_string(), named(one))).collect();
    let assets = balances.iter().map(|balance| balance.asset);
    let assets = assets.filter(|asset| Network::of(*asset).is_some());
    let assets: Vec<_> = assets.map(|it| (it.to_string(), it.to_string())).collect();
    if usable.is_empty() || assets.is_empty() {
        let why = match assets.is_empty() {
            true => "There is nothing that can be withdrawn: US dollars are paper here.",
            false => "No address can be used yet. A new one waits for 24 hours.",
        };
        return view! { <p>{why}</p> }.into_any();
    }
    let hint = "More than 10,000 US dollars' worth waits for an administrator.";
    Form::new(request, "withdraw", Withdraw::PATH)
        .hidden("key", key())
        .select("asset", "Asset", assets)
        .field(Field::new("amount", "Amount", "text", "off").hint(hint))
        .select("address_id", "To", usable)
        .view("Withdraw", "button primary")
}

fn named(address: &AllowedAddress) -> String {
    let AllowedAddress {
        label,
        address,
        network,
        ..
    } = address;
    format!("{label} ({}, {address})", network.title())
}

fn add(request: &Request) -> AnyView {
    let networks = Network::ALL.map(|one| (one.as_str().to_owned(), one.title().to_owned()));
    Form::new(request, "new-address", AddAddress::PATH)
        .select("network", "Network", networks.into())
        .field(Field::new("address", "Address", "text", "off"))
        .field(Field::new("label", "Label", "text", "off").hint("What you call it."))
        .view("Add address", "button")
}

fn list(request: &Request, addresses: &[AllowedAddress]) -> AnyView {
    if addresses.is_empty() {
        let hint = "Money can only be withdrawn to addresses you have added here before.";
        return view! { <p>{hint}</p> }.into_any();
    }
    let rows = addresses.iter().map(|address| row(request, address));
    let rows: Vec<_> = rows.collect();
    view! {
        <ul class="rows" data-testid="addresses">
            {rows}
        </ul>
    }
    .into_any()
}

fn row(request: &Request, address: &AllowedAddress) -> AnyView {
    let id = address.id.to_string();
    let state = match address.enabled {
        false => "Disabled".to_owned(),
        true if address.usable_from <= request.services.config.clock.now() => "Usable".to_owned(),
        true => format!("Usable from {}", minute(address.usable_from)),
    };
    let (label, enabled) = match address.enabled {
        true => ("Disable", "false"),
        false => ("Enable", "true"),
    };
    let switch = Form::new(request, &format!("switch-{id}"), SwitchAddress::PATH)
        .hidden("address_id", id.clone())
        .hidden("enabled", enabled)
        .view(label, "button");
    let delete = Form::new(request, &format!("delete-{id}"), DeleteAddress::PATH)
        .hidden("address_id", id)
        .view("Delete", "button");
    view! {
        <li>
            <span>
                {address.label.clone()} <br /> <small>{address.address.clone()}</small> <br />
                <small>{address.network.title()} ". " {state}</small>
            </span>
            {switch}
            {delete}
        </li>
    }
    .into_any()
}
