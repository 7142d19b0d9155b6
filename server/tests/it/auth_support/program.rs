//! A program that signs its requests with an API key.

use super::{Answer, Browser, Desk, Outcome, signer};
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

/// An API key in use.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) key: String,
    pub(crate) secret: String,
}

/// What is signed and what is sent; usually the same.
#[derive(Debug, Clone)]
pub(crate) struct Signed<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) body: &'a str,
    pub(crate) timestamp: i64,
}

impl Program {
    /// Makes a key; `more` stands beside name and scopes.
    pub(crate) async fn with_key(
        browser: &Browser<'_>,
        scopes: &[&str],
        more: Value,
    ) -> Outcome<Self> {
        let mut body = json!({"name": "bot", "scopes": scopes});
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        let made = browser.post("/api/auth/api-keys", body).await?;
        let made = made.expect_status(StatusCode::CREATED)?;
        let text = |name: &str| made.json[name].as_str().map(ToOwned::to_owned);
        Ok(Self {
            key: text("key_id").ok_or("no key_id")?,
            secret: text("secret").ok_or("no secret")?,
        })
    }

    pub(crate) fn sign(&self, request: &Signed<'_>) -> Outcome<String> {
        let timestamp = request.timestamp.to_string();
        let parts = [
            timestamp.as_bytes(),
            request.method.as_str().as_bytes(),
            request.path.as_bytes(),
            request.body.as_bytes(),
        ];
        Ok(signer::hex(&signer::hmac_sha256(
            self.secret.as_bytes(),
            &parts,
        )?))
    }

    /// Sends a request with a signature.
    pub(crate) async fn send(
        &self,
        desk: &Desk,
        request: &Signed<'_>,
        signature: &str,
    ) -> Outcome<Answer> {
        let url = desk.server.url(request.path);
        let mut sent = desk.server.client.request(request.method.clone(), url);
        sent = sent.header("x-api-key", &self.key);
        sent = sent.header("x-timestamp", request.timestamp.to_string());
        sent = sent.header("x-signature", signature);
        if !request.body.is_empty() {
            sent = sent.header(header::CONTENT_TYPE, "application/json");
            sent = sent.body(request.body.to_owned());
        }
        Answer::read(sent.send().await?).await
    }

    /// Signs and sends a request as it should be; `seconds` away from the desk's clock.
    pub(crate) async fn get(&self, desk: &Desk, path: &str, seconds: i64) -> Outcome<Answer> {
        let timestamp = desk.clock.now().unix_timestamp() + seconds;
        let request = Signed {
            method: Method::GET,
            path,
            body: "",
            timestamp,
        };
        self.send(desk, &request, &self.sign(&request)?).await
    }

    /// Signs and sends a request as it should be, with this body or none.
    pub(crate) async fn ask(
        &self,
        desk: &Desk,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Outcome<Answer> {
        let body = body.map_or_else(String::new, Value::to_string);
        let request = Signed {
            method,
            path,
            body: &body,
            timestamp: desk.clock.now().unix_timestamp(),
        };
        self.send(desk, &request, &self.sign(&request)?).await
    }
}
