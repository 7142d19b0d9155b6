//! Numbers on pages: the rules of [`domain::format`] and the page's locale.

pub use crate::page_data::use_locale;
pub use domain::format::*;
