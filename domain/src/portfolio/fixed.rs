//! Numbers with a fixed count of decimal places: sums are exact, and what must be rounded is rounded
//! in one place.
//!
//! | left | | right | gives |
//! |---|---|---|---|
//! | [`Fixed`] | + − | [`Fixed`] | the same kind, exactly, or [`TooLarge`] |
//! | [`Quantity`] | × | [`Number`] (a price) | [`Money`], rounded once: [`Quantity::times`] |
//! | [`Money`] | × part ÷ whole | | [`Money`], rounded once: [`Fixed::share`] |

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// A number in whole units of 10⁻ᴾᴸᴬᶜᴱˢ; below 10³⁸ units either way.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed<const PLACES: u32>(i128);

/// US dollars at ten decimal places, as the exchange counts them.
pub type Money = Fixed<10>;

/// How much of an asset, at 18 decimal places: what a wei is of an ether.
pub type Quantity = Fixed<18>;

/// A price, a factor or any other figure at 18 decimal places.
pub type Number = Fixed<18>;

/// A result that does not fit into the digits there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the number is too large")]
pub struct TooLarge;

/// Why a text is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotFixed {
    /// Letters, nothing at all, two points and the like.
    #[error("must be a decimal number such as 0.25")]
    NotANumber,
    /// More decimal places than are kept.
    #[error("has more than {places} decimal places")]
    TooFine {
        /// How many are kept.
        places: u32,
    },
    /// More digits than are kept.
    #[error("is too large")]
    TooLarge,
}

impl<const PLACES: u32> Fixed<PLACES> {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// One.
    pub const ONE: Self = Self(10_i128.pow(PLACES));

    /// So many units of 10⁻ᴾᴸᴬᶜᴱˢ.
    #[must_use]
    pub const fn new(units: i128) -> Self {
        Self(units)
    }

    /// The units.
    #[must_use]
    pub const fn units(self) -> i128 {
        self.0
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, TooLarge> {
        self.0.checked_add(other.0).map(Self).ok_or(TooLarge)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn minus(self, other: Self) -> Result<Self, TooLarge> {
        self.0.checked_sub(other.0).map(Self).ok_or(TooLarge)
    }

    /// The sum of all.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn sum(all: impl IntoIterator<Item = Self>) -> Result<Self, TooLarge> {
        all.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// The same with the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// `self × part ÷ whole`, rounded to the nearest unit, halves away from zero.
    ///
    /// # Errors
    /// [`TooLarge`], also when `whole` is nothing.
    pub fn share<const P: u32>(self, part: Fixed<P>, whole: Fixed<P>) -> Result<Self, TooLarge> {
        mul_div(self.0, part.0, whole.0).map(Self).ok_or(TooLarge)
    }

    /// With another count of decimal places: exactly when there are no fewer, else rounded to the
    /// nearest, halves away from zero.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn with_places<const P: u32>(self) -> Result<Fixed<P>, TooLarge> {
        let (up, down) = (P.saturating_sub(PLACES), PLACES.saturating_sub(P));
        let units = mul_div(self.0, 10_i128.pow(up), 10_i128.pow(down));
        units.map(Fixed).ok_or(TooLarge)
    }

    /// Takes a decimal number, rounded to the places there are, halves away from zero.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn nearest(value: Decimal) -> Result<Self, TooLarge> {
        let missing = i64::from(PLACES) - i64::from(value.scale());
        let power = |count: i64| {
            u32::try_from(count)
                .ok()
                .and_then(|n| 10_i128.checked_pow(n))
        };
        let units = match (power(missing), power(-missing)) {
            (Some(up), _) => value.mantissa().checked_mul(up),
            (None, Some(down)) => mul_div(value.mantissa(), 1, down),
            (None, None) => None,
        };
        units.map(Self).ok_or(TooLarge)
    }

    /// The number as a decimal, for showing: what has more digits than a decimal holds is rounded.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        let places = (0..=PLACES).rev().find_map(|places| {
            let units = mul_div(self.0, 1, 10_i128.pow(PLACES - places))?;
            Decimal::try_from_i128_with_scale(units, places).ok()
        });
        // Even 10³⁸ units without a place are beyond a decimal only for the coarsest of kinds.
        places.unwrap_or(Decimal::MAX).normalize()
    }

    /// Takes a decimal number, every digit of it.
    ///
    /// # Errors
    /// [`NotFixed`] when it has more places or is too large.
    pub fn exact(value: Decimal) -> Result<Self, NotFixed> {
        let value = value.normalize();
        if value.scale() > PLACES {
            return Err(NotFixed::TooFine { places: PLACES });
        }
        Self::nearest(value).map_err(|TooLarge| NotFixed::TooLarge)
    }
}

