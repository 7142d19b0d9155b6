//! What is traded, and how finely.

use crate::market::catalogue::Catalogue;
use domain::{
    CoinId,
    exchange::{Asset, Pair, Settings, rules::Rules},
    trading::PairInfo,
};
use std::collections::{BTreeMap, HashMap};

/// The pairs: every coin of the catalogue against US dollars.
#[derive(Debug)]
pub(super) struct Pairs {
    /// In the catalogue's order.
    pub(super) list: Vec<PairInfo>,
    pub(super) settings: Settings,
    by_coin: HashMap<CoinId, Pair>,
}

impl Pairs {
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        let (mut list, mut rules, mut by_coin) = (Vec::new(), BTreeMap::new(), HashMap::new());
        for coin in catalogue.coins() {
            // The catalogue is checked when it is read: its tickers are such assets.
            let asset = coin.symbol.parse::<Asset>();
            let Some(pair) = asset.ok().and_then(|asset| Pair::of(asset).ok()) else {
                continue;
            };
            let of_pair = Rules::new(coin.price_scale);
            list.push(PairInfo::new(pair, coin.id.clone(), of_pair));
            rules.insert(pair, of_pair);
            by_coin.insert(coin.id.clone(), pair);
        }
        Self {
            list,
            settings: Settings::new(rules),
            by_coin,
        }
    }

    /// What a pair's prices and quantities are divided into; `None` for a pair that is not traded.
    pub(super) fn rules(&self, pair: Pair) -> Option<Rules> {
        self.settings.pairs.get(&pair).copied()
    }

    /// A coin's pair.
    pub(super) fn of_coin(&self, coin: &CoinId) -> Option<Pair> {
        self.by_coin.get(coin).copied()
    }

    /// An asset's coin.
    pub(super) fn coin(&self, asset: Asset) -> Option<&CoinId> {
        let found = self.list.iter().find(|info| info.base == asset);
        found.map(|info| &info.coin_id)
    }
}
