//! Rounds: all subjects by turns, so that whatever else the machine does hits all of them.
//! A round that came to nothing is `None`, so that those of different subjects stay side by side.

/// Median and range of one figure over the rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// `None` without any value.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (low, high) = (*values.first()?, *values.last()?);
        let upper = *values.get(values.len() / 2)?;
        let lower = *values.get((values.len() - 1) / 2)?;
        Some(Self {
            median: f64::midpoint(lower, upper),
            low,
            high,
        })
    }
}

/// The figure of `ours` over that of `peer`, round by round: both are taken within seconds.
pub(crate) fn ratio<T>(
    ours: &[Option<T>],
    peer: &[Option<T>],
    figure: impl Fn(&T) -> f64,
) -> Option<Spread> {
    Spread::of(ours.iter().zip(peer).filter_map(|(ours, peer)| {
        let (ours, peer) = (ours.as_ref()?, peer.as_ref()?);
        Some(figure(ours) / figure(peer))
    }))
}

/// Median and range over the rounds of one subject.
pub(crate) fn spread<T>(rounds: &[Option<T>], figure: impl Fn(&T) -> f64) -> Option<Spread> {
    Spread::of(rounds.iter().flatten().map(figure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        let spread = Spread::of([4.0, 1.0, 2.0, 10.0]);
        assert_eq!(
            spread,
            Some(Spread {
                median: 3.0,
                low: 1.0,
                high: 10.0
            })
        );
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn a_ratio_compares_within_a_round() {
        let (ours, peer) = ([10.0, 30.0, 20.0].map(Some), [5.0, 10.0, 10.0].map(Some));
        let spread = ratio(&ours, &peer, |figure| *figure);
        assert_eq!(spread.map(|spread| spread.median), Some(2.0));
    }

    #[test]
    fn a_round_that_came_to_nothing_moves_no_other() {
        let (ours, peer) = ([Some(10.0), Some(30.0)], [None, Some(10.0)]);
        let both = ratio(&ours, &peer, |figure| *figure);
        assert_eq!(both, Spread::of([3.0]));
        assert_eq!(spread(&peer, |figure| *figure), Spread::of([10.0]));
    }
}