impl Quantity {
    /// What so much is worth at a price: rounded to the places of money.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn times(self, price: Number) -> Result<Money, TooLarge> {
        // 18 and 18 places make 36; money has ten.
        let units = mul_div(self.0, price.0, 10_i128.pow(26));
        units.map(Fixed).ok_or(TooLarge)
    }
}

/// `a × b ÷ c`, rounded to the nearest, halves away from zero. Nothing is lost in between. `None` when
/// the result does not fit or `c` is zero.
fn mul_div(a: i128, b: i128, c: i128) -> Option<i128> {
    let divisor = c.unsigned_abs();
    let (left, right) = (a.unsigned_abs(), b.unsigned_abs());
    let (quotient, rest) = match left.checked_mul(right) {
        Some(product) => {
            let quotient = product.checked_div(divisor)?;
            (quotient, product - quotient * divisor)
        }
        None => divide(widening_mul(left, right), divisor)?,
    };
    let up = u128::from(rest >= divisor - rest);
    let units = i128::try_from(quotient.checked_add(up)?).ok()?;
    let negative = (a < 0) ^ (b < 0) ^ (c < 0);
    Some(if negative { -units } else { units })
}

/// The product of two numbers, its higher and its lower 128 bits.
fn widening_mul(a: u128, b: u128) -> (u128, u128) {
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let lowest = a0 * b0;
    // Each is at most (2⁶⁴−1)² + 2·(2⁶⁴−1) = 2¹²⁸−1.
    let cross = a1 * b0 + (lowest >> 64);
    let other = a0 * b1 + (cross & LOW);
    let high = a1 * b1 + (cross >> 64) + (other >> 64);
    (high, (other << 64) | (lowest & LOW))
}

/// Long division in base 2⁶⁴, a digit of the quotient at a time (Knuth, The Art of Computer Programming,
/// volume 2, 4.3.1, algorithm D). `None` when the quotient has over 128 bits, or the divisor is zero.
fn divide((high, low): (u128, u128), divisor: u128) -> Option<(u128, u128)> {
    if high >= divisor {
        return None;
    }
    // The divisor's highest bit is set, so that a digit is guessed at most two too high.
    let shift = divisor.leading_zeros();
    let divisor = divisor << shift;
    let carried = low.checked_shr(128 - shift).unwrap_or(0);
    let (high, low) = ((high << shift) | carried, low << shift);
    let (first, rest) = digit(high, low >> 64, divisor);
    let (second, rest) = digit(rest, low & LOW, divisor);
    Some(((first << 64) | second, rest >> shift))
}

/// The lower half of a number.
const LOW: u128 = u64::MAX as u128;

/// `rest`, which is less than the divisor, with one more digit behind it, divided.
fn digit(rest: u128, next: u128, divisor: u128) -> (u128, u128) {
    let (upper, lower) = (divisor >> 64, divisor & LOW);
    let (mut guess, mut left) = (rest / upper, rest % upper);
    while guess > LOW || guess * lower > ((left << 64) | next) {
        guess -= 1;
        left += upper;
        if left > LOW {
            break;
        }
    }
    let whole = (rest << 64) | next;
    (guess, whole.wrapping_sub(guess.wrapping_mul(divisor)))
}

impl<const PLACES: u32> FromStr for Fixed<PLACES> {
    type Err = NotFixed;

    fn from_str(text: &str) -> Result<Self, NotFixed> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(fraction) || digits.ends_with('.') {
            return Err(NotFixed::NotANumber);
        }
        let fraction = fraction.trim_end_matches('0');
        let missing = u32::try_from(fraction.len())
            .ok()
            .and_then(|n| PLACES.checked_sub(n));
        let missing = missing.ok_or(NotFixed::TooFine { places: PLACES })?;
        let read = |part: &str| match part {
            "" => Ok(0),
            part => part.parse::<i128>().map_err(|_| NotFixed::TooLarge),
        };
        let fine = read(fraction)? * 10_i128.pow(missing);
        let units = read(whole)?
            .checked_mul(Self::ONE.0)
            .and_then(|whole| whole.checked_add(fine));
        let units = units.ok_or(NotFixed::TooLarge)?;
        Ok(Self(if negative { -units } else { units }))
    }
}

