//! Ids, numbers, hashes and times as they are stored.
//!
//! A BSON time has milliseconds only. So a time is stored as a number of microseconds since 1970,
//! and once more as a BSON time where an index on it lets documents expire.

use crate::store::StoreError;
use domain::UserId;
use mongodb::bson::{Binary, DateTime, Uuid, spec::BinarySubtype};
use time::OffsetDateTime;

/// An id as it is stored.
pub(super) fn key(id: UserId) -> Uuid {
    stored(id.uuid())
}

/// Several of them.
pub(super) fn keys(ids: &[UserId]) -> Vec<Uuid> {
    ids.iter().copied().map(key).collect()
}

pub(super) fn stored(id: uuid::Uuid) -> Uuid {
    Uuid::from_bytes(id.into_bytes())
}

pub(super) fn uuid(id: Uuid) -> uuid::Uuid {
    uuid::Uuid::from_bytes(id.bytes())
}

pub(super) fn binary(bytes: &[u8]) -> Binary {
    Binary {
        subtype: BinarySubtype::Generic,
        bytes: bytes.to_vec(),
    }
}

/// A hash of 32 bytes.
pub(super) fn hash(binary: &Binary) -> Result<[u8; 32], StoreError> {
    let bytes = binary.bytes.as_slice().try_into();
    bytes.map_err(|_| StoreError::Corrupt("a hash of another length".to_owned()))
}

/// BSON knows signed numbers only.
pub(super) fn signed(number: u64) -> Result<i64, StoreError> {
    let too_large = |_| StoreError::Corrupt("a number above 2^63".to_owned());
    i64::try_from(number).map_err(too_large)
}

pub(super) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt("a negative number".to_owned()))
}

/// Microseconds since 1970; the rest is cut off.
pub(super) fn micros(at: OffsetDateTime) -> i64 {
    let micros = at.unix_timestamp_nanos().div_euclid(1000);
    // Years of four digits are far within.
    i64::try_from(micros).unwrap_or(i64::MAX)
}

/// The time of [`micros`].
pub(super) fn time(micros: i64) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
        .map_err(|_| StoreError::Corrupt("a time that no calendar has".to_owned()))
}

/// When a document may vanish that ends at `at`: never before.
pub(super) fn expiry(at: OffsetDateTime) -> DateTime {
    let micros = micros(at);
    let partial = micros.rem_euclid(1000) > 0;
    DateTime::from_millis(micros.div_euclid(1000) + i64::from(partial))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_time_is_kept_to_the_microsecond(at in -62_000_000_000_000_000_i64..253_000_000_000_000_000) {
            let read = time(at)?;
            prop_assert_eq!(micros(read), at);
            prop_assert!(expiry(read).timestamp_millis() * 1000 >= at);
            prop_assert!(expiry(read).timestamp_millis() * 1000 < at + 1000);
        }
    }

    #[test]
    fn what_is_finer_is_cut_off() -> Result<(), Box<dyn std::error::Error>> {
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_999)?;
        assert_eq!(micros(at), 1);
        assert!(time(i64::MAX).is_err());
        Ok(())
    }
}
