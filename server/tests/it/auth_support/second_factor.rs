//! An authenticator app of our own, so that the product's library is not compared with itself.

use super::{Browser, Desk, Outcome};
use hmac::{Hmac, Mac};
use http::StatusCode;
use serde_json::json;
use sha1::Sha1;
use std::time::Duration;

pub(crate) const STEP: Duration = Duration::from_secs(30);

/// What somebody has who has enabled a second factor.
pub(crate) struct Authenticator {
    pub(crate) secret: String,
    pub(crate) recovery_codes: Vec<String>,
}

/// The code of a moment in seconds since 1970 (RFC 6238 §4.2, RFC 4226 §5.3).
pub(crate) fn code_at(secret: &str, seconds: i64) -> Outcome<String> {
    let step = u64::try_from(seconds)? / STEP.as_secs();
    let mut mac = Hmac::<Sha1>::new_from_slice(&base32(secret)?)?;
    mac.update(&step.to_be_bytes());
    let sum = mac.finalize().into_bytes();
    let offset = usize::from(sum[19] & 0xf);
    let number = sum[offset..offset + 4]
        .iter()
        .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    Ok(format!("{:06}", (number & 0x7fff_ffff) % 1_000_000))
}

/// RFC 4648 §6, without padding.
fn base32(text: &str) -> Outcome<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return Err(format!("no Base32: {text}").into()),
        };
        (bits, count) = (bits << 5 | u32::from(value), count + 5);
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff)?);
        }
    }
    Ok(bytes)
}

impl Desk {
    /// The code of the present step, or of one some steps away.
    pub(crate) fn code(&self, secret: &str, steps: i64) -> Outcome<String> {
        code_at(secret, self.clock.now().unix_timestamp() + steps * 30)
    }

    /// Enables a second factor and lets its step pass, so that the next code is a fresh one.
    pub(crate) async fn enable_second_factor(
        &self,
        browser: &Browser<'_>,
    ) -> Outcome<Authenticator> {
        let setup = browser.call("/api/auth/2fa/setup").await?;
        let setup = setup.expect_status(StatusCode::OK)?;
        let secret = setup.json["secret"].as_str().ok_or("no secret")?.to_owned();
        let body = json!({"code": self.code(&secret, 0)?});
        let enabled = browser.post("/api/auth/2fa/enable", body).await?;
        let enabled = enabled.expect_status(StatusCode::OK)?;
        let recovery_codes = serde_json::from_value(enabled.json["recovery_codes"].clone())?;
        self.clock.advance(STEP);
        Ok(Authenticator {
            secret,
            recovery_codes,
        })
    }
}

impl Browser<'_> {
    /// The first step of signing in: the token for the second one.
    pub(crate) async fn first_step(&self, name: &str, password: &str) -> Outcome<String> {
        let answer = self.login(name, password).await?;
        let answer = answer.expect_status(StatusCode::OK)?;
        let token = answer.json["mfa_token"].as_str();
        Ok(token.ok_or("no code was asked for")?.to_owned())
    }

    /// The second step.
    pub(crate) async fn second_step(&self, token: &str, code: &str) -> Outcome<super::Answer> {
        let body = json!({"mfa_token": token, "code": code});
        self.post("/api/auth/2fa/verify", body).await
    }
}

/// A code of six digits that is not this one.
pub(crate) fn other_than(code: &str) -> String {
    let last = if code.ends_with('7') { '3' } else { '7' };
    let kept: String = code.chars().take(5).collect();
    format!("{kept}{last}")
}
