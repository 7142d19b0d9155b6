//! How urgent hashing is: not at all.

#[cfg(target_os = "linux")]
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};

/// Lets every other thread of this machine run first: one that wakes runs at once, whatever is left
/// of the time this one was given (`sched(7)`, `SCHED_IDLE`). The least niceness would not do: under
/// it a thread may still run its slice to the end.
#[cfg(target_os = "linux")]
pub(super) fn give_way() {
    let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    let this = thread_native_id();
    if let Err(error) = set_thread_priority_and_policy(this, ThreadPriority::Min, policy) {
        tracing::warn!(%error, "password hashing runs with the priority of everything else");
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn give_way() {}
