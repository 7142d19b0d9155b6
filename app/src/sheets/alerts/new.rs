//! The forms of new alerts, one for each kind of thing that is waited for.

use crate::{
    functions::alerts::{AddFeedAlert, AddMoveAlert, AddPortfolioAlert, AddPriceAlert},
    sheets::{
        Request,
        form::{Field, Form},
    },
};
use domain::{
    CoinId,
    alert::{Direction, Window},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// What can be waited for, as the address names it.
const KINDS: [(&str, &str); 4] = [
    ("price", "Price"),
    ("move", "Move"),
    ("portfolio", "Portfolio"),
    ("feed", "Price feed"),
];

/// What the form is known by.
const ID: &str = "add-alert";

pub(super) fn forms(request: &Request) -> AnyView {
    let asked = request.query("new").unwrap_or_default();
    let known = KINDS.iter().find(|(kind, _)| *kind == asked);
    let kind = known.map_or("price", |(kind, _)| *kind);
    let links = KINDS.map(|(one, label)| {
        let current = (one == kind).then_some("true");
        view! {
            <a href=format!("/alerts?new={one}") aria-current=current data-noscroll="">
                {label}
            </a>
        }
    });
    let form = match kind {
        "move" => of_move(request),
        "portfolio" => of_portfolio(request),
        "feed" => Form::new(request, ID, AddFeedAlert::PATH).part(view! {
            <p>"Tells you when no source of prices delivers any longer."</p>
        }),
        _ => of_price(request),
    };
    let form = form.select("cooldown", "Repeat", repeats()).field(
        Field::new("note", "Note", "text", "off")
            .hint("Stands in what you are told.")
            .optional(),
    );
    view! {
        <nav class="tabs" aria-label="What to wait for">
            {links.into_iter().collect_view()}
        </nav>
        {form.view("Set alert", "button primary")}
    }
    .into_any()
}

fn of_price(request: &Request) -> Form<'_> {
    let form = Form::new(request, ID, AddPriceAlert::PATH);
    with_price(form.select("coin", "Coin", coins(request)), request)
}

fn with_price<'a>(form: Form<'a>, request: &Request) -> Form<'a> {
    let kinds = [("price_above", "rises to"), ("price_below", "falls to")];
    let price = request.query("price").unwrap_or_default();
    let price = Field::new("price", "Price in US dollars", "text", "off").value(price);
    let form = form.select("kind", "When it", options(kinds));
    form.field(price.decimal())
}

/// The form of a price of one coin, on its own page.
pub(in crate::sheets) fn price_form(request: &Request, coin: &CoinId) -> AnyView {
    let form = Form::new(request, ID, AddPriceAlert::PATH).hidden("coin", coin.to_string());
    let form = with_price(form, request).select("cooldown", "Repeat", repeats());
    form.view("Set alert", "button primary")
}

fn of_move(request: &Request) -> Form<'_> {
    let ways = Direction::ALL.map(|direction| match direction {
        Direction::Any => (direction.as_str(), "moves either way"),
        Direction::Up => (direction.as_str(), "rises"),
        Direction::Down => (direction.as_str(), "falls"),
    });
    let windows = Window::ALL.map(|window| (window.as_str(), window.title()));
    let percent = Field::new("percent", "By how many per cent", "text", "off");
    Form::new(request, ID, AddMoveAlert::PATH)
        .select("coin", "Coin", coins(request))
        .select("direction", "When it", options(ways))
        .field(percent.decimal())
        .select("window", "Within", options(windows))
}

fn of_portfolio(request: &Request) -> Form<'_> {
    let kinds = [
        ("portfolio_above", "rises to"),
        ("portfolio_below", "falls to"),
    ];
    let value = Field::new("value", "Value in US dollars", "text", "off");
    Form::new(request, ID, AddPortfolioAlert::PATH)
        .select("kind", "When your portfolio", options(kinds))
        .field(value.decimal())
}

/// Every coin, the one that the address names first.
fn coins(request: &Request) -> Vec<(String, String)> {
    let market = &request.services.market;
    let named = request.query("coin");
    let named = named.and_then(|name| market.resolve(&name));
    let mut coins: Vec<_> = market.catalogue().coins().iter().collect();
    coins.sort_by_key(|coin| Some(&coin.id) != named.as_ref());
    let option = |coin: &services::market::catalogue::Coin| {
        let label = format!("{} ({})", coin.name, coin.symbol);
        (coin.id.to_string(), label)
    };
    coins.into_iter().map(option).collect()
}

fn repeats() -> Vec<(String, String)> {
    options([
        ("", "No: tell me once"),
        ("3600", "At most once an hour"),
        ("86400", "At most once a day"),
    ])
}

fn options<const N: usize>(options: [(&str, &str); N]) -> Vec<(String, String)> {
    let owned = |(value, label): (&str, &str)| (value.to_owned(), label.to_owned());
    options.into_iter().map(owned).collect()
}
