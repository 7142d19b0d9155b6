//! A Brownian-like path that is a pure function of time: any instant, past or future, can be asked
//! for directly and in any order, so live ticks and history are the same curve by construction.

/// Length of the finest octave.
const FINEST_MS: i64 = 1_000;
/// The coarsest octave is `FINEST_MS · 2^24` long, about 194 days.
const OCTAVES: usize = 25;
const YEAR_MS: f64 = 365.0 * 86_400_000.0;

/// A sum of linearly interpolated random lattices, one per octave. The amplitude of an octave
/// grows with the square root of its length, which gives increments over any time τ between the
/// octaves a standard deviation of about √τ (τ in years), like a random walk. Unlike a random walk
/// the path is bounded ([`Noise::BOUND`]), so a simulated price never drifts away.
#[derive(Debug)]
pub(super) struct Noise {
    octaves: [Octave; OCTAVES],
}

#[derive(Debug, Clone, Copy)]
struct Octave {
    seed: u64,
    period_ms: i64,
    /// Shifts the lattice, so that not all octaves have a node at the same instant.
    offset_ms: i64,
    amplitude: f64,
}

impl Noise {
    /// Largest absolute value: the geometric sum of all amplitudes.
    #[cfg(test)]
    pub(super) const BOUND: f64 = 1.8;

    pub(super) fn new(seed: u64) -> Self {
        let octaves = std::array::from_fn(|index| {
            let seed = mix(seed ^ mix(index as u64 + 1));
            let period_ms = FINEST_MS << index;
            Octave {
                seed,
                period_ms,
                offset_ms: (mix(seed) % period_ms.unsigned_abs()).cast_signed(),
                // Nodes are uniform in ±1 (variance of a difference 2/3); summed over all octaves
                // that makes 3·(2/3)·amplitude² = 2·amplitude², hence the 2.
                amplitude: (period_ms as f64 / YEAR_MS / 2.0).sqrt(),
            }
        });
        Self { octaves }
    }

    /// The path at `ms` milliseconds since the epoch.
    pub(super) fn at(&self, ms: i64) -> f64 {
        self.octaves.iter().map(|octave| octave.at(ms)).sum()
    }
}

impl Octave {
    fn at(&self, ms: i64) -> f64 {
        let shifted = ms.saturating_add(self.offset_ms);
        let cell = shifted.div_euclid(self.period_ms);
        let share = shifted.rem_euclid(self.period_ms) as f64 / self.period_ms as f64;
        let (left, right) = (self.node(cell), self.node(cell + 1));
        self.amplitude * (left + (right - left) * share)
    }

    /// Uniform in [-1, 1).
    fn node(&self, cell: i64) -> f64 {
        unit(mix(self.seed ^ mix(cell.cast_unsigned()))) * 2.0 - 1.0
    }
}

/// The finaliser of SplitMix64: every input bit changes about half of the output bits.
pub(super) const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The 53 upper bits as a number in [0, 1).
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_its_bound_and_is_continuous() {
        let noise = Noise::new(7);
        let mut last = noise.at(0);
        for step in 1..20_000_i64 {
            let value = noise.at(step * 600_000);
            assert!(value.abs() <= Noise::BOUND, "{value}");
            let next = noise.at(step * 600_000 + 1);
            assert!((next - value).abs() < 1e-5, "jump of {}", next - value);
            last = value;
        }
        assert!(last.is_finite());
    }

    #[test]
    fn increments_grow_like_the_root_of_time() {
        let spread = |step_ms: i64| {
            let paths = (0..40).map(Noise::new).collect::<Vec<_>>();
            let squares = paths.iter().flat_map(|path| {
                (0..200_i64)
                    .map(move |i| (path.at((i + 1) * step_ms) - path.at(i * step_ms)).powi(2))
            });
            (squares.sum::<f64>() / 8_000.0).sqrt()
        };
        for step_ms in [60_000, 3_600_000, 86_400_000] {
            let expected = (step_ms as f64 / YEAR_MS).sqrt();
            let ratio = spread(step_ms) / expected;
            assert!((0.7..1.3).contains(&ratio), "{step_ms} ms: {ratio}");
        }
    }
}
