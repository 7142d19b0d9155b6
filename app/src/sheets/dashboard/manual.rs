//! Holdings elsewhere, entered by hand.

use crate::{
    functions::portfolio::{AddHolding, DeleteHolding},
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
    let price = "What one cost, in US dollars; 0 if it was free.";
    Form::new(request, "add-holding", AddHolding::PATH)
        .select("coin", "Coin", coins.collect())
        .field(Field::new("quantity", "Quantity", "text", "off").decimal())
        .field(
            Field::new("price", "Price", "text", "off")
                .decimal()
                .hint(price),
        )
        .field(Field::new("date", "Bought on", "date", "off").value(today))
        .field(
            Field::new("fee", "Fee in US dollars", "text", "off")
                .decimal()
                .optional(),
        )
        .field(Field::new("note", "Note", "text", "off").optional())
        .view("Add holding", "button primary")
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
    let locale = locale();
    let id = holding.id.to_string();
    let what = format!(
        "{} {} at {}",
        format::amount(holding.quantity.to_decimal(), locale),
        holding.asset,
        format::usd(holding.price.to_decimal(), locale),
    );
    let fee = (!holding.fee.is_zero())
        .then(|| format!(", fee {}", format::usd(holding.fee.to_decimal(), locale)));
    let delete = Form::new(request, &format!("delete-{id}"), DeleteHolding::PATH)
        .hidden("id", id)
        .labelled(format!("Delete: {what}"))
        .view("Delete", "button");
    view! {
        <li>
            <span>
                {what.clone()} {fee} <br />
                <small class="muted">{holding.date.date().to_string()} " " {holding.note.as_str().to_owned()}</small>
            </span>
            {delete}
        </li>
    }
    .into_any()
}
