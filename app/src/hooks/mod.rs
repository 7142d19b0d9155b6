//! Things that happen in the browser only, behind an interface that renders on the server too.

pub mod connection;
pub mod hydrated;
pub mod use_price_stream;
