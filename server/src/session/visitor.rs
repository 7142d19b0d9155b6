//! Where a request comes from, as accounts want to know it.

use super::cookies;
use crate::middleware::{client_ip::ClientIp, request_id::RequestId};
use axum::extract::FromRequestParts;
use http::{Extensions, HeaderMap, header, request::Parts};
use services::auth::{Tokens, Visitor};
use std::convert::Infallible;

/// Longest name of a browser that is kept, in characters.
const MAX_USER_AGENT: usize = 256;

/// Reads what the middleware and the browser say.
pub(crate) fn visitor(headers: &HeaderMap, extensions: &Extensions) -> Visitor {
    let ip = extensions.get::<ClientIp>().copied();
    let ip = ip.unwrap_or_else(|| ClientIp(ClientIp::peer(extensions)));
    let user_agent = headers.get(header::USER_AGENT);
    let user_agent = user_agent.and_then(|name| name.to_str().ok());
    let request_id = extensions.get::<RequestId>();
    Visitor {
        ip: ip.0,
        user_agent: user_agent
            .unwrap_or_default()
            .chars()
            .take(MAX_USER_AGENT)
            .collect(),
        request_id: request_id.map_or_else(String::new, ToString::to_string),
        device: cookies::secret(headers, cookies::DEVICE),
        tokens: tokens(headers),
    }
}

fn tokens(headers: &HeaderMap) -> Option<Box<Tokens>> {
    let tokens = Tokens {
        access: cookies::secret(headers, cookies::ACCESS),
        refresh: cookies::secret(headers, cookies::REFRESH),
    };
    let is_any = tokens.access.is_some() || tokens.refresh.is_some();
    is_any.then(|| Box::new(tokens))
}

/// Where the request comes from, for handlers that anybody may call.
#[derive(Debug)]
pub(crate) struct From(pub(crate) Visitor);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(visitor(&parts.headers, &parts.extensions)))
    }
}
