//! Holdings elsewhere, entered by hand.

use super::{
    entry::{Act, Entry, Fee, Leg, Place},
    fixed::{Fixed, Money, NotFixed, Number, Quantity},
    recorded::{Note, Origin, Recorded},
};
use crate::{
    EntryId,
    api::FieldError,
    exchange::{Asset, Timestamp},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A holding as its owner enters it; `POST /api/portfolio/holdings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewHolding {
    /// Which coin, by its id or its ticker.
    #[cfg_attr(feature = "openapi", schema(example = "bitcoin"))]
    pub coin: String,
    /// How much, at most 18 decimal places.
    #[cfg_attr(feature = "openapi", schema(example = "0.5"))]
    pub quantity: String,
    /// What one cost, in US dollars.
    #[cfg_attr(feature = "openapi", schema(example = "20000"))]
    pub price: String,
    /// When it was bought; not in the future.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub date: OffsetDateTime,
    /// What was paid for being served, in US dollars.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(example = "12.50"))]
    pub fee: Option<String>,
    /// Whatever its owner wants to remember.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(example = "Cold storage"))]
    pub note: Option<String>,
}

/// What to change about a holding; the rest stays. `PATCH /api/portfolio/holdings/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeHolding {
    /// How much.
    #[serde(default)]
    pub quantity: Option<String>,
    /// What one cost, in US dollars.
    #[serde(default)]
    pub price: Option<String>,
    /// When it was bought.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub date: Option<OffsetDateTime>,
    /// What was paid for being served, in US dollars.
    #[serde(default)]
    pub fee: Option<String>,
    /// Whatever its owner wants to remember.
    #[serde(default)]
    pub note: Option<String>,
}

/// A holding that was entered by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ManualHolding {
    /// Its id.
    pub id: EntryId,
    /// Which coin.
    pub asset: Asset,
    /// How much.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "0.5"))]
    pub quantity: Quantity,
    /// What one cost, in US dollars.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "20000"))]
    pub price: Number,
    /// What was paid for being served.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "12.5"))]
    pub fee: Money,
    /// When it was bought.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub date: OffsetDateTime,
    /// What its owner wanted to remember.
    pub note: Note,
}

/// Before this, there was nothing to buy: 2009-01-03, when the first bitcoin was made. In seconds since
/// 1970.
const FIRST: i64 = 1_230_940_800;

impl NewHolding {
    /// The holding of `asset`, which is what `coin` names.
    ///
    /// # Errors
    /// Every wrong field with its reason.
    pub fn record(
        &self,
        id: EntryId,
        asset: Asset,
        now: OffsetDateTime,
    ) -> Result<ManualHolding, Vec<FieldError>> {
        let mut wrong = Wrong::default();
        let quantity = wrong.number("quantity", &self.quantity, Sign::AboveZero);
        let price = wrong.number("price", &self.price, Sign::NotNegative);
        let fee = self.fee.as_deref().filter(|text| !text.trim().is_empty());
        let fee = wrong.number("fee", fee.unwrap_or("0"), Sign::NotNegative);
        let note = Note::parse(self.note.as_deref().unwrap_or_default());
        let note = wrong.checked("note", note);
        wrong.date(self.date, now);
        let holding = ManualHolding {
            id,
            asset,
            quantity,
            price,
            fee,
            date: self.date,
            note: note.unwrap_or_default(),
        };
        if wrong.0.is_empty() {
            // Each alone is fine; together they may still be too much.
            let act = holding.act();
            let checked = act.map_err(|error| error.to_string());
            let checked = checked.and_then(|act| act.check().map_err(|error| error.to_string()));
            wrong.checked("quantity", checked);
            let worth = holding.quantity.times(holding.price);
            if !holding.price.is_zero() && worth.is_ok_and(|worth| worth.is_zero()) {
                let why = "is too small: together with the quantity it comes to nothing";
                wrong.add("price", why);
            }
            if holding.price.is_zero() && !holding.fee.is_zero() {
                wrong.add("fee", "must be empty when the price is 0: nothing was paid");
            }
        }
        wrong.into_result(holding)
    }
}

impl ManualHolding {
    /// With what is to change.
    ///
    /// # Errors
    /// Every wrong field with its reason.
    pub fn changed(
        &self,
        change: &ChangeHolding,
        now: OffsetDateTime,
    ) -> Result<Self, Vec<FieldError>> {
        let text = |new: &Option<String>, old: String| new.clone().unwrap_or(old);
        let request = NewHolding {
            coin: self.asset.to_string(),
            quantity: text(&change.quantity, self.quantity.to_string()),
            price: text(&change.price, self.price.to_string()),
            date: change.date.unwrap_or(self.date),
            fee: Some(text(&change.fee, self.fee.to_string())),
            note: Some(text(&change.note, self.note.as_str().to_owned())),
        };
        request.record(self.id, self.asset, now)
    }

