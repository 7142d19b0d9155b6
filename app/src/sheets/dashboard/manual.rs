//! Holdings elsewhere, entered by hand.

use crate::{
    functions::portfolio::{AddHolding, DeleteHolding, EditHolding},
    pages::dashboard::Asked,
    sheets::{
        Request,
        form::{Field, Form},
        locale,
    },
};
use domain::{format, portfolio::holding::ManualHolding};
use leptos::{prelude::*, server_fn::ServerFn};

pub(super) fn add(request: &Request) -> AnyView {
    let coins = request.services.market.catalogue().coins().iter();
    let coins = coins.map(|coin| {
        (
            coin.id.to_string(),
            format!("{} ({})", coin.name, coin.symbol),
        )
    });
    let today = request.services.config.clock.now().date().to_string();
    let form = Form::new(request, "add-holding", AddHolding::PATH);
    let form = form.select("coin", "Coin", coins.collect());
    terms(form, ["", "", &today, "", ""]).view("Add holding", "button primary")
}

pub(super) fn edit(request: &Request, holding: &ManualHolding) -> AnyView {
    let fee = match holding.fee.is_zero() {
        true => String::new(),
        false => holding.fee.to_string(),
    };
    let values = [
        &*holding.quantity.to_string(),
        &*holding.price.to_string(),
        &*holding.date.date().to_string(),
        &fee,
        holding.note.as_str(),
    ];
    let form = Form::new(request, "change-holding", EditHolding::PATH);
    // It has texts and numbers only: writing them can't fail.
    let seen = serde_json::to_string(holding).unwrap_or_default();
    let form = form.hidden("seen", seen);
    let coin = view! { <p>{format!("Coin: {}", holding.asset)}</p> };
    terms(form.part(coin), values).view("Save", "button primary")
}

/// What there is to say about a holding beside its coin, with what the fields hold at first.
fn terms<'a>(form: Form<'a>, [quantity, price, date, fee, note]: [&str; 5]) -> Form<'a> {
    let field = |name, label: &'static str, kind, value: &str| {
        Field::new(name, label, kind, "off").value(value)
    };
    let hint = "What one cost, in US dollars; 0 if it was free.";
    let quantity = field("quantity", "Quantity", "text", quantity);
    let price = field("price", "Price", "text", price);
    let fee = field("fee", "Fee in US dollars", "text", fee);
    form.field(quantity.decimal().focus(true))
        .field(price.decimal().hint(hint))
        .field(field("date", "Bought on", "date", date))
        .field(fee.decimal().optional())
        .field(field("note", "Note", "text", note).optional())
}

pub(super) fn list(request: &Request, holdings: &[ManualHolding]) -> AnyView {
    let rows = holdings.iter().map(|holding| row(request, holding));
    let rows: Vec<_> = rows.collect();
    view! {
        <ul class="rows" data-testid="manual">
            {rows}
        </ul>
    }
    .into_any()
}

fn row(request: &Request, holding: &ManualHolding) -> AnyView {
    let id = holding.id.to_string();
    let what = what(holding);
    let fee = (!holding.fee.is_zero())
        .then(|| format!(", fee {}", format::usd(holding.fee.to_decimal(), locale())));
    let asked = Asked::read(&request.address);
    let edit = asked.with_form(&format!("edit={id}"));
    let edit_label = format!("Change: {what}");
    let delete = asked.with_form(&format!("delete={id}"));
    let delete_label = format!("Delete: {what}");
    view! {
        <li>
            <span>
                {what.clone()} {fee} <br />
                <small class="muted">{holding.date.date().to_string()} " " {holding.note.as_str().to_owned()}</small>
            </span>
            <span class="cluster">
                <a class="button" href=edit aria-label=edit_label data-noscroll="">
                    "Change"
                </a>
                <a class="button" href=delete aria-label=delete_label data-noscroll="">
                    "Delete"
                </a>
            </span>
        </li>
    }
    .into_any()
}

/// What there is of what, at which price.
fn what(holding: &ManualHolding) -> String {
    let locale = locale();
    format!(
        "{} {} at {}",
        format::amount(holding.quantity.to_decimal(), locale),
        holding.asset,
        format::usd(holding.price.to_decimal(), locale),
    )
}

/// Asks once more: nothing brings it back.
pub(super) fn delete(request: &Request, holding: &ManualHolding) -> AnyView {
    let form = Form::new(request, "delete-holding", DeleteHolding::PATH)
        .hidden("id", holding.id.to_string())
        .view("Delete the holding", "button danger");
    view! {
        <p>{format!("{}, bought on {}", what(holding), holding.date.date())}</p>
        <p>"Your portfolio's figures will be as if it had never been entered."</p>
        {form}
    }
    .into_any()
}
