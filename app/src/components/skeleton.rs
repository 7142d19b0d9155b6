//! Grey bars of the size of what is being loaded.

use leptos::prelude::*;

/// `rows` table rows with a bar for each column, under a head that stands already. The columns are
/// named by their classes, so that those hidden on small screens are hidden here too.
#[must_use]
pub fn skeleton_rows(rows: usize, columns: &'static [&'static str]) -> AnyView {
    let cells = move || {
        columns
            .iter()
            .map(|class| {
                view! {
                    <td class=*class>
                        <span class="skeleton"></span>
                    </td>
                }
                .into_any()
            })
            .collect::<Vec<_>>()
    };
    let rows: Vec<_> = (0..rows)
        .map(|_| view! { <tr aria-hidden="true">{cells()}</tr> }.into_any())
        .collect();
    view! { {rows} }.into_any()
}

/// A bar as long as so many characters, in a line as high as one of text.
#[must_use]
pub fn skeleton_text(characters: usize) -> AnyView {
    // Spaces that stay: there is nothing to read, and the line has the height of its font.
    let text = "\u{a0}".repeat(characters);
    view! {
        <span class="skeleton-text" aria-hidden="true">
            {text}
        </span>
    }
    .into_any()
}

/// A box of the size of a chart with the line under it that opens its table.
#[must_use]
pub fn skeleton_chart() -> AnyView {
    view! {
        <div class="chart">
            <div class="chart-plot chart-none" role="status">
                <p>"Loading the chart…"</p>
            </div>
            <p class="chart-table-line">{skeleton_text(14)}</p>
        </div>
    }
    .into_any()
}
