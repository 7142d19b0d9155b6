//! Which addresses are on the public internet: what somebody names who is not the operator may lead
//! nowhere else.
//!
//! Sources: the IANA registries of special-purpose addresses for
//! [IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry) and
//! [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry) (RFC 6890), RFC 5771 and RFC 1112
//! (multicast and reserved IPv4), RFC 4291 §2.4 (only `2000::/3` is given out), RFC 6052 (IPv4 within
//! IPv6); ports: the [Fetch Standard](https://fetch.spec.whatwg.org/#bad-port).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not on the public internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPublic {
    /// This machine.
    #[error("belongs to this machine itself")]
    Loopback,
    /// A private network.
    #[error("belongs to a private network")]
    Private,
    /// Behind a provider's NAT.
    #[error("is shared behind a provider's NAT")]
    Shared,
    /// Of one link only, such as the metadata services of clouds.
    #[error("is valid on one link only")]
    LinkLocal,
    /// Many receivers at once.
    #[error("reaches many receivers at once")]
    Multicast,
    /// For examples in texts.
    #[error("is for documentation")]
    Documentation,
    /// IPv4 in an IPv6 address by a way that nobody can tell the end of.
    #[error("hides another address")]
    Tunnel,
    /// Not given to anybody.
    #[error("is reserved")]
    Reserved,
}

/// Ports on which other protocols than HTTP listen, which could take a request for one of their own.
pub const BLOCKED_PORTS: [u16; 82] = [
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102,
    103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465,
    512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993,
    995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668,
    6669, 6679, 6697, 10080,
];

/// The prefix that NAT64 puts before an IPv4 address (RFC 6052 §2.1).
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

const V4: [(Ipv4Addr, u32, NotPublic); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, NotPublic::Reserved),
    (Ipv4Addr::new(10, 0, 0, 0), 8, NotPublic::Private),
    (Ipv4Addr::new(100, 64, 0, 0), 10, NotPublic::Shared),
    (Ipv4Addr::new(127, 0, 0, 0), 8, NotPublic::Loopback),
    (Ipv4Addr::new(169, 254, 0, 0), 16, NotPublic::LinkLocal),
    (Ipv4Addr::new(172, 16, 0, 0), 12, NotPublic::Private),
    (Ipv4Addr::new(192, 0, 0, 0), 24, NotPublic::Reserved),
    (Ipv4Addr::new(192, 0, 2, 0), 24, NotPublic::Documentation),
    // What is left of 6to4 (RFC 7526).
    (Ipv4Addr::new(192, 88, 99, 0), 24, NotPublic::Tunnel),
    (Ipv4Addr::new(192, 168, 0, 0), 16, NotPublic::Private),
    // For measurements between networks of one's own (RFC 2544).
    (Ipv4Addr::new(198, 18, 0, 0), 15, NotPublic::Private),
    (Ipv4Addr::new(198, 51, 100, 0), 24, NotPublic::Documentation),
    (Ipv4Addr::new(203, 0, 113, 0), 24, NotPublic::Documentation),
    (Ipv4Addr::new(224, 0, 0, 0), 4, NotPublic::Multicast),
    (Ipv4Addr::new(255, 255, 255, 255), 32, NotPublic::Multicast),
    (Ipv4Addr::new(240, 0, 0, 0), 4, NotPublic::Reserved),
];

const V6: [(Ipv6Addr, u32, NotPublic); 10] = [
    (Ipv6Addr::LOCALHOST, 128, NotPublic::Loopback),
    (
        Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0),
        7,
        NotPublic::Private,
    ),
    // Site-local, given up long ago and still in use (RFC 3879).
    (
        Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0),
        10,
        NotPublic::Private,
    ),
    // NAT64 of a network's own (RFC 8215).
    (
        Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0),
        48,
        NotPublic::Private,
    ),
    (
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0),
        10,
        NotPublic::LinkLocal,
    ),
    (
        Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0),
        8,
        NotPublic::Multicast,
    ),
    (
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0),
        32,
        NotPublic::Documentation,
    ),
    (
        Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0),
        20,
        NotPublic::Documentation,
    ),
    // 6to4; Teredo is of 2001::/23 below.
    (
        Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0),
        16,
        NotPublic::Tunnel,
    ),
    (
        Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0),
        23,
        NotPublic::Reserved,
    ),
];

