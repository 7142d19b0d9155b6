//! The price hub, `/ws/prices` and `/ws/prices/{symbol}`, and the account channel, `/ws/account`.
//!
//! WebSocket is spoken here directly over the connection's socket, without a library in between:
//! a broadcast is one prepared frame, written to every client by the hub itself with one system
//! call each, and an idle socket costs little more than the kernel's own memory.

mod account;
mod broadcast;
mod client;
mod conversation;
mod disconnect;
mod encode;
mod flush;
pub mod frame;
pub mod handshake;
mod hub;
mod keepalive;
mod limits;
mod message;
mod outgoing;
mod pace;
mod routes;
mod selection;
mod session;
mod shard;
mod status;
mod update;
mod upgrade;
mod upstream;

pub(crate) use account::routes as account_routes;
pub use disconnect::Disconnect;
pub use hub::Hub;
pub use limits::HubLimits;
pub use routes::routes;
pub use upstream::{Resolve, Upstream};
