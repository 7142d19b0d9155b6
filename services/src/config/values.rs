//! Parsers of single values. Their messages say what is expected and never quote what was given.

use super::secret::Secret;
use ipnet::IpNet;
use std::{fmt::Display, net::IpAddr, ops::RangeInclusive, str::FromStr};
use url::Url;

/// A whole number in a range.
pub(super) fn number<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    move |text| {
        let refused = || {
            format!(
                "must be a whole number from {} to {}",
                range.start(),
                range.end()
            )
        };
        let value = text.parse::<T>().map_err(|_| refused())?;
        if range.contains(&value) {
            Ok(value)
        } else {
            Err(refused())
        }
    }
}

/// Yes or no.
pub(super) fn flag(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

/// A key that travels in headers, forms or query strings; a stray quote or line break is a mistake
/// of pasting.
pub(super) fn key(text: &str) -> Result<Secret, String> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Secret::new(text))
    } else {
        Err("must be printable ASCII without spaces".to_owned())
    }
}

/// Whether a host, as URLs write it, is this machine.
pub(super) fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// An IP address to listen on, or `localhost`.
pub(super) fn ip(text: &str) -> Result<IpAddr, String> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    text.parse()
        .map_err(|_| "must be an IP address such as 127.0.0.1 or ::, or localhost".to_owned())
}

/// Scheme, host and port; nothing behind them. Kept without a trailing slash.
pub(super) fn base_url(
    schemes: &'static [&'static str],
) -> impl Fn(&str) -> Result<String, String> {
    move |text| {
        let expected = || {
            format!(
                "must be {}://host or with :port, without a path",
                schemes.join(":// or ")
            )
        };
        let url = Url::parse(text).map_err(|_| expected())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        if !schemes.contains(&url.scheme()) || url.host().is_none() || !bare || !anonymous {
            return Err(expected());
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }
}

/// Items separated by commas; each must parse, none may come twice.
pub(super) fn list<T: PartialEq>(
    item: impl Fn(&str) -> Result<T, String>,
) -> impl Fn(&str) -> Result<Vec<T>, String> {
    move |text| {
        let mut items = Vec::new();
        for (index, part) in text.split(',').map(str::trim).enumerate() {
            let place = |reason: String| format!("entry {}: {reason}", index + 1);
            let value = item(part).map_err(place)?;
            if items.contains(&value) {
                return Err(place("is there twice".to_owned()));
            }
            items.push(value);
        }
        Ok(items)
    }
}

/// A network in CIDR notation, or a single address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "must be a network such as 10.0.0.0/8 or an IP address".to_owned())
}

/// Items as they are shown.
pub(super) fn show_list<T: ToString>(items: &[T]) -> String {
    if items.is_empty() {
        return "(none)".to_owned();
    }
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    items.join(",")
}
