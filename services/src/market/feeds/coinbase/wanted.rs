//! Which products to subscribe to.

use std::{collections::BTreeSet, time::Duration};
use tokio::time::Instant;

/// One product that Coinbase does not know makes it refuse a subscription as a whole. It is left
/// out then, for later connections too, but not for ever: the error may have been Coinbase's own.
#[derive(Debug)]
pub(super) struct Wanted {
    all: BTreeSet<String>,
    refused: BTreeSet<String>,
    /// How long after a refusal the whole list is asked for again.
    forgiven_after: Duration,
    refused_at: Option<Instant>,
}

impl Wanted {
    pub(super) fn new(all: BTreeSet<String>, forgiven_after: Duration) -> Self {
        Self {
            all,
            refused: BTreeSet::new(),
            forgiven_after,
            refused_at: None,
        }
    }

    /// The products to subscribe to at `now`.
    pub(super) fn products(&mut self, now: Instant) -> BTreeSet<String> {
        if self.complete_at().is_some_and(|at| now >= at) {
            self.refused.clear();
            self.refused_at = None;
        }
        self.all.difference(&self.refused).cloned().collect()
    }

    /// When the whole list is to be asked for again; `None` while nothing is left out.
    pub(super) fn complete_at(&self) -> Option<Instant> {
        Some(self.refused_at? + self.forgiven_after)
    }

    /// Leaves out the products that a refusal names, and returns how many these are: none when
    /// nothing would be left, because that is no product's fault.
    pub(super) fn refuse(&mut self, reason: &str, now: Instant) -> usize {
        let left: BTreeSet<_> = self.all.difference(&self.refused).collect();
        let named: BTreeSet<_> = left
            .iter()
            .filter(|product| names(reason, product))
            .map(|product| (**product).clone())
            .collect();
        if named.is_empty() || named.len() == left.len() {
            return 0;
        }
        let count = named.len();
        self.refused.extend(named);
        self.refused_at = Some(now);
        count
    }
}

/// Whether `reason` (`XYZ-USD is not a valid product`) names this product as a whole word.
fn names(reason: &str, product: &str) -> bool {
    let separates = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    reason.split(separates).any(|word| word == product)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn set(products: &[&str]) -> BTreeSet<String> {
        products.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_refusal_names_whole_products_only() {
        assert!(names("XYZ-USD is not a valid product", "XYZ-USD"));
        assert!(names("invalid: ABC-USD,XYZ-USD.", "XYZ-USD"));
        assert!(!names("WXYZ-USD is not a valid product", "XYZ-USD"));
        assert!(!names("XYZ-USDC is not a valid product", "XYZ-USD"));
    }

    #[test]
    fn a_refused_product_is_left_out_and_asked_for_again_later() {
        let now = Instant::now();
        let mut wanted = Wanted::new(set(&["A-USD", "B-USD", "C-USD"]), HOUR);
        assert_eq!(wanted.complete_at(), None);
        assert_eq!(wanted.refuse("A-USD is not a valid product", now), 1);
        assert_eq!(wanted.products(now), set(&["B-USD", "C-USD"]));
        assert_eq!(wanted.complete_at(), Some(now + HOUR));
        let later = now + HOUR / 2;
        assert_eq!(wanted.refuse("B-USD is not a valid product", later), 1);
        assert_eq!(wanted.products(now + HOUR), set(&["C-USD"]));
        let whole = set(&["A-USD", "B-USD", "C-USD"]);
        assert_eq!(wanted.products(later + HOUR), whole);
        assert_eq!(wanted.complete_at(), None);
    }

    #[test]
    fn a_refusal_of_everything_or_of_nothing_known_changes_nothing() {
        let now = Instant::now();
        let mut wanted = Wanted::new(set(&["A-USD", "B-USD"]), HOUR);
        for reason in ["A-USD, B-USD: try later", "slow down", "", "C-USD"] {
            assert_eq!(wanted.refuse(reason, now), 0, "{reason}");
            assert_eq!(wanted.products(now), set(&["A-USD", "B-USD"]), "{reason}");
        }
        assert_eq!(wanted.refuse("A-USD", now), 1);
        assert_eq!(wanted.refuse("B-USD", now), 0, "the last one stays");
        assert_eq!(wanted.refuse("A-USD", now), 0, "it is left out already");
        assert_eq!(wanted.products(now), set(&["B-USD"]));
    }
}
