//! A number for what happened, to tell whether two versions of the exchange do the same.

use crate::exchange::event::Entry;

/// FNV-1a of 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>) of an entry as it is kept; those of
/// several are added up. Telling versions apart by accident is all it is for.
#[must_use]
pub fn digest(entry: &Entry) -> u64 {
    // Every entry can be written: it is what the journal keeps.
    fnv(&serde_json::to_vec(entry).unwrap_or_default())
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_specification() {
        assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
