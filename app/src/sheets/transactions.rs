//! What came and went: filtered, by page, added up, and as a table to take along.

use super::{
    Page as Sheet, Request,
    filters::{day, end_of, is_no_day, midnight, pager, query},
    locale, minute,
    panel::panel,
};
use crate::{
    components::data_table::{
        Column::{Number, Text},
        table,
    },
    error::AppError,
    functions::answer::fail,
};
use domain::{
    exchange::Asset,
    format::{self, Locale},
    trading::{Digits, Statistics, Transaction, TransactionType},
};
use leptos::prelude::*;
use services::store::{Page, TransactionFilter};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// Rows of a page.
const ROWS: u32 = 50;
const KINDS: [(&str, &str); 5] = [
    ("", "All"),
    ("buy", "Buys"),
    ("sell", "Sells"),
    ("deposit", "Deposits"),
    ("withdrawal", "Withdrawals"),
];
const NAMES: [&str; 4] = ["type", "asset", "from", "to"];

pub(super) async fn page(request: &Request) -> Result<Sheet, AppError> {
    let identity = request.identity()?;
    let asked = Asked::of(request);
    let (filter, before) = (asked.filter(), asked.cursor);
    let exchange = &request.services.exchange;
    let page = Page {
        before,
        limit: ROWS,
    };
    let locale = locale();
    let found = match asked.has_days() {
        true => {
            let sums = exchange.statistics(identity, &filter).await.map_err(fail)?;
            let found = exchange.transactions(identity, &filter, page).await;
            let found = found.map_err(fail)?;
            let view = view! {
                {panel("In all", added_up(&sums, locale))}
                {panel("Movements", asked.table(&found, locale))}
            };
            Some(view.into_any())
        }
        // Nobody takes all for what was meant.
        false => None,
    };
    let view = view! {
        <h1>"Transactions"</h1>
        {asked.form(request)}
        {found}
    };
    Ok(("Transactions", view.into_any()))
}

/// What is asked for. A type or an asset that there is not is left out: it was typed into an address. Of days
/// that are none it is said.
struct Asked {
    /// As they were typed.
    typed: [String; 4],
    cursor: Option<Uuid>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let typed = NAMES.map(|name| request.query(name).unwrap_or_default().trim().to_owned());
        let cursor = request.query("cursor");
        let cursor = cursor.and_then(|cursor| cursor.parse().ok());
        Self { typed, cursor }
    }

    /// Whether what is typed as days is that.
    fn has_days(&self) -> bool {
        let [.., from, to] = &self.typed;
        !is_no_day(from) && !is_no_day(to)
    }

    fn filter(&self) -> TransactionFilter {
        let [kind, asset, from, to] = &self.typed;
        let kind = serde_json::from_value::<TransactionType>(kind.clone().into());
        TransactionFilter {
            kinds: kind.into_iter().collect(),
            asset: asset.parse::<Asset>().ok(),
            from: midnight(from),
            to: end_of(to),
        }
    }

    /// The filters as a query, `more` behind them.
    fn query(&self, dates: bool, more: Option<(&str, String)>) -> String {
        let filter = self.filter();
        let moment = |at: Option<OffsetDateTime>| at.and_then(|at| at.format(&Rfc3339).ok());
        let values = match dates {
            false => self.typed.clone(),
            true => {
                let [kind, asset, from, to] = self.typed.clone();
                // What is no day is refused there, too.
                let from = moment(filter.from).unwrap_or(from);
                let to = moment(filter.to).unwrap_or(to);
                [kind, asset, from, to]
            }
        };
        query(NAMES.into_iter().zip(values).chain(more))
    }

    fn form(&self, request: &Request) -> AnyView {
        let [kind, asset, from, to] = self.typed.clone();
        let kinds = KINDS.map(|(value, label)| {
            view! {
                <option value=value selected=kind == value>
                    {label}
                </option>
            }
        });
        let pairs = request.services.exchange.pairs().iter();
        let assets = std::iter::once(Asset::USD).chain(pairs.map(|pair| pair.base));
        let assets = assets.map(|it| it.to_string()).map(|name| {
            let selected = name == asset.to_uppercase();
            view! {
                <option value=name.clone() selected=selected>
                    {name.clone()}
                </option>
            }
        });
        let assets: Vec<_> = assets.collect();
        let table = format!("/api/transactions/export.csv{}", self.query(true, None));
        view! {
            <form class="filters" method="get" action="/transactions" data-testid="filters">
                <label>"Type " <select class="field" name="type">{kinds.into_iter().collect_view()}</select></label>
                <label>
                    "Asset "
                    <select class="field" name="asset">
                        <option value="">"All"</option>
                        {assets}
                    </select>
                </label>
                {day("From ", "from", from)}
                {day("To ", "to", to)}
                <button class="button primary">"Show"</button>
                <a class="button" href=table rel="external" download="transactions.csv">"Download CSV"</a>
            </form>
        }
        .into_any()
    }

    fn table(&self, found: &[Transaction], locale: Locale) -> AnyView {
        if found.is_empty() {
            let hint = match self.query(false, None).is_empty() {
                true => "Nothing has come or gone yet. Deposit paper money in your wallet.",
                false => "Nothing fits. Try a longer time, or all types.",
            };
            return view! { <p>{hint}</p> }.into_any();
        }
        let rows = found.iter().map(|one| row(one, locale));
        let rows: Vec<_> = rows.collect();
        let is_full = u32::try_from(found.len()).is_ok_and(|count| count >= ROWS);
        let older = found.last().filter(|_| is_full).map(|last| {
            let more = ("cursor", last.id.to_string());
            format!("/transactions{}", self.query(false, Some(more)))
        });
        let newest = self.cursor.is_some();
        let newest = newest.then(|| format!("/transactions{}", self.query(false, None)));
        let columns = [
            Text("When"),
            Text("Type"),
            Number("Amount"),
            Number("Price"),
            Number("US dollars"),
            Number("Fee"),
        ];
        let caption = "Movements, the newest first";
        let table = table("transactions", "Movements", caption, &columns, rows);
        view! {
            <div class="cards">{table}</div>
            {pager(newest, older)}
        }
        .into_any()
    }
}

