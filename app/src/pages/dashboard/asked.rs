//! What an address of the dashboard asks for.

use crate::pages::query_string::value;
use domain::{
    address,
    portfolio::{Figure, Method, Period},
};

/// What can't be read is left out: it was typed into an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// None means the one that is set.
    pub(crate) method: Option<Method>,
    pub(crate) period: Period,
    /// What is to explain itself.
    pub(crate) figure: Option<Figure>,
    /// What the server is to write: which form is open.
    pub(crate) form: String,
}

impl Asked {
    /// Reads a path with its query.
    pub(crate) fn read(address: &str) -> Self {
        let (_, search) = address.split_once('?').unwrap_or_default();
        let pairs = search.split('&');
        let ours = ["method=", "period=", "explain="];
        let others = pairs.filter(|pair| !ours.iter().any(|one| pair.starts_with(one)));
        let parsed = |name| value(search, name);
        Self {
            method: parsed("method").and_then(|name| name.parse().ok()),
            period: parsed("period")
                .and_then(|name| name.parse().ok())
                .unwrap_or_default(),
            figure: parsed("explain").and_then(|name| name.parse().ok()),
            form: others.collect::<Vec<_>>().join("&"),
        }
    }

    /// The address that asks for this; no form is open there.
    pub(crate) fn href(&self) -> String {
        let method = self
            .method
            .map(|method| ("method", method.as_str().to_owned()));
        let period =
            (self.period != Period::default()).then(|| ("period", self.period.to_string()));
        let figure = self.figure.map(|figure| ("explain", figure.to_string()));
        let pairs = [method, period, figure].into_iter().flatten();
        let pairs = pairs.map(|(name, value)| format!("{name}={}", address::value(&value)));
        let pairs: Vec<String> = pairs.collect();
        match pairs.is_empty() {
            true => "/dashboard".to_owned(),
            false => format!("/dashboard?{}", pairs.join("&")),
        }
    }

    /// An address as it is without a form. One that has none stays in its own words: it is where the
    /// browser is.
    #[cfg(feature = "ssr")]
    pub(crate) fn closed(address: &str) -> String {
        let asked = Self::read(address);
        let (path, _) = address.split_once('?').unwrap_or((address, ""));
        let is_here = path == "/dashboard" && asked.form.is_empty();
        let same = address::same_site(address).filter(|_| is_here);
        same.unwrap_or_else(|| asked.href())
    }

    /// The same with a form open.
    pub(crate) fn with_form(&self, form: &str) -> String {
        let href = self.href();
        let separator = if href.contains('?') { '&' } else { '?' };
        format!("{href}{separator}{form}")
    }

    pub(super) fn with_method(&self, method: Method) -> String {
        let method = Some(method);
        Self {
            method,
            ..self.clone()
        }
        .href()
    }

    pub(super) fn with_period(&self, period: Period) -> String {
        Self {
            period,
            ..self.clone()
        }
        .href()
    }

    pub(super) fn with_figure(&self, figure: Option<Figure>) -> String {
        Self {
            figure,
            ..self.clone()
        }
        .href()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_it_asked_for() {
        let address = "/dashboard?period=30d&method=hifo&explain=unrealised:BTC&edit=7";
        let asked = Asked::read(address);
        assert_eq!(asked.form, "edit=7");
        let back = "/dashboard?method=hifo&period=30d&explain=unrealised%3ABTC";
        assert_eq!(asked.href(), back);
        assert_eq!(
            Asked::read(&asked.with_form("add")).form,
            "add",
            "and nothing else of it"
        );
        assert_eq!(Asked::default().with_form("edit=7"), "/dashboard?edit=7");
        let again = Asked::read(back);
        assert_eq!((again.method, again.period), (asked.method, asked.period));
        assert_eq!(again.figure, asked.figure);
    }

    /// Else the page would stay as it was before the form was sent: see `account::submit`.
    #[cfg(feature = "ssr")]
    #[test]
    fn an_address_without_a_form_stays_as_it_is() {
        for (address, closed) in [
            ("/dashboard", "/dashboard"),
            ("/dashboard?period=all", "/dashboard?period=all"),
            ("/dashboard?period=all&add", "/dashboard"),
            ("/dashboard?method=x&edit=7", "/dashboard"),
            ("/elsewhere?method=hifo", "/dashboard?method=hifo"),
            ("//elsewhere", "/dashboard"),
            ("", "/dashboard"),
        ] {
            assert_eq!(Asked::closed(address), closed, "{address}");
        }
    }

    #[test]
    fn what_makes_no_sense_asks_for_nothing() {
        for address in [
            "/dashboard",
            "/dashboard?",
            "/dashboard?method=x&period=9d&explain=moon",
        ] {
            assert_eq!(Asked::read(address).href(), "/dashboard", "{address}");
        }
    }
}
