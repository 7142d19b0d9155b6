//! The axum process: wiring, router, REST, WebSocket, middleware.

pub mod serve;
pub mod ws;
