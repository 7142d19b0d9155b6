//! Forged tokens.

use super::*;
use crate::store::Generation;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const ORIGIN: &str = "https://vault.example";

fn keys(current: &str, previous: Option<&str>) -> Keys {
    let secret = |text: &str| Secret::new(text.repeat(32));
    Keys::new(&secret(current), previous.map(secret).as_ref())
}

fn maker() -> TokenMaker {
    TokenMaker::new(keys("a", None), ORIGIN)
}

fn ids() -> (UserId, SessionId) {
    (UserId::new(Uuid::now_v7()), SessionId::new(Uuid::now_v7()))
}

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// A token signed with the right key, after `change`.
fn forged(change: impl Fn(&mut Value, &mut Value)) -> Result<String, Box<dyn std::error::Error>> {
    let (user, session) = ids();
    let at = now().unix_timestamp();
    let set = keys("a", None).current;
    let mut header = json!({"alg": "HS256", "typ": "JWT", "kid": set.id});
    let mut claims = json!({
        "iss": ORIGIN, "aud": ORIGIN, "sub": user, "sid": session, "jti": "x",
        "typ": "access", "iat": at, "nbf": at, "exp": at + 900,
    });
    change(&mut header, &mut claims);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = crate::auth::keys::mac(&set.key(Use::Jwt), &[signed.as_bytes()]);
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn counts(token: &str) -> bool {
    maker().check(token, Kind::Access, now()).is_some()
}

#[test]
fn a_token_says_whose_it_is() -> Outcome {
    let (user, session) = ids();
    let token = maker().access(user, session, now())?.0;
    let checked = maker()
        .check(token.expose(), Kind::Access, now())
        .ok_or("refused")?;
    assert_eq!((checked.claims.sub, checked.claims.sid), (user, session));
    assert!(
        counts(&forged(|_, _| {})?),
        "the forgery below differs in one thing only"
    );
    Ok(())
}

#[test]
fn a_token_with_another_algorithm_or_none_is_refused() -> Outcome {
    for algorithm in ["none", "None", "HS384", "HS512", "RS256", "ES256", ""] {
        let token = forged(|header, _| header["alg"] = json!(algorithm))?;
        assert!(!counts(&token), "{algorithm}");
        let (unsigned, _) = token.rsplit_once('.').ok_or("no dot")?;
        assert!(!counts(&format!("{unsigned}.")), "{algorithm} unsigned");
        assert!(!counts(unsigned), "{algorithm} cut");
    }
    Ok(())
}

#[test]
fn a_token_with_a_claim_changed_or_missing_is_refused() -> Outcome {
    let at = now().unix_timestamp();
    let changes = [
        ("iss", json!("https://other.example")),
        ("aud", json!("https://other.example")),
        ("aud", json!([])),
        ("typ", json!("refresh")),
        ("typ", json!("admin")),
        ("sub", json!("ann")),
        ("exp", json!(at)),
        ("exp", json!(at - 1)),
        ("nbf", json!(at + 6)),
        ("exp", json!("never")),
    ];
    for (claim, value) in changes {
        let token = forged(|_, claims| claims[claim] = value.clone())?;
        assert!(!counts(&token), "{claim} = {value}");
    }
    for claim in [
        "iss", "aud", "sub", "sid", "jti", "typ", "iat", "nbf", "exp",
    ] {
        let token = forged(|_, claims| {
            claims
                .as_object_mut()
                .and_then(|claims| claims.remove(claim));
        })?;
        assert!(!counts(&token), "without {claim}");
    }
    Ok(())
}

#[test]
fn a_token_needs_a_key_that_is_known() -> Outcome {
    let (user, session) = ids();
    let other = TokenMaker::new(keys("b", None), ORIGIN)
        .access(user, session, now())?
        .0;
    assert!(!counts(other.expose()), "another key");
    assert!(
        !counts(&forged(|header, _| header["kid"] = json!("00000000"))?),
        "unknown key id"
    );
    assert!(
        !counts(&forged(|header, _| header["kid"] = Value::Null)?),
        "no key id"
    );
    let rotated = TokenMaker::new(keys("b", Some("a")), ORIGIN);
    let old = maker().access(user, session, now())?.0;
    assert!(
        rotated.check(old.expose(), Kind::Access, now()).is_some(),
        "signed before rotation"
    );
    Ok(())
}

#[test]
fn a_refresh_token_can_be_made_again_but_not_used_as_access() -> Outcome {
    let (user, session) = ids();
    let generation = Generation {
        number: 3,
        issued_at: now(),
        expires_at: now() + REFRESH_TTL,
    };
    let token = maker().refresh(user, session, &generation)?;
    assert_eq!(token, maker().refresh(user, session, &generation)?);
    let next = Generation {
        number: 4,
        ..generation
    };
    assert_ne!(token, maker().refresh(user, session, &next)?);
    assert!(
        maker()
            .check(token.expose(), Kind::Refresh, now())
            .is_some()
    );
    assert!(!counts(token.expose()));
    Ok(())
}

#[test]
fn a_token_ends() -> Outcome {
    let (user, session) = ids();
    let token = maker().access(user, session, now())?.0;
    let at = |after| {
        maker()
            .check(token.expose(), Kind::Access, now() + after)
            .is_some()
    };
    assert!(at(ACCESS_TTL - Duration::from_secs(1)));
    assert!(!at(ACCESS_TTL));
    Ok(())
}

proptest! {
    #[test]
    fn a_tampered_token_is_refused(at in any::<prop::sample::Index>(), letter in "[A-Za-z0-9_.-]") {
        let (user, session) = ids();
        let token = maker().access(user, session, now()).map_err(|e| TestCaseError::fail(e.to_string()))?.0;
        let token = token.expose();
        let at = at.index(token.len());
        // The last letter of a part holds bits that no byte uses.
        let is_loose = token[at + 1..].starts_with('.') || at + 1 == token.len();
        prop_assume!(!is_loose && token[at..=at] != letter);
        let tampered = format!("{}{letter}{}", &token[..at], &token[at + 1..]);
        prop_assert!(!counts(&tampered));
    }

    #[test]
    fn nonsense_is_refused(text in "\\PC{0,200}") {
        prop_assert!(!counts(&text));
    }
}
