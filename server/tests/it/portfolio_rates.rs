//! Money-weighted returns beside those of another library, pyxirr.

use crate::auth_support::{Outcome, peer};
use crate::support::TestResult;
use domain::portfolio::{
    Money, Number,
    performance::{Payment, money_weighted},
};
use rand::{Rng, SeedableRng, rngs::StdRng};

const CASES: u64 = 400;

/// Payments of at most eight years, in cents: so many are put in, then so many taken out, at least one of
/// each. With one change of sign there is one rate.
fn put_in_then_taken_out(random: &mut StdRng) -> Vec<Payment> {
    let count = random.random_range(2..=40);
    let puts = random.random_range(1..count);
    let mut days: Vec<i64> = (0..count).map(|_| random.random_range(0..2_920)).collect();
    days.sort_unstable();
    let amounts = (0..count).map(|index| {
        let cents = random.random_range(1..=10_000_000_i128) * 100_000_000;
        Money::new(if index < puts { -cents } else { cents })
    });
    let amounts: Vec<Money> = amounts.collect();
    let pairs = days.into_iter().zip(amounts);
    pairs.map(|(day, amount)| Payment { day, amount }).collect()
}

fn written(payments: &[Payment]) -> String {
    let pairs = payments.iter();
    let pairs = pairs.map(|one| format!("[{},{}]", one.day, one.amount));
    format!("[{}]", pairs.collect::<Vec<_>>().join(","))
}

fn double(rate: Number) -> Outcome<f64> {
    Ok(rate.to_string().parse()?)
}

#[tokio::test]
async fn a_money_weighted_return_is_what_another_library_says() -> TestResult {
    let mut compared = 0;
    for seed in 0..CASES {
        let payments = put_in_then_taken_out(&mut StdRng::seed_from_u64(seed));
        let text = written(&payments);
        let other = peer::ask(&["xirr", &text]).await?;
        let Some(ours) = money_weighted(&payments) else {
            // All on one day, or beyond what either can tell.
            let is_far = |rate: f64| !(-0.999_998..=1e10).contains(&rate);
            let beyond = other == "None" || is_far(other.parse()?) || is_one_day(&payments);
            assert!(beyond, "seed {seed}: {other} and none for {text}");
            continue;
        };
        let ours = double(ours)?;
        if other == "None" {
            // It may give up where we do not: then something is left on one side of ours and on the
            // other something is missing.
            let mut signs = Vec::new();
            for rate in [ours * (1.0 - 1e-6), ours * (1.0 + 1e-6)] {
                let worth = peer::ask(&["xnpv", &rate.to_string(), &text]).await?;
                signs.push(worth.parse::<f64>()?.is_sign_negative());
            }
            assert_ne!(
                signs.first(),
                signs.last(),
                "seed {seed}: {ours} for {text}"
            );
            continue;
        }
        let other: f64 = other.parse()?;
        // Ours has ten places, theirs ends its search at about a billionth.
        let near = (ours - other).abs() <= 1e-8 * (1.0 + other.abs());
        assert!(near, "seed {seed}: {ours} and {other} for {text}");
        compared += 1;
    }
    assert!(compared > CASES * 9 / 10, "only {compared} were compared");
    Ok(())
}

fn is_one_day(payments: &[Payment]) -> bool {
    let first = payments.first().map(|one| one.day);
    payments.iter().all(|one| Some(one.day) == first)
}
