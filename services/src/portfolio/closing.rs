//! Closing prices in memory: they change once a day, and a portfolio asks for all of them with each answer.

use domain::{CoinId, portfolio::history::Closes};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// For how long they are taken for what the market says: days of which nobody knew anything may have come, and
/// the day that is going on has a price as well.
const FRESH: Duration = Duration::from_secs(30);

/// A coin, and whether its price is made up: then its history is, and else it is not.
pub(super) type Of = (CoinId, bool);

/// What was asked for last, coin by coin; no more than twice as many as there are coins.
#[derive(Debug, Default)]
pub(super) struct Closing(Mutex<HashMap<Of, (Instant, Arc<Closes>)>>);

impl Closing {
    /// A coin's closing prices, if they were asked for just now.
    pub(super) fn get(&self, coin: &Of, now: Instant) -> Option<Arc<Closes>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, closes) = kept.get(coin)?;
        (now.duration_since(*since) < FRESH).then(|| Arc::clone(closes))
    }

    /// Keeps them; nothing is kept of a coin whose prices nobody knows, who may know them the next moment.
    pub(super) fn put(&self, coin: Of, closes: &Arc<Closes>, now: Instant) {
        if closes.is_empty() {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(coin, (now, Arc::clone(closes)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::portfolio::Number;

    #[test]
    fn prices_are_asked_for_anew_when_they_may_have_changed()
    -> Result<(), Box<dyn std::error::Error>> {
        let bitcoin = CoinId::new("bitcoin")?;
        let (closing, now, coin) = (Closing::default(), Instant::now(), (bitcoin.clone(), false));
        let closes: Arc<Closes> = Arc::new([(1, Number::ONE)].into());
        closing.put(coin.clone(), &closes, now);
        assert_eq!(closing.get(&coin, now), Some(closes));
        assert_eq!(closing.get(&(bitcoin, true), now), None, "made up");
        assert_eq!(closing.get(&coin, now + FRESH), None);
        closing.put(coin.clone(), &Arc::default(), now + FRESH);
        assert_eq!(
            closing.get(&coin, now + FRESH),
            None,
            "they may come at any time"
        );
        Ok(())
    }
}
