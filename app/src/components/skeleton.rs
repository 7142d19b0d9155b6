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
            })
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
