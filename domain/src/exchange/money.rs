//! Money in whole units: nothing here can be rounded by accident, and nothing wraps.
//!
//! | left | | right | gives |
//! |---|---|---|---|
//! | [`Amount`] | + − | [`Amount`] | [`Amount`] of the same asset, or [`Overflow`] |
//! | [`Price`] | × | [`Quantity`] | [`Amount`] of the quote asset, exactly: see [`notional`] |
//!
//! A pair's tick times its lot is one unit of the quote asset (see [`super::market::Rules`]), so a
//! price times a quantity never has digits to lose.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;

/// Units of an asset; may be negative, as a change or as the house's balance. How much one unit is,
/// says the asset's scale.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i128);

/// A price in ticks of its pair: 1 to [`Price::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Price(u64);

/// A quantity in lots of its pair: 0 to [`Quantity::MAX`].
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u64", into = "u64")]
pub struct Quantity(u64);

/// A sum or a product that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the amount is too large")]
pub struct Overflow;

/// A number of ticks or lots beyond what the exchange works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("outside of what the exchange works with")]
pub struct OutOfRange;

/// Why a decimal number is no amount of an asset, no price or quantity of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Inexact {
    /// It has more decimal places than there are.
    #[error("has more than {scale} decimal places")]
    TooFine {
        /// Decimal places there are.
        scale: u32,
    },
    /// Negative, zero or too large.
    #[error("must be above zero and not that large")]
    OutOfRange,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many units.
    #[must_use]
    pub const fn new(units: i128) -> Self {
        Self(units)
    }

    /// The units.
    #[must_use]
    pub const fn units(self) -> i128 {
        self.0
    }

    /// Whether it is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_add(other.0).map(Self).ok_or(Overflow)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_sub(other.0).map(Self).ok_or(Overflow)
    }

    /// The same with the other sign. The least number has none; balances are far from it.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// Reads units at `scale` decimal places, exactly.
    ///
    /// # Errors
    /// [`Inexact`] when it has more places, is not above zero or is beyond [`Quantity::MAX`] in
    /// units times 10⁹.
    pub fn from_decimal(value: Decimal, scale: u32) -> Result<Self, Inexact> {
        let units = units(value, scale)?;
        if units <= 0 || units > i128::from(Quantity::MAX) * 1_000_000_000 {
            return Err(Inexact::OutOfRange);
        }
        Ok(Self(units))
    }

    /// The decimal number at `scale` decimal places; `None` beyond what a decimal holds
    /// (7.9·10²⁸ units).
    #[must_use]
    pub fn to_decimal(self, scale: u32) -> Option<Decimal> {
        let value = Decimal::try_from_i128_with_scale(self.0, scale).ok()?;
        Some(value.normalize())
    }
}

/// The units of a decimal number, if it has no more places than they have.
fn units(value: Decimal, scale: u32) -> Result<i128, Inexact> {
    let value = value.normalize();
    let missing = scale
        .checked_sub(value.scale())
        .ok_or(Inexact::TooFine { scale })?;
    let factor = 10_i128.checked_pow(missing);
    factor
        .and_then(|factor| value.mantissa().checked_mul(factor))
        .ok_or(Inexact::OutOfRange)
}

