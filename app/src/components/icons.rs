//! Icons as inline SVG, drawn in the colour of the text around them and hidden from assistive
//! technology: the control they stand in has a name of its own.

use leptos::prelude::*;

/// Which drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IconName {
    /// The safe's door of the logo.
    Logo,
    /// Rows of a list.
    Markets,
    /// Two ways.
    Trade,
    /// A star.
    Star,
    /// A line going up.
    Rising,
    /// A purse with its clasp.
    Wallet,
    /// Light theme.
    Sun,
    /// Dark theme.
    Moon,
    /// An account.
    Person,
    /// Something to be told.
    Bell,
    /// Close.
    Cross,
    /// Try again.
    Retry,
}

impl IconName {
    /// The path in a box of 24 by 24.
    const fn path(self) -> &'static str {
        match self {
            Self::Logo => {
                "M4 3h16v16H4zM6 19v2M18 19v2M12 7a4 4 0 1 0 0 8 4 4 0 1 0 0-8zM12 7v2M12 13v2M8 11h2M14 11h2"
            }
            Self::Markets => "M4 6h16M4 12h16M4 18h10",
            Self::Trade => "M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4",
            Self::Star => "M12 3l2.8 5.8 6.2.9-4.5 4.4 1.1 6.3-5.6-3-5.6 3 1.1-6.3L3 9.7l6.2-.9z",
            Self::Rising => "M3 17l6-6 4 4 8-8M15 7h6v6",
            Self::Wallet => "M4 7h15v12H4zM4 7l11-4v4M15 13h1",
            Self::Sun => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 1 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M19 5l-1.5 1.5M6.5 17.5L5 19"
            }
            Self::Moon => "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
            Self::Person => "M12 4a4 4 0 1 0 0 8 4 4 0 1 0 0-8zM4 21a8 8 0 0 1 16 0",
            Self::Bell => "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 18a2 2 0 0 0 4 0",
            Self::Cross => "M6 6l12 12M18 6L6 18",
            Self::Retry => "M20 12a8 8 0 1 1-2.3-5.7L20 8.5M20 4v4.5h-4.5",
        }
    }
}

/// One icon.
#[component]
pub fn Icon(
    /// Which.
    name: IconName,
) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 24 24"
            width="20"
            height="20"
            fill="none"
            stroke="currentColor"
            stroke-width="1.75"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            focusable="false"
        >
            <path d=name.path()></path>
        </svg>
    }
}
