//! Reads variables one by one, keeps every mistake and remembers what is in effect.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

/// What is wrong with one variable. The reason never quotes the value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {reason}")]
pub struct Mistake {
    /// The variable.
    pub variable: String,
    /// Why its value is refused and what is expected.
    pub reason: String,
}

/// Every mistake found, so that one start tells all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// At least one.
    pub mistakes: Vec<Mistake>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.mistakes.len();
        let noun = if count == 1 { "setting" } else { "settings" };
        write!(f, "{count} {noun} can't be used:")?;
        for mistake in &self.mistakes {
            write!(f, "\n  {mistake}")?;
        }
        Ok(())
    }
}

/// One setting as `cryptovault check-config` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The variable.
    pub variable: &'static str,
    /// Its value in effect, secrets redacted.
    pub shown: String,
    /// Whether nothing was given and the default applies.
    pub is_default: bool,
}

/// Takes variables out of an environment.
#[derive(Debug, Default)]
pub(super) struct Reader {
    variables: HashMap<String, String>,
    /// Variables whose value is no text.
    unreadable: HashSet<String>,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) warnings: Vec<Mistake>,
    pub(super) settings: Vec<Setting>,
}

impl Reader {
    pub(super) fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            variables: variables.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Notes a variable whose value is not UTF-8: a mistake, if it is one that is read.
    pub(super) fn unreadable(&mut self, variable: String) {
        self.unreadable.insert(variable);
    }

    pub(super) fn mistake(&mut self, variable: &str, reason: impl Into<String>) {
        self.mistakes.push(Mistake {
            variable: variable.to_owned(),
            reason: reason.into(),
        });
    }

    pub(super) fn warning(&mut self, variable: &str, reason: impl Into<String>) {
        self.warnings.push(Mistake {
            variable: variable.to_owned(),
            reason: reason.into(),
        });
    }

    /// The trimmed value. An empty variable counts as not given, as compose files leave them.
    pub(super) fn raw(&self, variable: &str) -> Option<&str> {
        let value = self.variables.get(variable)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// A value with a default. After a mistake the default stands in, so that reading goes on.
    pub(super) fn value<T>(
        &mut self,
        variable: &'static str,
        default: T,
        parse: impl Fn(&str) -> Result<T, String>,
        show: impl Fn(&T) -> String,
    ) -> T {
        let given = self.parsed(variable, parse);
        let is_default = given.is_none();
        let value = given.unwrap_or(default);
        self.record(variable, show(&value), is_default);
        value
    }

    /// A value that may be missing.
    pub(super) fn optional<T>(
        &mut self,
        variable: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
        show: impl Fn(&T) -> String,
    ) -> Option<T> {
        let given = self.parsed(variable, parse);
        let shown = given.as_ref().map_or_else(|| "(not set)".to_owned(), show);
        self.record(variable, shown, given.is_none());
        given
    }

    fn parsed<T>(
        &mut self,
        variable: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.unreadable.contains(variable) {
            self.mistake(variable, "is not valid UTF-8");
            return None;
        }
        match parse(self.raw(variable)?) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.mistake(variable, reason);
                None
            }
        }
    }

    fn record(&mut self, variable: &'static str, shown: String, is_default: bool) {
        self.settings.push(Setting {
            variable,
            shown,
            is_default,
        });
    }
}
