//! On which chain something is withdrawn.

use crate::exchange::Asset;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A chain to withdraw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Bitcoin's main network.
    Bitcoin,
    /// Ethereum, and every token on it.
    Ethereum,
    /// Solana's main network, and every token on it.
    Solana,
}

/// A text that names no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a network is bitcoin, ethereum or solana")]
pub struct InvalidNetwork;

impl Network {
    /// Every network.
    pub const ALL: [Self; 3] = [Self::Bitcoin, Self::Ethereum, Self::Solana];

    /// The name as stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bitcoin => "bitcoin",
            Self::Ethereum => "ethereum",
            Self::Solana => "solana",
        }
    }

    /// The name as people read it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Bitcoin => "Bitcoin",
            Self::Ethereum => "Ethereum",
            Self::Solana => "Solana",
        }
    }

    /// The one network an asset is withdrawn on, `None` for US dollars, which have none.
    ///
    /// 1. Bitcoin goes out on Bitcoin.
    /// 2. SOL and the tokens at home on Solana (BONK, RENDER) go out on Solana.
    /// 3. Everything else goes out on Ethereum: ETH itself, the tokens at home there, and as a wrapped
    ///    token whatever has a chain of its own that is none of the three.
    ///
    /// So an asset never has a choice of networks, which is how money gets lost: by being sent on one
    /// and looked for on another.
    #[must_use]
    pub fn of(asset: Asset) -> Option<Self> {
        match asset.as_str() {
            "USD" => None,
            "BTC" => Some(Self::Bitcoin),
            "SOL" | "BONK" | "RENDER" => Some(Self::Solana),
            _ => Some(Self::Ethereum),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let found = Self::ALL
            .into_iter()
            .find(|network| network.as_str() == text);
        found.ok_or(InvalidNetwork)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_has_one_network_and_dollars_have_none() -> Result<(), Box<dyn std::error::Error>> {
        for (asset, network) in [
            ("BTC", Network::Bitcoin),
            ("SOL", Network::Solana),
            ("BONK", Network::Solana),
            ("ETH", Network::Ethereum),
            ("USDC", Network::Ethereum),
            // Wrapped: it is neither Bitcoin nor goes to an address of Bitcoin's.
            ("BCH", Network::Ethereum),
            ("DOGE", Network::Ethereum),
        ] {
            assert_eq!(Network::of(asset.parse()?), Some(network), "{asset}");
        }
        assert_eq!(Network::of(Asset::USD), None);
        Ok(())
    }

    #[test]
    fn a_network_reads_as_it_is_written() -> Result<(), Box<dyn std::error::Error>> {
        for network in Network::ALL {
            assert_eq!(network.to_string().parse(), Ok(network));
            let json = serde_json::to_string(&network)?;
            assert_eq!(json, format!("\"{network}\""));
        }
        assert_eq!("Bitcoin".parse::<Network>(), Err(InvalidNetwork));
        Ok(())
    }
}