    /// What it paid for the coins is their worth, rounded to the places of money.
    fn act(&self) -> Result<Act, super::fixed::TooLarge> {
        let worth = self.quantity.times(self.price)?;
        let fee = Fee {
            leg: Leg::dollars(self.fee)?,
            worth: self.fee,
        };
        let coins = Leg::new(self.asset, self.quantity);
        if worth.is_zero() {
            // A gift, or mined: nothing was given for it.
            return Ok(Act::Deposit { leg: coins, worth });
        }
        Ok(Act::Trade {
            given: Leg::dollars(worth)?,
            received: coins,
            worth,
            fee: (!self.fee.is_zero()).then_some(fee),
        })
    }

    /// The entry it makes.
    ///
    /// # Errors
    /// [`super::fixed::TooLarge`]; not for one that was checked.
    pub fn told(&self) -> Result<Recorded, super::fixed::TooLarge> {
        Ok(Recorded {
            entry: Entry {
                id: self.id.uuid(),
                at: Timestamp::from(self.date),
                rank: 0,
                place: Place::Elsewhere,
                act: self.act()?,
            },
            origin: Origin::Holding,
            key: format!("holding:{}", self.id),
            note: self.note.clone(),
            import: None,
        })
    }

    /// The holding that such an entry is of; `None` for an imported one.
    #[must_use]
    pub fn of(told: &Recorded) -> Option<Self> {
        if told.origin != Origin::Holding {
            return None;
        }
        let (leg, worth, fee) = match told.entry.act {
            Act::Trade {
                received,
                worth,
                fee,
                ..
            } => (received, worth, fee.map_or(Money::ZERO, |fee| fee.worth)),
            Act::Deposit { leg, worth } => (leg, worth, Money::ZERO),
            Act::Withdrawal { .. } | Act::Transfer { .. } => return None,
        };
        Some(Self {
            id: told.id(),
            asset: leg.asset,
            quantity: leg.quantity,
            price: price_of(worth, leg.quantity)?,
            fee,
            date: told.entry.at.into(),
            note: told.note.clone(),
        })
    }
}

/// The shortest price at which so much is worth that: what was written when the two were multiplied.
fn price_of(worth: Money, quantity: Quantity) -> Option<Number> {
    let exact = worth
        .with_places::<18>()
        .ok()?
        .share(Quantity::ONE, quantity)
        .ok()?;
    let shorter = (0..18).map(|places| {
        let step = Number::new(10_i128.pow(18 - places));
        // Whole steps, rounded: one step times their number.
        let steps = exact.share(Number::new(1), step)?;
        step.share(steps, Number::new(1))
    });
    let fits = |price: &Number| quantity.times(*price) == Ok(worth);
    shorter.flatten().find(fits).or(Some(exact))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    AboveZero,
    NotNegative,
}

/// Fields that are wrong.
#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn add(&mut self, field: &str, error: impl ToString) {
        self.0.push(FieldError {
            field: field.to_owned(),
            message: error.to_string(),
        });
    }

    fn checked<T, E: ToString>(&mut self, field: &str, found: Result<T, E>) -> Option<T> {
        found.map_err(|error| self.add(field, error)).ok()
    }

    fn number<const P: u32>(&mut self, field: &str, text: &str, sign: Sign) -> Fixed<P> {
        let found: Result<Fixed<P>, NotFixed> = text.trim().parse();
        let found = self.checked(field, found).unwrap_or(Fixed::ONE);
        if found.is_negative() || (found.is_zero() && sign == Sign::AboveZero) {
            let must = match sign {
                Sign::AboveZero => "must be above zero",
                Sign::NotNegative => "must not be below zero",
            };
            self.add(field, must);
        }
        found
    }

    fn date(&mut self, date: OffsetDateTime, now: OffsetDateTime) {
        if date > now {
            self.add("date", "must not be in the future");
        } else if date.unix_timestamp() < FIRST {
            self.add(
                "date",
                "must be on 2009-01-03 or later, when the first bitcoin was made",
            );
        }
    }

    fn into_result<T>(self, found: T) -> Result<T, Vec<FieldError>> {
        if self.0.is_empty() {
            Ok(found)
        } else {
            Err(self.0)
        }
    }
}
