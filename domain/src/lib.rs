//! Pure rules and typed models shared by the server and the browser.
//!
//! Nothing here performs I/O, reads a clock, draws random numbers or is asynchronous: the same
//! input gives the same output on every platform, native and WebAssembly alike.

pub mod account;
pub mod address;
pub mod admin;
pub mod alert;
pub mod api;
pub mod coin;
pub mod exchange;
pub mod feed;
pub mod format;
pub mod id;
pub mod listing;
pub mod market;
pub mod notification;
pub mod number;
pub mod portfolio;
pub mod price;
pub mod stream;
pub mod trading;
pub mod wallet;
pub mod webhook;

pub use coin::CoinId;
pub use feed::{DropReason, Source, StreamState, Tick};
pub use id::{
    AddressId, AlertId, ApiKeyId, DeliveryId, EntryId, ImportId, NotificationId, SessionId, UserId,
    WebhookId,
};
pub use price::Price;
