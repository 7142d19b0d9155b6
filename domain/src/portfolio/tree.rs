//! Figures with what they are made of: evaluating the tree gives the figure.

use super::{
    fixed::{Money, Number, Quantity, TooLarge},
    history::Day,
    performance::{Payment, money_weighted},
};
use crate::{Source, exchange::Timestamp};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A figure: what it is called, what it is, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Node {
    /// What it is, for people.
    pub label: String,
    /// How much, as a decimal number.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub value: Number,
    /// What it is in.
    pub unit: Unit,
    /// How it follows from `of`.
    pub formula: Formula,
    /// What it is made of; nothing when it was recorded as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    pub of: Vec<Self>,
    /// Who says so, if it is a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// When it was so.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub at: Option<OffsetDateTime>,
}

/// What a figure is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// US dollars.
    Usd,
    /// US dollars for one.
    UsdEach,
    /// Units of the asset.
    Quantity,
    /// A part of one: 0.1 is ten per cent.
    Ratio,
    /// So many times what was there before: 1.1 is ten per cent more.
    Factor,
}

/// How a figure follows from what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// It was recorded: an entry, a fee, a price.
    Given,
    /// The sum of all.
    Sum,
    /// The first less the second.
    Difference,
    /// The first times the second, rounded to ten decimal places.
    Product,
    /// The first times the second divided by the third, rounded to ten decimal places.
    Share,
    /// The first divided by the second, rounded to 18 decimal places.
    Quotient,
    /// All of them multiplied, one after the other and each time rounded to 18 decimal places, less 1.
    Growth,
    /// The rate per year at which the payments, each on its day, cancel out; rounded to ten decimal
    /// places.
    Rate,
}

/// A tree that is not what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untrue {
    /// A formula with other than the number of inputs that it takes.
    #[error("{0}: a formula with too few or too many inputs")]
    Inputs(String),
    /// A figure that does not follow from its inputs.
    #[error("{label}: {found} follows from its inputs, not {said}")]
    Value {
        /// Which figure.
        label: String,
        /// What it says.
        said: Number,
        /// What follows.
        found: Number,
    },
    /// A result with too many digits.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

impl Node {
    /// Something that was recorded.
    #[must_use]
    pub fn given(label: impl Into<String>, value: Number, unit: Unit) -> Self {
        Self {
            label: label.into(),
            value,
            unit,
            formula: Formula::Given,
            of: Vec::new(),
            source: None,
            at: None,
        }
    }

    /// Something that follows.
    ///
    /// # Errors
    /// [`Untrue`] when it can't be worked out.
    pub fn made(
        label: impl Into<String>,
        unit: Unit,
        formula: Formula,
        of: Vec<Self>,
    ) -> Result<Self, Untrue> {
        let mut node = Self::given(label, Number::ZERO, unit);
        (node.formula, node.of) = (formula, of);
        node.value = node.follows()?;
        Ok(node)
    }

    /// The same with its moment.
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at.into());
        self
    }

    /// The same, said by `source`.
    #[must_use]
    pub const fn said_by(mut self, source: Option<Source>) -> Self {
        self.source = source;
        self
    }

    /// Works everything out from what was recorded, and compares.
    ///
    /// # Errors
    /// [`Untrue`] at the first figure that does not follow.
    pub fn evaluate(&self) -> Result<Number, Untrue> {
        for part in &self.of {
            part.evaluate()?;
        }
        let found = self.follows()?;
        if found != self.value {
            return Err(Untrue::Value {
                label: self.label.clone(),
                said: self.value,
                found,
            });
        }
        Ok(found)
    }

    /// What follows from the inputs as they are.
    fn follows(&self) -> Result<Number, Untrue> {
        let values: Vec<Number> = self.of.iter().map(|part| part.value).collect();
        let found = match (self.formula, values.as_slice()) {
            (Formula::Given, []) => self.value,
            (Formula::Sum, all) => Number::sum(all.iter().copied())?,
            (Formula::Difference, [all, part]) => all.minus(*part)?,
            (Formula::Product, [quantity, price]) => quantity.times(*price)?.with_places()?,
            (Formula::Share, [whole, part, of]) => {
                let whole: Money = whole.with_places()?;
                whole.share::<18>(*part, *of)?.with_places()?
            }
            (Formula::Quotient, [part, of]) => Quantity::ONE.share(*part, *of)?,
            (Formula::Growth, all) => {
                let product = all.iter().try_fold(Number::ONE, |product, factor| {
                    product.share(*factor, Number::ONE)
                });
                product?.minus(Number::ONE)?
            }
            (Formula::Rate, _) => {
                let payments = self
                    .of
                    .iter()
                    .map(Self::payment)
                    .collect::<Result<Vec<_>, _>>()?;
                money_weighted(&payments).ok_or_else(|| Untrue::Inputs(self.label.clone()))?
            }
            _ => return Err(Untrue::Inputs(self.label.clone())),
        };
        Ok(found)
    }

    fn payment(&self) -> Result<Payment, Untrue> {
        let at = self.at.ok_or_else(|| Untrue::Inputs(self.label.clone()))?;
        let day: Day = Timestamp::from(at).day();
        Ok(Payment {
            day,
            amount: self.value.with_places()?,
        })
    }
}