/// What is given out of IPv6.
const GIVEN_OUT: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Whether an address is on the public internet. IPv4 within IPv6 counts as the IPv4 it leads to.
///
/// # Errors
/// What it is instead.
pub fn public(address: IpAddr) -> Result<(), NotPublic> {
    match address.to_canonical() {
        IpAddr::V4(address) => public_v4(address),
        IpAddr::V6(address) => public_v6(address),
    }
}

fn public_v4(address: Ipv4Addr) -> Result<(), NotPublic> {
    let mut special = V4.into_iter();
    let found = special.find(|(network, length, _)| {
        let shift = 32 - length;
        address.to_bits() >> shift == network.to_bits() >> shift
    });
    found.map_or(Ok(()), |(_, _, why)| Err(why))
}

fn public_v6(address: Ipv6Addr) -> Result<(), NotPublic> {
    if is_within(address, NAT64) {
        let [.., a, b, c, d] = address.octets();
        return public_v4(Ipv4Addr::new(a, b, c, d));
    }
    let mut special = V6.into_iter();
    let found = special.find(|&(network, length, _)| is_within(address, (network, length)));
    match found {
        Some((_, _, why)) => Err(why),
        None if is_within(address, GIVEN_OUT) => Ok(()),
        None => Err(NotPublic::Reserved),
    }
}

fn is_within(address: Ipv6Addr, (network, length): (Ipv6Addr, u32)) -> bool {
    let shift = 128 - length;
    address.to_bits() >> shift == network.to_bits() >> shift
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(address: &str) -> Result<Result<(), NotPublic>, std::net::AddrParseError> {
        Ok(public(address.parse()?))
    }

    #[test]
    fn what_is_not_on_the_internet_is_told_apart() -> Result<(), std::net::AddrParseError> {
        use NotPublic::{
            Documentation, LinkLocal, Loopback, Multicast, Private, Reserved, Shared, Tunnel,
        };
        for (address, why) in [
            ("0.0.0.0", Reserved),
            ("0.1.2.3", Reserved),
            ("10.0.0.1", Private),
            ("100.64.0.1", Shared),
            ("100.127.255.255", Shared),
            ("127.0.0.1", Loopback),
            ("127.255.255.254", Loopback),
            ("169.254.169.254", LinkLocal),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("192.0.0.8", Reserved),
            ("192.0.2.1", Documentation),
            ("192.88.99.1", Tunnel),
            ("192.168.1.1", Private),
            ("198.19.0.1", Private),
            ("198.51.100.1", Documentation),
            ("203.0.113.9", Documentation),
            ("224.0.0.1", Multicast),
            ("239.255.255.250", Multicast),
            ("240.0.0.1", Reserved),
            ("255.255.255.255", Multicast),
            ("::", Reserved),
            ("::1", Loopback),
            // IPv4 in what looks like IPv6: mapped, by NAT64, compatible, 6to4, Teredo.
            ("::ffff:127.0.0.1", Loopback),
            ("::ffff:10.1.2.3", Private),
            ("64:ff9b::7f00:1", Loopback),
            ("64:ff9b::a9fe:a9fe", LinkLocal),
            ("64:ff9b:1::808:808", Private),
            ("::7f00:1", Reserved),
            ("2002:7f00:1::1", Tunnel),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Reserved),
            ("100::1", Reserved),
            ("2001:db8::1", Documentation),
            ("3fff:fff::1", Documentation),
            ("5f00::1", Reserved),
            ("fc00::1", Private),
            ("fdff::1", Private),
            ("fe80::1", LinkLocal),
            ("fec0::1", Private),
            ("ff02::1", Multicast),
        ] {
            assert_eq!(told(address)?, Err(why), "{address}");
        }
        Ok(())
    }

    #[test]
    fn what_is_on_the_internet_can_be_reached() -> Result<(), std::net::AddrParseError> {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.0.1",
            "172.15.255.255",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.0.1",
            "198.17.255.255",
            "198.20.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2001:200::1",
            "2606:4700:4700::1111",
            "2a00:1450:4001:831::200e",
        ] {
            assert_eq!(told(address)?, Ok(()), "{address}");
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn an_address_means_the_same_however_it_is_written(bits in any::<u32>()) {
            let plain = Ipv4Addr::from_bits(bits);
            let mapped = plain.to_ipv6_mapped();
            let [a, b, c, d] = plain.octets();
            let join = |high, low| u16::from_be_bytes([high, low]);
            let nat64 = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, join(a, b), join(c, d));
            prop_assert_eq!(public(mapped.into()), public(plain.into()));
            prop_assert_eq!(public(nat64.into()), public(plain.into()));
        }
    }
}
