//! What clients send.

use super::{
    Alert,
    condition::{Condition, Direction, Percent, Window},
    standing::{Cooldown, Standing},
};
use crate::{AlertId, CoinId, Price, api::FieldError, portfolio::Note};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// An alert as its owner asks for it; `POST /api/alerts`. Which of `coin`, `price`, `percent`, `window`,
/// `direction` and `value` it has depends on `type`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAlert {
    /// `price_above`, `price_below`, `percent_move`, `portfolio_above`, `portfolio_below` or `feed_stale`.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(example = "price_above"))]
    pub kind: String,
    /// A coin's id or ticker; of prices and moves.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(example = "bitcoin"))]
    pub coin: Option<String>,
    /// In US dollars; of `price_above` and `price_below`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(example = "70000"))]
    pub price: Option<String>,
    /// Above 0, at most 1000 (down: less than 100), at most four decimal places; of `percent_move`.
    #[serde(default)]
    pub percent: Option<String>,
    /// `5m`, `15m`, `1h`, `4h` or `24h`; of `percent_move`.
    #[serde(default)]
    pub window: Option<String>,
    /// `up`, `down` or, by default, `any`; of `percent_move`.
    #[serde(default)]
    pub direction: Option<String>,
    /// In US dollars; of `portfolio_above` and `portfolio_below`.
    #[serde(default)]
    pub value: Option<String>,
    /// For an alert that repeats: how long it is silent after it was told, in seconds, 60 to 2592000.
    #[serde(default)]
    pub cooldown: Option<u32>,
    /// Whatever its owner wants to remember.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(example = "Time to sell"))]
    pub note: Option<String>,
}

/// What to change about an alert; the rest stays. `PATCH /api/alerts/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeAlert {
    /// `false` switches it off; `true` has it wait, also once more for one that was told.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Seconds, or `null` for an alert that is over when it was told: one that still waits is told once more.
    /// One that is over waits again if it gets a cooldown.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>))]
    pub cooldown: Option<Option<u32>>,
    /// Whatever its owner wants to remember.
    #[serde(default)]
    pub note: Option<String>,
}

/// Tells what is `null` from what isn't there.
fn given<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(input).map(Some)
}

/// Fields that are wrong.
#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn add(&mut self, field: &str, message: impl ToString) {
        let (field, message) = (field.to_owned(), message.to_string());
        self.0.push(FieldError { field, message });
    }

    fn take<T, E: ToString>(&mut self, field: &str, found: Result<T, E>) -> Option<T> {
        found.map_err(|error| self.add(field, error)).ok()
    }

    /// A field that has to be there.
    fn parse<T, E: ToString>(
        &mut self,
        field: &str,
        text: Option<&str>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        match text.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => self.take(field, parse(text)),
            None => {
                self.add(field, "must be given");
                None
            }
        }
    }
}

impl NewAlert {
    /// The alert that this asks for, `coin` being what finds a coin by its id or ticker. It waits for its
    /// condition to be false.
    ///
    /// # Errors
    /// Every wrong field with its reason.
    pub fn record(
        &self,
        id: AlertId,
        coin: impl Fn(&str) -> Option<CoinId>,
        now: OffsetDateTime,
    ) -> Result<Alert, Vec<FieldError>> {
        let mut wrong = Wrong::default();
        let condition = self.condition(coin, &mut wrong);
        let cooldown = self.cooldown.map(Cooldown::try_from).transpose();
        let cooldown = wrong.take("cooldown", cooldown).flatten();
        let note = Note::parse(self.note.as_deref().unwrap_or_default());
        let note = wrong.take("note", note).unwrap_or_default();
        match condition {
            Some(condition) if wrong.0.is_empty() => Ok(Alert {
                id,
                condition,
                cooldown,
                note,
                standing: Standing::Waiting,
                fired: 0,
                fired_at: None,
                created_at: now,
            }),
            _ => Err(wrong.0),
        }
    }

