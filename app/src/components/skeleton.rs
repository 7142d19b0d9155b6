//! Grey bars of the size of what is being loaded.

use leptos::prelude::*;

/// A table body of `rows` rows and `columns` bars, for a table whose head stands already.
#[must_use]
pub fn skeleton_rows(rows: usize, columns: usize) -> AnyView {
    let cells = move || {
        (0..columns)
            .map(|_| view! { <td><span class="skeleton"></span></td> })
            .collect::<Vec<_>>()
    };
    let rows: Vec<_> = (0..rows)
        .map(|_| view! { <tr aria-hidden="true">{cells()}</tr> })
        .collect();
    view! { {rows} }.into_any()
}

/// A box of the size of a chart.
#[must_use]
pub fn skeleton_chart() -> AnyView {
    view! {
        <div class="chart-plot chart-none" role="status">
            <p>"Loading the chart…"</p>
        </div>
    }
    .into_any()
}
