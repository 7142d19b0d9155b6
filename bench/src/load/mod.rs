//! Load on a server, and what it answers.

mod answer;
pub(crate) mod http;
pub(crate) mod latency;
pub(crate) mod paced;
pub(crate) mod round;
