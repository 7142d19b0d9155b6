//! Time-based one-time passwords (RFC 6238): SHA-1, six digits, 30 s, one step of tolerance.

use super::{
    AuthError, Parts,
    keys::{Keys, Use},
    seal,
};
use crate::store::{TotpRecord, UserRecord};
use domain::{UserId, account::TotpSetup};
use qrcode::{QrCode, render::svg};
use rand::RngCore;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use time::OffsetDateTime;
use totp_rs::{Algorithm, Builder, Totp};

const ISSUER: &str = "CryptoVault";
/// As long as a SHA-1 sum (RFC 4226 §4).
const SECRET_BYTES: usize = 20;
const STEP_SECONDS: u64 = 30;
const TOLERANCE_STEPS: u16 = 1;
const DIGITS: u8 = 6;

/// How many recovery codes there are.
pub(super) const RECOVERY_CODES: usize = 10;
/// Of Crockford's Base32: no letter looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 120 bits, in six groups of four letters: with 112 or more a plain hash is enough to keep them
/// (ASVS 6.5.2).
const CODE_LETTERS: usize = 24;

/// What proved a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Totp,
    RecoveryCode,
}

/// A new secret and what an authenticator app needs.
pub(super) fn set_up(keys: &Keys, user: &UserRecord) -> Result<(TotpRecord, TotpSetup), AuthError> {
    let mut secret = [0; SECRET_BYTES];
    rand::rng().fill_bytes(&mut secret);
    let record = TotpRecord {
        sealed_secret: seal::seal(keys, Use::Storage, user.id.uuid().as_bytes(), &secret),
        enabled: false,
        last_step: 0,
        recovery_codes: Vec::new(),
    };
    Ok((record, setup(user, secret)?))
}

/// What an authenticator app needs for a secret that was made before.
pub(super) fn set_up_again(keys: &Keys, user: &UserRecord) -> Option<TotpSetup> {
    let record = user.totp.as_ref().filter(|record| !record.enabled)?;
    let id = user.id.uuid();
    let opened = seal::open(keys, Use::Storage, id.as_bytes(), &record.sealed_secret)?;
    setup(user, opened.content.try_into().ok()?).ok()
}

fn setup(user: &UserRecord, secret: [u8; SECRET_BYTES]) -> Result<TotpSetup, AuthError> {
    let account = user
        .email
        .as_ref()
        .map_or(user.name.as_str(), |email| email.as_str());
    let totp = totp(&secret, account).ok_or(AuthError::Conflict(UNUSABLE))?;
    let otpauth_url = totp.to_url().map_err(|_| AuthError::Conflict(UNUSABLE))?;
    Ok(TotpSetup {
        secret: totp_rs::Secret::new_stack(secret).to_base32(),
        qr_svg: qr(&otpauth_url).ok_or(AuthError::Conflict(UNUSABLE))?,
        otpauth_url,
    })
}

const UNUSABLE: &str = "The second factor can't be set up for this account.";

fn totp(secret: &[u8], account: &str) -> Option<Totp> {
    // A colon parts issuer and account in the address.
    let account = account.replace(':', " ");
    let builder = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(TOLERANCE_STEPS)
        .with_step_duration(STEP_SECONDS)
        .with_secret(secret.to_vec())
        .with_issuer(Some(ISSUER))
        .with_account_name(account);
    builder.build().ok()
}

/// A picture in attributes only: the page's policy allows no styles.
fn qr(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    Some(
        code.render::<svg::Color<'_>>()
            .min_dimensions(200, 200)
            .build(),
    )
}

/// Checks a code of the app or a recovery code and uses it up: `user` is changed and to be stored.
pub(super) fn use_code(
    keys: &Keys,
    user: &mut UserRecord,
    code: &str,
    now: OffsetDateTime,
) -> Result<Proof, AuthError> {
    let id = user.id;
    let totp = user.totp.as_mut().ok_or(AuthError::InvalidCode)?;
    let code: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect();
    if code.len() == usize::from(DIGITS) {
        use_totp(keys, id, totp, &code, now)?;
        return Ok(Proof::Totp);
    }
    let hash = recovery_hash(id, &code);
    let before = totp.recovery_codes.len();
    totp.recovery_codes
        .retain(|kept| !super::keys::equal(kept, &hash));
    if totp.recovery_codes.len() == before {
        return Err(AuthError::InvalidCode);
    }
    Ok(Proof::RecoveryCode)
}

/// Checks a code of the app. One of the last accepted step or before is refused, so that nobody who
/// has seen it can use it again.
pub(super) fn use_totp(
    keys: &Keys,
    id: UserId,
    record: &mut TotpRecord,
    code: &str,
    now: OffsetDateTime,
) -> Result<(), AuthError> {
    let context = id.uuid();
    let opened = seal::open(
        keys,
        Use::Storage,
        context.as_bytes(),
        &record.sealed_secret,
    );
    let opened = opened.ok_or_else(|| {
        tracing::error!(user = %id, "a second factor can't be opened: was JWT_SECRET changed twice?");
        AuthError::InvalidCode
    })?;
    let totp = totp(&opened.content, "account").ok_or(AuthError::InvalidCode)?;
    let seconds = u64::try_from(now.unix_timestamp()).map_err(|_| AuthError::InvalidCode)?;
    let step = totp
        .check(code, seconds)
        .filter(|step| *step > record.last_step);
    record.last_step = step.ok_or(AuthError::InvalidCode)?;
    if opened.is_old {
        record.sealed_secret = seal::seal(keys, Use::Storage, context.as_bytes(), &opened.content);
    }
    Ok(())
}

