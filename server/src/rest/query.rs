//! Query strings, read strictly: a misspelt parameter is an error, not silence.

use domain::api::{ApiError, FieldError};
use std::{borrow::Cow, fmt::Display, num::IntErrorKind, str::FromStr};
use url::form_urlencoded;

/// Longest value of a parameter, in characters.
const MAX_VALUE: usize = 64;

/// Most mistakes that are told: the answer must not grow with what is sent.
const MAX_ERRORS: usize = 20;

/// Parameters of one request, and what is wrong with them.
#[derive(Debug)]
pub(crate) struct Query<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    errors: Vec<FieldError>,
}

impl<'a> Query<'a> {
    /// Reads a query string that may hold the `known` parameters, each once.
    pub(crate) fn read(raw: Option<&'a str>, known: &[&str]) -> Self {
        let mut query = Self {
            pairs: Vec::new(),
            errors: Vec::new(),
        };
        for (name, value) in form_urlencoded::parse(raw.unwrap_or_default().as_bytes()) {
            if query.errors.len() == MAX_ERRORS {
                break;
            }
            if !known.contains(&name.as_ref()) {
                let known = if known.is_empty() {
                    "there are no parameters here".to_owned()
                } else {
                    format!("unknown parameter; known are {}", known.join(", "))
                };
                query.error(&shorten(&name), known);
            } else if query.pairs.iter().any(|(seen, _)| *seen == name) {
                query.error(&name, "is there twice");
            } else if value.chars().count() > MAX_VALUE {
                query.error(&name, format!("must have at most {MAX_VALUE} characters"));
            } else {
                query.pairs.push((name, value));
            }
        }
        query
    }

    /// The text of a parameter. An empty one counts as absent, as forms send them.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let pair = self.pairs.iter().find(|(known, _)| known == name);
        pair.map(|(_, value)| value.as_ref())
            .filter(|value| !value.is_empty())
    }

    /// A parameter that must parse.
    pub(crate) fn parsed<T>(&mut self, name: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        match self.text(name)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let message = T::Err::to_string(&error);
                self.error(name, message);
                None
            }
        }
    }

    /// A whole number of at least `min`. One that no `usize` holds is the largest there is.
    pub(crate) fn number(&mut self, name: &str, min: usize) -> Option<usize> {
        let number = match self.text(name)?.parse::<usize>() {
            Ok(number) => Some(number),
            Err(error) if *error.kind() == IntErrorKind::PosOverflow => Some(usize::MAX),
            Err(_) => None,
        };
        let number = number.filter(|number| *number >= min);
        if number.is_none() {
            self.error(name, format!("must be a whole number of at least {min}"));
        }
        number
    }

    pub(crate) fn error(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError {
            field: field.to_owned(),
            message: message.into(),
        });
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// All that was wrong, field by field.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(ApiError::fields(self.errors))
        }
    }
}

fn shorten(name: &str) -> String {
    name.chars().take(MAX_VALUE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_does_not_grow_with_the_mistakes() {
        let raw = "a&".repeat(32_000);
        let told = Query::read(Some(&raw), &["limit"]).finish();
        let errors = told.map_err(|error| error.errors.len());
        assert_eq!(errors, Err(MAX_ERRORS));
    }

    #[test]
    fn a_huge_number_is_a_number() {
        let read = |raw| {
            let mut query = Query::read(Some(raw), &["limit"]);
            let number = query.number("limit", 1);
            (number, query.finish().is_ok())
        };
        assert_eq!(read("limit=7"), (Some(7), true));
        assert_eq!(
            read("limit=99999999999999999999999"),
            (Some(usize::MAX), true)
        );
        for wrong in ["limit=0", "limit=-1", "limit=many", "limit=9e9"] {
            assert_eq!(read(wrong), (None, false), "{wrong}");
        }
    }
}
