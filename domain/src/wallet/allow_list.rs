//! The allow-list as its owner sees and changes it.

use super::{label::Label, network::Network};
use crate::id::AddressId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Most addresses of one allow-list.
pub const MAX_ADDRESSES: u32 = 100;

/// An address money may be withdrawn to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AllowedAddress {
    /// Its id, which withdrawals name.
    pub id: AddressId,
    /// Where it counts.
    pub network: Network,
    /// The address: with its checksum on Ethereum, in small letters where Bitcoin leaves it open.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
    )]
    pub address: String,
    /// What its owner calls it.
    #[cfg_attr(feature = "openapi", schema(example = "Cold storage"))]
    pub label: String,
    /// Whether its owner wants money to go there.
    pub enabled: bool,
    /// When its wait is over: 24 hours after it was added or enabled again.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub usable_from: OffsetDateTime,
    /// When it was added.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: OffsetDateTime,
}

/// An address to be added to the allow-list. Needs a fresh proof of who is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAddress {
    /// Where it counts.
    pub network: Network,
    /// The address: base58check, bech32 or bech32m on Bitcoin, 20 bytes in hexadecimal on Ethereum
    /// (where letters of both cases must be the checksum of EIP-55), base58 of 32 bytes on Solana.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
    )]
    pub address: String,
    /// What its owner calls it.
    pub label: Label,
}

/// A change of an address of the allow-list. What is missing stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeAddress {
    /// What its owner calls it.
    #[serde(default)]
    pub label: Option<Label>,
    /// Whether its owner wants money to go there. Enabling it again needs a fresh proof of who is there,
    /// and it waits 24 hours anew.
    #[serde(default)]
    pub enabled: Option<bool>,
}
