//! A forger who knows everything about our tokens, and a signer of requests: RFC 7515 and RFC 2104
//! by hand, so that the product's libraries are not compared with themselves.

use super::Outcome;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// A token taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) signature: String,
}

pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Outcome<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
    for part in parts {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().to_vec())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The key that signs tokens, and its id.
pub(crate) fn jwt_key(secret: &str) -> Outcome<(Vec<u8>, String)> {
    let key = hmac_sha256(secret.as_bytes(), &[b"cryptovault jwt", &[1]])?;
    let id = hmac_sha256(secret.as_bytes(), &[b"cryptovault key id"])?;
    Ok((key, hex(&id[..4])))
}

impl Token {
    pub(crate) fn parse(text: &str) -> Outcome<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else {
            return Err("not three parts".into());
        };
        Ok(Self {
            header: serde_json::from_slice(&BASE64.decode(header)?)?,
            claims: serde_json::from_slice(&BASE64.decode(claims)?)?,
            signature: (*signature).to_owned(),
        })
    }

    /// The same with another claim.
    pub(crate) fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims[claim] = value.into();
        self
    }

    /// The same with something else in its header.
    pub(crate) fn headed(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    /// The same without a claim.
    pub(crate) fn without(mut self, claim: &str) -> Self {
        if let Some(claims) = self.claims.as_object_mut() {
            claims.remove(claim);
        }
        self
    }

    fn body(&self) -> String {
        let encode = |part: &Value| BASE64.encode(part.to_string());
        format!("{}.{}", encode(&self.header), encode(&self.claims))
    }

    /// With the signature it had.
    pub(crate) fn kept(&self) -> String {
        format!("{}.{}", self.body(), self.signature)
    }

    /// Without a signature, as RFC 7518 §3.6 has it.
    pub(crate) fn unsigned(&self) -> String {
        let plain = self.clone().headed("alg", json!("none"));
        format!("{}.", plain.body())
    }

    /// Signed with HMAC-SHA256.
    pub(crate) fn signed(&self, key: &[u8]) -> Outcome<String> {
        let body = self.body();
        let signature = hmac_sha256(key, &[body.as_bytes()])?;
        Ok(format!("{body}.{}", BASE64.encode(signature)))
    }
}
