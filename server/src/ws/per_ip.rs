//! At most so many sockets per address.

use super::selection::lock;
use std::{
    collections::{HashMap, hash_map::Entry},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex},
};

/// Counts the open sockets of each address. Within IPv6 a subscriber usually holds a whole /64, so
/// that is what counts as one address.
#[derive(Debug)]
pub(super) struct PerIp {
    limit: u32,
    open: Mutex<HashMap<IpAddr, u32>>,
}

/// The right to hold one socket; given back on drop.
#[derive(Debug)]
pub(super) struct SocketPermit {
    counts: Arc<PerIp>,
    key: IpAddr,
}

impl PerIp {
    pub(super) fn new(limit: u32) -> Arc<Self> {
        Arc::new(Self {
            limit,
            open: Mutex::default(),
        })
    }

    /// `None` when the address has all the sockets it may have.
    pub(super) fn acquire(self: &Arc<Self>, address: IpAddr) -> Option<SocketPermit> {
        let key = network(address);
        let mut open = lock(&self.open);
        let count = open.entry(key).or_default();
        if *count >= self.limit {
            return None;
        }
        *count += 1;
        Some(SocketPermit {
            counts: Arc::clone(self),
            key,
        })
    }
}

impl Drop for SocketPermit {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = lock(&self.counts.open).entry(self.key) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn an_address_gets_its_share_and_gets_it_back() -> Outcome {
        let counts = PerIp::new(2);
        let ip: IpAddr = "192.0.2.1".parse()?;
        let first = counts.acquire(ip).ok_or("first")?;
        let _second = counts.acquire(ip).ok_or("second")?;
        assert!(counts.acquire(ip).is_none());
        assert!(counts.acquire("::ffff:192.0.2.1".parse()?).is_none());
        assert!(counts.acquire("192.0.2.2".parse()?).is_some());
        drop(first);
        assert!(counts.acquire(ip).is_some());
        Ok(())
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one() -> Outcome {
        let counts = PerIp::new(1);
        let _held = counts.acquire("2001:db8::1".parse()?).ok_or("first")?;
        assert!(counts.acquire("2001:db8::ffff:2".parse()?).is_none());
        assert!(counts.acquire("2001:db8:0:1::1".parse()?).is_some());
        Ok(())
    }

    #[test]
    fn nothing_is_remembered_of_those_who_left() -> Outcome {
        let counts = PerIp::new(1);
        drop(counts.acquire("192.0.2.1".parse()?).ok_or("first")?);
        assert!(lock(&counts.open).is_empty());
        Ok(())
    }
}