macro_rules! counted {
    ($name:ident, zero: $zero:literal) => {
        impl $name {
            /// The largest: the product of two such numbers leaves room for everything that is done
            /// with it.
            pub const MAX: u64 = 100_000_000_000_000_000;

            /// So many.
            ///
            /// # Errors
            /// [`OutOfRange`].
            pub const fn new(count: u64) -> Result<Self, OutOfRange> {
                if (count == 0 && !$zero) || count > Self::MAX {
                    return Err(OutOfRange);
                }
                Ok(Self(count))
            }

            /// How many.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// Reads a decimal number at `scale` decimal places, exactly.
            ///
            /// # Errors
            /// [`Inexact`] when it has more places or is out of range; zero is.
            pub fn from_decimal(value: Decimal, scale: u32) -> Result<Self, Inexact> {
                let count = u64::try_from(units(value, scale)?).map_err(|_| Inexact::OutOfRange)?;
                match Self::new(count) {
                    Ok(found) if count > 0 => Ok(found),
                    _ => Err(Inexact::OutOfRange),
                }
            }

            /// The decimal number at `scale` decimal places, at most 28.
            #[must_use]
            pub fn to_decimal(self, scale: u32) -> Decimal {
                let value = Decimal::from_i128_with_scale(i128::from(self.0), scale.min(28));
                value.normalize()
            }
        }

        impl TryFrom<u64> for $name {
            type Error = OutOfRange;

            fn try_from(count: u64) -> Result<Self, OutOfRange> {
                Self::new(count)
            }
        }

        impl From<$name> for u64 {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

counted!(Price, zero: false);
counted!(Quantity, zero: true);

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// What is left after `other`; nothing when that is more.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Both together.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub const fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        Self::new(self.0.saturating_add(other.0))
    }

    /// As units of the base asset, whose unit is the lot.
    #[must_use]
    pub const fn amount(self) -> Amount {
        // Lossless: there is no `i128::from` in a constant function yet.
        Amount(self.0 as i128)
    }
}

/// What a quantity costs at a price, in units of the quote asset: exact, at most 10³⁴.
#[must_use]
pub fn notional(price: Price, quantity: Quantity) -> Amount {
    Amount(i128::from(price.0) * i128::from(quantity.0))
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// As text: not every reader of JSON keeps integers beyond 2⁵³.
impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_that_do_not_exist_are_refused_instead_of_rounded() {
        let fine = Decimal::new(1, 9);
        let refused = Err(Inexact::TooFine { scale: 8 });
        assert_eq!(Quantity::from_decimal(fine, 8), refused);
        let zeros = Decimal::new(1_500, 3);
        assert_eq!(Price::from_decimal(zeros, 1), Ok(Price(15)));
        for nothing in [Decimal::ZERO, Decimal::NEGATIVE_ONE, Decimal::MAX] {
            let refused = Err(Inexact::OutOfRange);
            assert_eq!(Quantity::from_decimal(nothing, 8), refused);
            assert_eq!(Price::from_decimal(nothing, 2), Err(Inexact::OutOfRange));
            assert_eq!(Amount::from_decimal(nothing, 10), Err(Inexact::OutOfRange));
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let most = Amount(i128::MAX);
        assert_eq!(most.plus(Amount(1)), Err(Overflow));
        assert_eq!(Amount(i128::MIN).minus(Amount(1)), Err(Overflow));
        assert_eq!(Quantity(Quantity::MAX).plus(Quantity(1)), Err(OutOfRange));
        assert_eq!(Price::new(0), Err(OutOfRange));
    }

    proptest! {
        #[test]
        fn a_decimal_number_comes_back_as_it_went_in(count in 1_u64..=Quantity::MAX, scale in 0_u32..=18) {
            let quantity = Quantity(count);
            prop_assert_eq!(Quantity::from_decimal(quantity.to_decimal(scale), scale), Ok(quantity));
            let amount = Amount(i128::from(count));
            let decimal = amount.to_decimal(scale).unwrap_or_default();
            prop_assert_eq!(Amount::from_decimal(decimal, scale), Ok(amount));
            let json = serde_json::to_string(&amount).unwrap_or_default();
            prop_assert_eq!(serde_json::from_str::<Amount>(&json).ok(), Some(amount));
        }

        #[test]
        fn a_price_times_a_quantity_is_the_product_of_the_decimals(
            ticks in 1_u64..=10_000_000_000_000, lots in 1_u64..=10_000_000_000_000, places in 0_u32..=10,
        ) {
            let (price, quantity) = (Price(ticks), Quantity(lots));
            let product = price.to_decimal(places).checked_mul(quantity.to_decimal(10 - places));
            prop_assert_eq!(notional(price, quantity).to_decimal(10), product.map(|p| p.normalize()));
        }
    }
}
