//! Requests to CoinGecko's REST API.

use super::error::{FetchError, reason};
use crate::{config::Secret, market::retry_after::asked_pause};
use reqwest::{Client, Response, StatusCode, header::HeaderValue, header::RETRY_AFTER};
use std::time::Duration;

/// The longest answer accepted: a list of 250 coins with sparklines is under 1 MB.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// The longest error answer looked at.
const MAX_ERROR_BODY: usize = 16 * 1024;

/// One CoinGecko host and how to speak to it.
#[derive(Debug)]
pub(super) struct CoinGeckoClient {
    http: Client,
    base: String,
    key: Option<(&'static str, HeaderValue)>,
}

impl CoinGeckoClient {
    /// A client for `base` (scheme, host, port), giving up on a request after `timeout`.
    pub(super) fn new(
        base: &str,
        key: Option<&Secret>,
        timeout: Duration,
    ) -> Result<Self, FetchError> {
        crate::tls::install();
        let http = Client::builder()
            .timeout(timeout)
            // The API does not redirect; a hotel's login page would, and would see the key.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("cryptovault/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| FetchError::Unreachable(error.to_string()))?;
        let key = key
            .map(|key| {
                let mut value = HeaderValue::from_str(key.expose())
                    .map_err(|_| FetchError::Malformed("the key is no header value".to_owned()))?;
                value.set_sensitive(true);
                Ok((key_header(base), value))
            })
            .transpose()?;
        Ok(Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
            key,
        })
    }

    /// The body of a successful answer.
    pub(super) async fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<u8>, FetchError> {
        let url = format!("{}/api/v3{path}", self.base);
        let mut request = self.http.get(url).query(query);
        if let Some((header, key)) = &self.key {
            request = request.header(*header, key.clone());
        }
        let response = request.send().await.map_err(transport)?;
        let status = response.status();
        if status.is_success() {
            return body(response, MAX_BODY).await;
        }
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| asked_pause(value.as_bytes()));
        // A body that does not come leaves the status, which says enough.
        let text = body(response, MAX_ERROR_BODY).await.unwrap_or_default();
        Err(refusal(status, retry_after, &text))
    }
}

/// Keys of the paid plans belong to the paid host; a key in the other header is not recognised.
fn key_header(base: &str) -> &'static str {
    if base.contains("//pro-api.") {
        "x-cg-pro-api-key"
    } else {
        "x-cg-demo-api-key"
    }
}

async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if body.len() + chunk.len() > limit {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn transport(error: reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::Timeout
    } else {
        // The address may carry a query; the error is as clear without it.
        FetchError::Unreachable(error.without_url().to_string())
    }
}

fn refusal(status: StatusCode, retry_after: Option<Duration>, text: &[u8]) -> FetchError {
    let reason = reason(text);
    // Cloudflare limits with 403 or 429 and a bare "error code: 1015".
    if status == StatusCode::TOO_MANY_REQUESTS || reason.contains("error code: 1015") {
        return FetchError::RateLimited { retry_after };
    }
    let code = status.as_u16();
    match code {
        404 => FetchError::NotFound,
        401 | 403 | 451 => FetchError::Refused {
            status: code,
            reason,
        },
        _ => FetchError::Status {
            status: code,
            reason,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_into_the_header_its_host_reads() {
        assert_eq!(
            key_header("https://pro-api.coingecko.com"),
            "x-cg-pro-api-key"
        );
        assert_eq!(key_header("https://api.coingecko.com"), "x-cg-demo-api-key");
    }

    #[test]
    fn cloudflares_page_is_a_rate_limit_whatever_its_status() {
        let error = refusal(StatusCode::FORBIDDEN, None, b"error code: 1015");
        assert_eq!(error, FetchError::RateLimited { retry_after: None });
        let error = refusal(StatusCode::FORBIDDEN, None, b"<html>Just a moment</html>");
        assert!(matches!(error, FetchError::Refused { status: 403, .. }));
    }
}
