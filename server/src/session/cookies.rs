//! The cookies of accounts: their names, reading one and writing them. Only what [`FLASH`] brings is
//! read elsewhere, by the pages that show it.

use http::{HeaderMap, HeaderValue, header};
use services::{
    auth::{ACCESS_TTL, CookieChanges, FLASH_TTL, Grant, REFRESH_TTL, TokenChange},
    config::{HttpConfig, Secret},
};
use std::{net::IpAddr, time::Duration};
use url::{Host, Url};

/// Carries the access token.
pub(crate) const ACCESS: &str = "access_token";
/// Carries the refresh token.
pub(crate) const REFRESH: &str = "refresh_token";
/// Marks a device that has signed in before.
pub(crate) const DEVICE: &str = "device_id";
/// Brings what a form without JavaScript has to say to the page that is shown next.
pub(crate) const FLASH: &str = "flash";

const DEVICE_TTL: Duration = Duration::from_secs(365 * 86_400);

/// The value of a cookie, unless it is missing, empty or there twice.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut values = pairs.filter_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then_some(value)
    });
    // Two of the same name: a neighbour's page on a subdomain may have set one.
    let value = values.next().filter(|_| values.next().is_none())?;
    (!value.is_empty()).then_some(value)
}

/// A cookie that is kept as a secret.
pub(crate) fn secret(headers: &HeaderMap, name: &str) -> Option<Secret> {
    value(headers, name).map(Secret::new)
}

/// Writes cookies as the address people use demands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jar {
    secure: bool,
}

impl Jar {
    pub(crate) fn new(config: &HttpConfig) -> Self {
        Self {
            secure: !is_plain_loopback(&config.public_url),
        }
    }

    /// Sets the cookies of somebody who has signed in or refreshed.
    pub(crate) fn grant(self, headers: &mut HeaderMap, grant: &Grant) {
        self.set(headers, ACCESS, grant.access.expose(), ACCESS_TTL);
        self.set(headers, REFRESH, grant.refresh.expose(), REFRESH_TTL);
        self.set(headers, DEVICE, grant.device.expose(), DEVICE_TTL);
    }

    /// Deletes the cookies of somebody who has signed out. The device stays known.
    pub(crate) fn clear(self, headers: &mut HeaderMap) {
        self.set(headers, ACCESS, "", Duration::ZERO);
        self.set(headers, REFRESH, "", Duration::ZERO);
    }

    /// Makes the changes that were collected while a request was answered.
    pub(crate) fn write(self, headers: &mut HeaderMap, changes: &CookieChanges) {
        match &changes.tokens {
            TokenChange::Keep => {}
            TokenChange::Grant(grant) => self.grant(headers, grant),
            TokenChange::Clear => self.clear(headers),
        }
        if let Some(flash) = &changes.flash {
            let ttl = if flash.is_empty() {
                Duration::ZERO
            } else {
                FLASH_TTL
            };
            self.set(headers, FLASH, flash, ttl);
        }
    }

    /// Sets one cookie that scripts can't read.
    pub(crate) fn set(self, headers: &mut HeaderMap, name: &str, value: &str, ttl: Duration) {
        let secure = if self.secure { "; Secure" } else { "" };
        let seconds = ttl.as_secs();
        let cookie =
            format!("{name}={value}; HttpOnly{secure}; SameSite=Lax; Path=/; Max-Age={seconds}");
        if let Ok(mut cookie) = HeaderValue::from_str(&cookie) {
            cookie.set_sensitive(true);
            headers.append(header::SET_COOKIE, cookie);
        }
    }
}

/// Plain HTTP on this very machine: browsers keep no `Secure` cookie there.
fn is_plain_loopback(public_url: &str) -> bool {
    let Ok(url) = Url::parse(public_url) else {
        return false;
    };
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    };
    url.scheme() == "http" && is_here
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_secure_except_on_this_machine() {
        for (url, plain) in [
            ("http://127.0.0.1:3000", true),
            ("http://localhost:3000", true),
            ("http://[::1]:3000", true),
            ("http://192.168.1.2:3000", false),
            ("http://localhost.example", false),
            ("https://localhost", false),
            ("https://vault.example", false),
        ] {
            assert_eq!(is_plain_loopback(url), plain, "{url}");
        }
    }

    #[test]
    fn a_cookie_that_is_there_twice_is_none() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=1; access_token=x; b=2"),
        );
        assert_eq!(value(&headers, ACCESS), Some("x"));
        assert_eq!(value(&headers, "access"), None);
        headers.append(header::COOKIE, HeaderValue::from_static("access_token=y"));
        assert_eq!(value(&headers, ACCESS), None);
    }
}