    fn condition(
        &self,
        find: impl Fn(&str) -> Option<CoinId>,
        wrong: &mut Wrong,
    ) -> Option<Condition> {
        let wanted: &[&str] = match &*self.kind {
            "price_above" | "price_below" => &["coin", "price"],
            "percent_move" => &["coin", "percent", "window", "direction"],
            "portfolio_above" | "portfolio_below" => &["value"],
            "feed_stale" => &[],
            _ => {
                wrong.add(
                    "type",
                    "must be one of price_above, price_below, percent_move, portfolio_above, \
                     portfolio_below, feed_stale",
                );
                return None;
            }
        };
        for (name, text) in self.fields() {
            if !wanted.contains(&name) && text.is_some() {
                wrong.add(name, format!("does not go with {}", self.kind));
            }
        }
        let find = |text: &str| find(text).ok_or("is no coin of this desk's catalogue");
        let coin = |wrong: &mut Wrong| wrong.parse("coin", self.coin.as_deref(), find);
        let amount = |wrong: &mut Wrong, field: &str, text: &Option<String>| {
            wrong.parse(field, text.as_deref(), Price::parse)
        };
        match &*self.kind {
            "price_above" | "price_below" => {
                let (coin, price) = (coin(wrong), amount(wrong, "price", &self.price));
                let (coin, price) = (coin?, price?);
                Some(match &*self.kind {
                    "price_above" => Condition::PriceAbove { coin, price },
                    _ => Condition::PriceBelow { coin, price },
                })
            }
            "percent_move" => {
                let coin = coin(wrong);
                let percent =
                    wrong.parse("percent", self.percent.as_deref(), str::parse::<Percent>);
                let window = wrong.parse("window", self.window.as_deref(), str::parse::<Window>);
                let direction = self
                    .direction
                    .as_deref()
                    .unwrap_or("any")
                    .parse::<Direction>();
                let direction = wrong.take("direction", direction);
                let is_all = percent.is_some_and(|percent| percent.get() >= Decimal::ONE_HUNDRED);
                // Nothing falls by all that it costs.
                if is_all && direction == Some(Direction::Down) {
                    wrong.add("percent", "must be less than 100 for a fall");
                    return None;
                }
                Some(Condition::PercentMove {
                    coin: coin?,
                    percent: percent?,
                    window: window?,
                    direction: direction?,
                })
            }
            "portfolio_above" | "portfolio_below" => {
                let value = amount(wrong, "value", &self.value)?;
                Some(match &*self.kind {
                    "portfolio_above" => Condition::PortfolioAbove { value },
                    _ => Condition::PortfolioBelow { value },
                })
            }
            _ => Some(Condition::FeedStale),
        }
    }

    fn fields(&self) -> [(&'static str, &Option<String>); 6] {
        [
            ("coin", &self.coin),
            ("price", &self.price),
            ("percent", &self.percent),
            ("window", &self.window),
            ("direction", &self.direction),
            ("value", &self.value),
        ]
    }
}

impl Alert {
    /// With what is to change.
    ///
    /// # Errors
    /// Every wrong field with its reason.
    pub fn changed(&self, change: &ChangeAlert) -> Result<Self, Vec<FieldError>> {
        let mut wrong = Wrong::default();
        let mut changed = self.clone();
        if let Some(cooldown) = change.cooldown {
            let cooldown = cooldown.map(Cooldown::try_from).transpose();
            changed.cooldown = wrong.take("cooldown", cooldown).flatten();
        }
        if let Some(note) = &change.note {
            changed.note = wrong.take("note", Note::parse(note)).unwrap_or_default();
        }
        changed.standing = match (change.enabled, self.standing) {
            (Some(false), _) => Standing::Paused,
            // As if it were made anew: what holds already is no crossing.
            (Some(true), Standing::Paused | Standing::Done) => Standing::Waiting,
            // Whoever wants to be told at most every so often wants to be told again.
            (None, Standing::Done) if matches!(change.cooldown, Some(Some(_))) => Standing::Waiting,
            (_, standing) => standing,
        };
        match wrong.0.is_empty() {
            true => Ok(changed),
            false => Err(wrong.0),
        }
    }
}
