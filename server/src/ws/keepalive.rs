//! Pings. One task for all clients, a slice of them at a time, instead of a timer for each.

use super::{client::Client, disconnect::Disconnect, hub::Shared};
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

/// Slices per round: each client is visited once per round, the rounds are `ping_every` long.
const SLICES: u32 = 30;

pub(super) async fn run(shared: Arc<Shared>) {
    let limits = shared.limits();
    let allowed = limits.pong_timeout.as_nanos() / limits.ping_every.as_nanos().max(1);
    let allowed = u32::try_from(allowed).unwrap_or(u32::MAX).max(1);
    let pause = (limits.ping_every / SLICES).max(Duration::from_millis(1));
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for slice in (0..SLICES as usize).cycle() {
        tokio::select! {
            _ = ticks.tick() => {}
            () = shared.shutdown().cancelled() => return,
        }
        for shard in shared.shards() {
            for client in shard.part(slice, SLICES as usize) {
                visit(&shared, &client, allowed);
            }
        }
    }
}

/// Pings a client, or closes it when it left as many pings unanswered as are allowed.
fn visit(shared: &Arc<Shared>, client: &Arc<Client>, allowed: u32) {
    let mut gave_up = false;
    client.update(shared, |out| {
        gave_up = out.unanswered >= allowed;
        out.ping_due = !gave_up;
    });
    if gave_up {
        client.close(shared, Disconnect::NoPong, None);
    }
}
