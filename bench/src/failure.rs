//! Errors of a measurement: one line for whoever started it.

/// What went wrong.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A result of a measurement.
pub(crate) type Result<T> = std::result::Result<T, Failure>;
