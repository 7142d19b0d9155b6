//! The steps that must be one for everybody else: Redis runs a script without interruption.

use redis::Cmd;

/// `KEYS[1]` the counter, `ARGV[1]` the window in ms. Answers `{value, ms left}`. A counter that
/// lost its expiry gets a new one instead of living for ever.
const INCREMENT: &str = "
local value = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {value, left}";

/// `KEYS[1]` the lease, `ARGV[1]` who wants it, `ARGV[2]` for how many ms. Answers 1 or 0.
const ACQUIRE: &str = "
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1";

/// `KEYS[1]` the lease, `ARGV[1]` who gives it up.
const RELEASE: &str = "
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1";

pub(super) fn increment(key: &str, window_millis: u64) -> Cmd {
    script(INCREMENT, key).arg(window_millis).take()
}

pub(super) fn acquire(name: &str, holder: &str, ttl_millis: u64) -> Cmd {
    script(ACQUIRE, name).arg(holder).arg(ttl_millis).take()
}

pub(super) fn release(name: &str, holder: &str) -> Cmd {
    script(RELEASE, name).arg(holder).take()
}

/// Sent in full each time: the texts are shorter than the round trip that EVALSHA would need
/// after every restart of the server, which forgets scripts. Redis compiles each only once.
fn script(text: &str, key: &str) -> Cmd {
    redis::cmd("EVAL").arg(text).arg(1).arg(key).take()
}