fn row(transaction: &Transaction, locale: Locale) -> AnyView {
    let kind = match transaction.kind {
        TransactionType::Buy => "Buy",
        TransactionType::Sell => "Sell",
        TransactionType::Deposit => "Deposit",
        TransactionType::Withdrawal => "Withdrawal",
    };
    let amount = format::amount(transaction.amount.get(), locale);
    let dollars = |value: Option<Digits>| {
        value.map_or_else(|| "–".to_owned(), |value| format::usd(value.get(), locale))
    };
    let price = transaction
        .price
        .map(|price| format::price(price.get(), locale));
    let fee = Some(transaction.fee).filter(|fee| *fee != Digits::default());
    view! {
        <tr>
            <th scope="row">{minute(transaction.at)}</th>
            <td data-label="Type">{kind}</td>
            <td class="num" data-label="Amount">{amount} " " {transaction.asset.to_string()}</td>
            <td class="num" data-label="Price">{price.unwrap_or_else(|| "–".to_owned())}</td>
            <td class="num" data-label="US dollars">{dollars(transaction.quote_amount)}</td>
            <td class="num" data-label="Fee">{dollars(fee)}</td>
        </tr>
    }
    .into_any()
}

fn added_up(sums: &Statistics, locale: Locale) -> AnyView {
    let amount = |digits: Digits| format::amount(digits.get(), locale);
    let usd = |digits: Digits| format::usd(digits.get(), locale);
    let rows = sums.assets.iter().map(|one| {
        view! {
            <tr>
                <th scope="row">{one.asset.to_string()}</th>
                <td class="num" data-label="Bought">{amount(one.bought)}</td>
                <td class="num" data-label="for">{usd(one.spent)}</td>
                <td class="num" data-label="Sold">{amount(one.sold)}</td>
                <td class="num" data-label="for">{usd(one.received)}</td>
                <td class="num" data-label="Deposited">{amount(one.deposited)}</td>
                <td class="num" data-label="Withdrawn">{amount(one.withdrawn)}</td>
            </tr>
        }
        .into_any()
    });
    let rows: Vec<_> = rows.collect();
    let count = format::integer(sums.count, locale);
    let columns = [
        Text("Asset"),
        Number("Bought"),
        Number("for"),
        Number("Sold"),
        Number("for"),
        Number("Deposited"),
        Number("Withdrawn"),
    ];
    let title = "Sums by asset";
    let table = (!rows.is_empty()).then(|| {
        let table = table("sums", title, title, &columns, rows);
        view! { <div class="cards">{table}</div> }
    });
    view! {
        <p data-testid="totals">
            {count} " movements, " {usd(sums.volume)} " traded, " {usd(sums.fees)} " in fees."
        </p>
        {table}
    }
    .into_any()
}
