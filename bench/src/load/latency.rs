//! How long answers took.

use std::time::Duration;

/// Every measured time, in nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    nanos: Vec<u64>,
}

impl Latencies {
    pub(crate) fn add(&mut self, time: Duration) {
        self.nanos
            .push(time.as_nanos().try_into().unwrap_or(u64::MAX));
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.nanos.append(&mut other.nanos);
    }

    pub(crate) fn count(&self) -> usize {
        self.nanos.len()
    }

    /// The times below which the given shares (0 to 1) of all lie, by nearest rank; zero without
    /// any time.
    pub(crate) fn quantiles<const N: usize>(mut self, shares: [f64; N]) -> [Duration; N] {
        self.nanos.sort_unstable();
        shares.map(|share| {
            let rank = (share * self.nanos.len() as f64).ceil() as usize;
            let found = self.nanos.get(rank.saturating_sub(1));
            Duration::from_nanos(found.copied().unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_taken_by_nearest_rank() {
        let mut times = Latencies::default();
        for micros in (1..=200).rev() {
            times.add(Duration::from_micros(micros));
        }
        let [half, most, all] = times.quantiles([0.5, 0.99, 1.0]);
        assert_eq!(
            (half, most, all),
            (
                Duration::from_micros(100),
                Duration::from_micros(198),
                Duration::from_micros(200)
            )
        );
    }

    #[test]
    fn without_times_there_is_zero() {
        assert_eq!(Latencies::default().quantiles([0.99]), [Duration::ZERO]);
    }
}
