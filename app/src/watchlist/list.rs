//! Starred coins, as a cookie keeps them.

use domain::CoinId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Between two ids in the cookie: allowed there (RFC 6265, 4.1.1) and in no id.
const SEPARATOR: char = '~';
/// Longest value kept, in bytes: browsers refuse cookies over 4096.
const MAX_BYTES: usize = 3_500;

/// The coins a visitor starred. It needs no account: the browser keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watchlist(BTreeSet<CoinId>);

impl Watchlist {
    /// The cookie's name. No secret: the page's script writes it as well.
    pub const COOKIE: &str = "watch";
    /// How long it is kept, in seconds: a year.
    pub const KEPT_SECONDS: u32 = 31_536_000;

    /// Reads a cookie's value. It comes from outside: what is no coin id is left out.
    #[must_use]
    pub fn parse(value: &str) -> Self {
        let ids = value.split(SEPARATOR).take(MAX_BYTES);
        Self(ids.filter_map(|id| CoinId::new(id).ok()).collect())
    }

    /// Whether a coin is starred.
    #[must_use]
    pub fn contains(&self, coin: &CoinId) -> bool {
        self.0.contains(coin)
    }

    /// Stars a coin or takes its star away. A list that no cookie could hold stays as it is.
    pub fn set(&mut self, coin: &CoinId, starred: bool) {
        if !starred {
            self.0.remove(coin);
        } else if self.value().len() + coin.as_str().len() < MAX_BYTES {
            self.0.insert(coin.clone());
        }
    }

    /// The cookie as a `Set-Cookie` header and `document.cookie` take it.
    #[must_use]
    pub fn cookie(&self) -> String {
        format!(
            "{}={}; Path=/; Max-Age={}; SameSite=Lax",
            Self::COOKIE,
            self.value(),
            Self::KEPT_SECONDS
        )
    }

    fn value(&self) -> String {
        let ids: Vec<&str> = self.0.iter().map(CoinId::as_str).collect();
        ids.join(&SEPARATOR.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_reads_back_as_it_was_written() -> Result<(), domain::coin::InvalidCoinId> {
        let mut list = Watchlist::default();
        for id in ["solana", "bitcoin", "usd-coin"] {
            list.set(&CoinId::new(id)?, true);
        }
        list.set(&CoinId::new("solana")?, false);
        assert!(list.cookie().starts_with("watch=bitcoin~usd-coin; Path=/"));
        assert_eq!(Watchlist::parse("bitcoin~usd-coin"), list);
        Ok(())
    }

    #[test]
    fn what_is_no_id_is_left_out() -> Result<(), domain::coin::InvalidCoinId> {
        let list = Watchlist::parse("~bitcoin~<script>~BTC~~");
        let mut expected = Watchlist::default();
        expected.set(&CoinId::new("bitcoin")?, true);
        assert_eq!(list, expected);
        Ok(())
    }

    #[test]
    fn it_never_outgrows_a_cookie() -> Result<(), domain::coin::InvalidCoinId> {
        let mut list = Watchlist::default();
        for number in 0..2_000 {
            list.set(
                &CoinId::new(&format!("coin-with-a-long-name-{number}"))?,
                true,
            );
        }
        assert!(list.cookie().len() < 4_000, "{}", list.cookie().len());
        Ok(())
    }
}
