//! An Ethereum wallet: eth-account signs.

use super::{Answer, Browser, Desk, Outcome, peer};
use http::StatusCode;
use serde_json::json;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// A wallet with a key of its own.
#[derive(Debug, Clone)]
pub(crate) struct Wallet {
    key: String,
    /// In checksum form (EIP-55).
    pub(crate) address: String,
}

/// A message by EIP-4361, to be changed as a test likes.
#[derive(Debug, Clone)]
pub(crate) struct Siwe {
    pub(crate) domain: String,
    pub(crate) address: String,
    pub(crate) statement: String,
    pub(crate) uri: String,
    pub(crate) chain: u64,
    pub(crate) nonce: String,
    pub(crate) issued_at: OffsetDateTime,
    pub(crate) expires: Option<OffsetDateTime>,
    pub(crate) not_before: Option<OffsetDateTime>,
}

impl Siwe {
    pub(crate) fn text(&self) -> Outcome<String> {
        let Self {
            domain,
            address,
            statement,
            uri,
            chain,
            nonce,
            ..
        } = self;
        let issued = self.issued_at.format(&Rfc3339)?;
        let mut text = format!(
            "{domain} wants you to sign in with your Ethereum account:\n{address}\n\n{statement}\n\n\
             URI: {uri}\nVersion: 1\nChain ID: {chain}\nNonce: {nonce}\nIssued At: {issued}"
        );
        for (name, time) in [
            ("Expiration Time", self.expires),
            ("Not Before", self.not_before),
        ] {
            if let Some(time) = time {
                text.push_str(&format!("\n{name}: {}", time.format(&Rfc3339)?));
            }
        }
        Ok(text)
    }
}

impl Wallet {
    /// The wallet of a number: its key is no secret.
    pub(crate) async fn number(number: u8) -> Outcome<Self> {
        let key = format!("0x{}", format!("{number:02x}").repeat(32));
        let address = peer::ask(&["address", &key]).await?;
        Ok(Self { key, address })
    }

    /// Asks for a nonce.
    pub(crate) async fn nonce(&self, browser: &Browser<'_>) -> Outcome<String> {
        let body = json!({"address": self.address});
        let answer = browser.post("/api/auth/wallet/nonce", body).await?;
        let answer = answer.expect_status(StatusCode::OK)?;
        Ok(answer.json["nonce"].as_str().ok_or("no nonce")?.to_owned())
    }

    /// The message that our own pages would have it sign.
    pub(crate) async fn message(&self, desk: &Desk, browser: &Browser<'_>) -> Outcome<Siwe> {
        Ok(Siwe {
            domain: "127.0.0.1".to_owned(),
            address: self.address.clone(),
            statement: "Sign in to CryptoVault.".to_owned(),
            uri: "http://127.0.0.1/auth".to_owned(),
            chain: 1,
            nonce: self.nonce(browser).await?,
            issued_at: desk.clock.now(),
            expires: Some(desk.clock.now() + Duration::minutes(10)),
            not_before: None,
        })
    }

    pub(crate) async fn sign(&self, text: &str) -> Outcome<String> {
        peer::ask(&["sign", &self.key, text]).await
    }

    /// Signs a message and sends it to one of the wallet's paths.
    pub(crate) async fn send(
        &self,
        browser: &Browser<'_>,
        to: &str,
        message: &Siwe,
    ) -> Outcome<Answer> {
        let text = message.text()?;
        let body = json!({"signature": self.sign(&text).await?, "message": text});
        browser.post(to, body).await
    }

    /// Signs in, as a browser does.
    pub(crate) async fn sign_in(&self, desk: &Desk, browser: &Browser<'_>) -> Outcome<Answer> {
        let message = self.message(desk, browser).await?;
        self.send(browser, "/api/auth/wallet/verify", &message)
            .await
    }
}
