//! Waits for a full socket. Only clients that fall behind have such a task.

use super::{
    client::{Client, Written},
    disconnect::Disconnect,
    hub::Shared,
    outgoing::End,
};
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// Writes whenever the socket has room until everything is said. A client that takes nothing for
/// the stall timeout is asked to close; from then on the session's own deadline counts.
pub(super) async fn run(shared: Arc<Shared>, client: Arc<Client>) {
    let stall = shared.limits().stall_timeout;
    let mut deadline = Instant::now() + stall;
    loop {
        match timeout_at(deadline, client.stream().writable()).await {
            Ok(Ok(())) => match client.resume(&shared) {
                Written::All => return,
                Written::Blocked { some: true } => deadline = Instant::now() + stall,
                Written::Blocked { some: false } => {}
            },
            Ok(Err(_)) => {
                client.abandon(Disconnect::Gone);
                return;
            }
            Err(_) => {
                evict(&shared, &client);
                deadline += stall;
            }
        }
    }
}

fn evict(shared: &Arc<Shared>, client: &Arc<Client>) {
    if client.end() == End::Open {
        tracing::debug!("a client takes nothing, closing it");
        client.close(shared, Disconnect::Stalled, None);
    }
}
