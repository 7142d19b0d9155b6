//! Tables of orders, money and holdings.

use leptos::prelude::*;

/// The head of a column, and whether figures stand in it.
#[derive(Debug, Clone, Copy)]
pub enum Column {
    /// A column of words.
    Text(&'static str),
    /// A column of figures.
    Number(&'static str),
    /// Without a word for those who see what stands in it.
    Hidden(&'static str),
}

impl Column {
    fn head(&self) -> AnyView {
        match *self {
            Self::Text(name) => view! { <th scope="col">{name}</th> }.into_any(),
            Self::Number(name) => view! { <th scope="col" class="num">{name}</th> }.into_any(),
            Self::Hidden(name) => view! {
                <th scope="col">
                    <span class="visually-hidden">{name}</span>
                </th>
            }
            .into_any(),
        }
    }
}

/// A table that moves by itself where it is wider than the page. `id` is for tests, `name` is read out
/// for the part that moves.
#[must_use]
pub fn table(
    id: &'static str,
    name: &'static str,
    caption: &'static str,
    columns: &[Column],
    rows: Vec<AnyView>,
) -> AnyView {
    let heads: Vec<_> = columns.iter().map(Column::head).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=name>
            <table class="data-table money-table" data-testid=id>
                <caption>{caption}</caption>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