/// New recovery codes: to be shown, and to be stored.
pub(super) fn recovery_codes(user: UserId) -> (Vec<String>, Vec<[u8; 32]>) {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
    let hashes = codes
        .iter()
        .map(|code| recovery_hash(user, &code.replace('-', "")));
    let hashes = hashes.collect();
    (codes, hashes)
}

fn recovery_code() -> String {
    let mut bytes = [0; CODE_LETTERS];
    rand::rng().fill_bytes(&mut bytes);
    let mut code = String::new();
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && index % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    code
}

/// So many random bits need no slow hash.
fn recovery_hash(user: UserId, code: &str) -> [u8; 32] {
    let mut text = String::new();
    // Writing to a text can't fail.
    let _ = write!(text, "{user} {}", code.to_ascii_uppercase());
    Sha256::digest(text).into()
}

impl Parts {
    /// Uses up a code of an account that has a second factor.
    pub(super) async fn use_code(
        &self,
        user: UserId,
        code: &str,
    ) -> Result<(UserRecord, Proof), AuthError> {
        let now = self.clock.now();
        self.change(user, |user| {
            if !user.has_second_factor() {
                return Err(AuthError::InvalidCode);
            }
            use_code(&self.keys, user, code, now)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use domain::account::{Name, Role};
    use uuid::Uuid;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn keys() -> Keys {
        Keys::new(&Secret::new("a".repeat(32)), None)
    }

    fn user() -> Result<UserRecord, Box<dyn std::error::Error>> {
        Ok(UserRecord {
            id: UserId::new(Uuid::now_v7()),
            email: None,
            name: Name::parse("Ann: of \"Green\" Gables")?,
            role: Role::User,
            email_verified: true,
            phone: None,
            password_hash: None,
            totp: None,
            wallets: Vec::new(),
            session_epoch: 0,
            created_at: OffsetDateTime::UNIX_EPOCH,
            revision: 0,
        })
    }

    /// The keys and values of RFC 6238, appendix B, in six digits.
    #[test]
    fn codes_are_those_of_the_standard() -> Outcome {
        let keys = keys();
        let id = user()?.id;
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let mut record = TotpRecord {
                sealed_secret: seal::seal(&keys, Use::Storage, id.uuid().as_bytes(), secret),
                enabled: true,
                last_step: 0,
                recovery_codes: Vec::new(),
            };
            let now = OffsetDateTime::from_unix_timestamp(seconds)?;
            use_totp(&keys, id, &mut record, code, now).map_err(|_| code)?;
            assert!(
                use_totp(&keys, id, &mut record, code, now).is_err(),
                "{code} twice"
            );
        }
        Ok(())
    }

    #[test]
    fn a_code_counts_one_step_before_and_after_and_never_steps_back() -> Outcome {
        let keys = keys();
        let user = user()?;
        let secret = b"12345678901234567890";
        let app = totp(secret, "ann").ok_or("no totp")?;
        let at = 1_700_000_010;
        let fresh = || TotpRecord {
            sealed_secret: seal::seal(&keys, Use::Storage, user.id.uuid().as_bytes(), secret),
            enabled: true,
            last_step: 0,
            recovery_codes: Vec::new(),
        };
        let now = OffsetDateTime::from_unix_timestamp(at)?;
        let code = |offset: i64| {
            app.generate(u64::try_from(at + offset).unwrap_or(0))
                .to_string()
        };
        let counts = |record: &mut TotpRecord, offset| {
            use_totp(&keys, user.id, record, &code(offset), now).is_ok()
        };
        for (offset, expected) in [
            (-60, false),
            (-30, true),
            (0, true),
            (30, true),
            (60, false),
        ] {
            assert_eq!(counts(&mut fresh(), offset), expected, "{offset} s");
        }
        let mut record = fresh();
        assert!(counts(&mut record, 30), "a step ahead");
        assert!(
            !counts(&mut record, 0) && !counts(&mut record, -30),
            "back from it"
        );
        Ok(())
    }

    #[test]
    fn a_recovery_code_counts_once_however_it_is_typed() -> Outcome {
        let keys = keys();
        let mut user = user()?;
        let (mut record, setup) = set_up(&keys, &user).map_err(|error| error.to_string())?;
        let (codes, hashes) = recovery_codes(user.id);
        record.recovery_codes = hashes;
        user.totp = Some(record);
        assert_eq!(codes.len(), RECOVERY_CODES);
        let now = OffsetDateTime::from_unix_timestamp(1_700_000_000)?;
        let typed = codes[3].to_lowercase().replace('-', " ");
        assert_eq!(
            use_code(&keys, &mut user, &typed, now).ok(),
            Some(Proof::RecoveryCode)
        );
        assert!(use_code(&keys, &mut user, &codes[3], now).is_err(), "twice");
        assert_eq!(
            use_code(&keys, &mut user, &codes[4], now).ok(),
            Some(Proof::RecoveryCode)
        );
        assert!(use_code(&keys, &mut user, "", now).is_err());
        assert!(
            setup.otpauth_url.starts_with("otpauth://totp/CryptoVault:"),
            "{}",
            setup.otpauth_url
        );
        assert!(setup.qr_svg.contains("<svg") && !setup.qr_svg.contains("style"));
        Ok(())
    }
}
