//! A rendered page with gaps where every visitor gets something of their own.

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// What differs between two renderings of the same page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filling<'a> {
    /// Of the scripts; the policy names it.
    pub(super) nonce: &'a str,
    /// Of the request.
    pub(super) id: &'a str,
}

/// A rendered page, cut where it names the nonce and the request's id.
#[derive(Debug)]
pub(super) struct Template {
    status: StatusCode,
    headers: HeaderMap,
    pieces: Vec<(String, Gap)>,
}

/// What stands behind a piece.
#[derive(Debug, Clone, Copy)]
enum Gap {
    Nonce,
    Id,
    End,
}

impl Template {
    /// Cuts a page that was rendered with `drawn`: two random texts nobody can foresee, so that
    /// nothing else in the page is taken for them.
    pub(super) fn cut(status: StatusCode, headers: HeaderMap, page: &str, drawn: Filling) -> Self {
        let nonces = page.match_indices(drawn.nonce);
        let ids = page.match_indices(drawn.id);
        let mut found: Vec<(usize, &str, Gap)> = nonces
            .map(|(at, text)| (at, text, Gap::Nonce))
            .chain(ids.map(|(at, text)| (at, text, Gap::Id)))
            .collect();
        found.sort_by_key(|(at, ..)| *at);
        let (mut pieces, mut from) = (Vec::new(), 0);
        for (at, text, gap) in found {
            pieces.push((page.get(from..at).unwrap_or_default().to_owned(), gap));
            from = at + text.len();
        }
        let rest = page.get(from..).unwrap_or_default().to_owned();
        pieces.push((rest, Gap::End));
        Self {
            status,
            headers,
            pieces,
        }
    }

    /// Whether another visitor may get it too.
    pub(super) fn is_shareable(&self) -> bool {
        self.status == StatusCode::OK && !self.headers.contains_key(header::SET_COOKIE)
    }

    /// The page for one visitor.
    pub(super) fn fill(&self, filling: Filling, policy: Option<HeaderValue>) -> Response {
        let length = self
            .pieces
            .iter()
            .map(|(text, gap)| text.len() + gap.text(filling).len());
        let mut page = String::with_capacity(length.sum());
        for (text, gap) in &self.pieces {
            page.push_str(text);
            page.push_str(gap.text(filling));
        }
        let mut response = Response::new(Body::from(Bytes::from(page)));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        if let Some(policy) = policy {
            let name = header::CONTENT_SECURITY_POLICY;
            response.headers_mut().insert(name, policy);
        }
        response
    }
}

impl Gap {
    const fn text(self, filling: Filling<'_>) -> &str {
        match self {
            Self::Nonce => filling.nonce,
            Self::Id => filling.id,
            Self::End => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn every_gap_is_filled_and_nothing_else_changes() -> Result<(), axum::Error> {
        let drawn = Filling {
            nonce: "NNN",
            id: "III",
        };
        let page = "<script nonce=NNN>III</script><b nonce=NNN>ü</b>";
        let template = Template::cut(StatusCode::OK, HeaderMap::new(), page, drawn);
        let filling = Filling {
            nonce: "other",
            id: "",
        };
        let body = template.fill(filling, None).into_body().collect().await?;
        let expected = "<script nonce=other></script><b nonce=other>ü</b>";
        assert_eq!(body.to_bytes(), expected);
        Ok(())
    }

    #[test]
    fn a_page_that_sets_a_cookie_or_failed_is_nobody_else_s() {
        let drawn = Filling {
            nonce: "n",
            id: "i",
        };
        let template = |status, headers| Template::cut(status, headers, "", drawn);
        let mut cookie = HeaderMap::new();
        cookie.insert(header::SET_COOKIE, HeaderValue::from_static("a=b"));
        assert!(template(StatusCode::OK, HeaderMap::new()).is_shareable());
        assert!(!template(StatusCode::OK, cookie).is_shareable());
        assert!(!template(StatusCode::NOT_FOUND, HeaderMap::new()).is_shareable());
    }
}
