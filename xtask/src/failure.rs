//! What went wrong, in which step, and what a person can do about it.

use std::fmt::Display;

use thiserror::Error;

/// The result of every step.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// A step that could not be finished.
#[derive(Debug, Error)]
#[error("{step}: {cause} ({remedy})")]
pub(crate) struct Failure {
    /// The step, as it was announced.
    pub(crate) step: String,
    /// What was observed.
    pub(crate) cause: String,
    /// What to install, change or try.
    pub(crate) remedy: String,
}

impl Failure {
    pub(crate) fn new(step: &str, cause: impl Display, remedy: &str) -> Self {
        Self {
            step: step.to_owned(),
            cause: cause.to_string(),
            remedy: remedy.to_owned(),
        }
    }
}

/// Names the step and the remedy for any error.
pub(crate) trait OrFail<T> {
    fn or_fail(self, step: &str, remedy: &str) -> Result<T>;
}

impl<T, E: Display> OrFail<T> for std::result::Result<T, E> {
    fn or_fail(self, step: &str, remedy: &str) -> Result<T> {
        self.map_err(|error| Failure::new(step, error, remedy))
    }
}