impl<const PLACES: u32> fmt::Display for Fixed<PLACES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, units) = (Self::ONE.0.unsigned_abs(), self.0.unsigned_abs());
        let (whole, fraction) = (units / one, units % one);
        let sign = if self.0 < 0 { "-" } else { "" };
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let width = PLACES as usize;
        let digits = format!("{fraction:0width$}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl<const PLACES: u32> fmt::Debug for Fixed<PLACES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const PLACES: u32> Serialize for Fixed<PLACES> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const PLACES: u32> Deserialize<'de> for Fixed<PLACES> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounding_is_to_the_nearest_and_halves_go_away_from_zero() {
        for (a, b, c, expected) in [
            (1, 1, 2, 1),
            (-1, 1, 2, -1),
            (1, 1, 3, 0),
            (2, 1, 3, 1),
            (-5, 3, 10, -2),
            (7, 0, 3, 0),
            (i128::MAX, i128::MAX, i128::MAX, i128::MAX),
            (i128::MAX, 2, 4, i128::MAX / 2 + 1),
        ] {
            assert_eq!(mul_div(a, b, c), Some(expected), "{a} × {b} ÷ {c}");
        }
        assert_eq!(mul_div(1, 1, 0), None);
        assert_eq!(mul_div(i128::MAX, 2, 1), None);
    }

    #[test]
    fn texts_that_are_no_such_number_are_refused() {
        for text in [
            "", "-", ".", ".5", "1.", "1.2.3", "+1", "1e3", " 1", "1,5", "NaN", "٣",
        ] {
            assert_eq!(text.parse::<Money>(), Err(NotFixed::NotANumber), "{text}");
        }
        let fine = "0.00000000001".parse::<Money>();
        assert_eq!(fine, Err(NotFixed::TooFine { places: 10 }));
        let large = "99999999999999999999999999999999999999";
        assert_eq!(large.parse::<Money>(), Err(NotFixed::TooLarge));
        assert_eq!("1.50".parse::<Money>(), Ok(Money::new(15_000_000_000)));
    }

    proptest! {
        #[test]
        fn a_wide_product_divided_by_one_factor_is_the_other(a in any::<i64>(), b in 1_i128..=i128::MAX) {
            // What was multiplied in is divided out again, however wide it was in between.
            prop_assert_eq!(mul_div(a.into(), b, b), Some(i128::from(a)));
            prop_assert_eq!(mul_div(b, a.into(), b), Some(i128::from(a)));
        }

        #[test]
        fn the_long_division_agrees_with_the_short_one(a in any::<u64>(), b in any::<u64>(), c in 1_u64..) {
            let (a, b, c) = (u128::from(a), u128::from(b), u128::from(c));
            let product = a * b;
            prop_assert_eq!(widening_mul(a, b), (0, product));
            prop_assert_eq!(divide((0, product), c), Some((product / c, product % c)));
        }

        #[test]
        fn quotient_times_divisor_and_the_rest_give_the_product(a in any::<u128>(), b in any::<u128>(), c in 1..=1_u128 << 127) {
            let product = widening_mul(a, b);
            if let Some((quotient, rest)) = divide(product, c) {
                prop_assert!(rest < c);
                let (high, low) = widening_mul(quotient, c);
                let (low, carry) = low.overflowing_add(rest);
                prop_assert_eq!((high + u128::from(carry), low), product);
            } else {
                prop_assert!(product.0 >= c);
            }
        }

        #[test]
        fn a_number_comes_back_as_it_was_written(units in any::<i128>()) {
            let number = Number::new(units.max(i128::MIN + 1));
            prop_assert_eq!(number.to_string().parse::<Number>(), Ok(number));
        }

        #[test]
        fn a_decimal_is_taken_exactly_or_to_the_nearest(mantissa in any::<i64>(), scale in 0_u32..=28) {
            let value = Decimal::new(mantissa, scale);
            let nearest = Number::nearest(value).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let rounded = value.round_dp_with_strategy(18, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
            prop_assert_eq!(nearest.to_string(), rounded.normalize().to_string());
            prop_assert_eq!(Number::exact(value).is_ok(), value.normalize().scale() <= 18);
        }

        #[test]
        fn no_text_panics(text in "[-0-9.]{0,60}") {
            let _outcome = text.parse::<Money>();
        }
    }
}
