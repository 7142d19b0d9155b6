//! Waiting between attempts.

use rand::Rng;
use std::time::Duration;

/// Doubling waits with jitter, so that many clients of one venue do not come back in step.
#[derive(Debug, Clone)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    next: Duration,
}

impl Backoff {
    /// Waits that start around `initial` and double up to `max`.
    #[must_use]
    pub fn new(initial: Duration, max: Duration) -> Self {
        let next = initial.min(max);
        Self { initial, max, next }
    }

    /// How long to wait this time: within 20 % of the nominal wait and never above `max`.
    pub fn wait(&mut self) -> Duration {
        let nominal = self.next;
        self.next = nominal.saturating_mul(2).min(self.max);
        let jitter = rand::rng().random_range(0.8..=1.2);
        nominal.mul_f64(jitter).min(self.max)
    }

    /// Starts over.
    pub fn reset(&mut self) {
        self.next = self.initial.min(self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;
    use std::time::Duration;

    #[test]
    fn waits_double_from_one_second_to_sixty_with_jitter() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
        for nominal in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] {
            let wait = backoff.wait().as_secs_f64();
            assert!(
                (0.8 * nominal..=1.2 * nominal).contains(&wait),
                "{nominal}: {wait}"
            );
            assert!(wait <= 60.0);
        }
        let at_most: Vec<f64> = (0..100).map(|_| backoff.wait().as_secs_f64()).collect();
        assert!(at_most.iter().all(|wait| *wait <= 60.0));
        assert!(at_most.iter().any(|wait| *wait < 57.0), "still with jitter");
        backoff.reset();
        assert!(backoff.wait() <= Duration::from_millis(1200));
    }

    #[test]
    fn two_clients_do_not_wait_equally_long() {
        let waits = || {
            let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
            std::array::from_fn::<_, 5, _>(|_| backoff.wait())
        };
        assert_ne!(waits(), waits());
    }
}
