//! At most so many sockets or connections per address.

use crate::middleware::client_ip::{ClientIp, ClientNetwork};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts what each address holds open; an IPv6 network counts as one.
#[derive(Debug)]
pub(crate) struct PerIp {
    limit: u32,
    open: Mutex<HashMap<ClientNetwork, u32>>,
}

/// The right to hold one of them; given back on drop.
#[derive(Debug)]
pub(crate) struct IpPermit {
    counts: Arc<PerIp>,
    key: ClientNetwork,
}

impl PerIp {
    pub(crate) fn new(limit: u32) -> Arc<Self> {
        Arc::new(Self {
            limit,
            open: Mutex::default(),
        })
    }

    /// `None` when the address has all it may have.
    pub(crate) fn acquire(self: &Arc<Self>, address: ClientIp) -> Option<IpPermit> {
        let key = address.network();
        let mut open = lock(&self.open);
        let count = open.entry(key).or_default();
        if *count >= self.limit {
            return None;
        }
        *count += 1;
        Some(IpPermit {
            counts: Arc::clone(self),
            key,
        })
    }
}

impl Drop for IpPermit {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = lock(&self.counts.open).entry(self.key) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// A panic elsewhere leaves the counts as they are, which is right.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Result<ClientIp, std::net::AddrParseError> {
        Ok(ClientIp(text.parse()?))
    }

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn an_address_gets_its_share_and_gets_it_back() -> Outcome {
        let counts = PerIp::new(2);
        let address = ip("192.0.2.1")?;
        let first = counts.acquire(address).ok_or("first")?;
        let _second = counts.acquire(address).ok_or("second")?;
        assert!(counts.acquire(address).is_none());
        assert!(counts.acquire(ip("192.0.2.2")?).is_some());
        drop(first);
        assert!(counts.acquire(address).is_some());
        Ok(())
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one() -> Outcome {
        let counts = PerIp::new(1);
        let _held = counts.acquire(ip("2001:db8::1")?).ok_or("first")?;
        assert!(counts.acquire(ip("2001:db8::ffff:2")?).is_none());
        assert!(counts.acquire(ip("2001:db8:0:1::1")?).is_some());
        Ok(())
    }

    #[test]
    fn nothing_is_remembered_of_those_who_left() -> Outcome {
        let counts = PerIp::new(1);
        drop(counts.acquire(ip("192.0.2.1")?).ok_or("first")?);
        assert!(lock(&counts.open).is_empty());
        Ok(())
    }
}
