//! Waiting for a condition, with a deadline.

use std::{
    error::Error,
    future::Future,
    time::{Duration, Instant},
};

/// Asks until the answer is yes.
///
/// # Errors
/// Names `what` when it has not come true within `limit`.
pub(crate) async fn until<F: Future<Output = bool>>(
    what: &str,
    limit: Duration,
    mut condition: impl FnMut() -> F,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let deadline = Instant::now() + limit;
    while !condition().await {
        if Instant::now() > deadline {
            return Err(format!("not within {limit:?}: {what}").into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
