//! The rules of the supervisor with the real waiting times, on a paused clock.

mod failover;
mod scripted;
mod start;
mod takeback;
