//! Records to store.

use domain::{
    AddressId, ApiKeyId, ImportId, SessionId, UserId,
    account::{Email, EthAddress, Name, PhoneNumber, Role, Scope},
    exchange::Timestamp,
    portfolio::{Act, Entry, Import, Leg, Money, Note, Origin, Place, Quantity, Recorded},
    wallet::{Label, Network, Standing, WithdrawalAddress},
};
use services::store::{
    AddressRecord, ApiKeyRecord, AuditRecord, Generation, Purpose, SessionRecord, TokenRecord,
    TotpRecord, UserRecord,
};
use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

pub(crate) const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// The present, to the microsecond.
pub(crate) fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now - Duration::nanoseconds((now.unix_timestamp_nanos() % 1_000) as i64)
}

/// So many minutes from now on.
pub(crate) fn minutes(minutes: i64) -> OffsetDateTime {
    now() + Duration::minutes(minutes)
}

/// An account with an address and nothing else.
pub(crate) fn user(email: &str) -> Fallible<UserRecord> {
    Ok(UserRecord {
        id: UserId::new(Uuid::now_v7()),
        email: Some(Email::parse(email)?),
        name: Name::parse("Zoë 李")?,
        role: Role::User,
        email_verified: false,
        phone: None,
        password_hash: Some("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned()),
        totp: None,
        wallets: Vec::new(),
        session_epoch: 1,
        created_at: now(),
        revision: 0,
    })
}

/// An account that has everything.
pub(crate) fn rich_user(email: &str) -> Fallible<UserRecord> {
    Ok(UserRecord {
        role: Role::Admin,
        email_verified: true,
        phone: Some(PhoneNumber::parse("+4930123456")?),
        totp: Some(TotpRecord {
            sealed_secret: vec![0, 1, 254, 255],
            enabled: true,
            last_step: 57_000_000,
            recovery_codes: vec![[7; 32], [0; 32]],
        }),
        wallets: vec![wallet(0xff)?, wallet(1)?],
        session_epoch: u32::MAX,
        ..user(email)?
    })
}

/// A wallet's address that ends in a number.
pub(crate) fn wallet(number: u32) -> Fallible<EthAddress> {
    Ok(EthAddress::parse(&format!("0x{number:040x}"))?)
}

/// The account as it is read after it was stored.
pub(crate) fn stored(user: &UserRecord, revision: u64) -> UserRecord {
    UserRecord {
        revision,
        ..user.clone()
    }
}

/// A session that is good for an hour.
pub(crate) fn session(user: UserId) -> SessionRecord {
    SessionRecord {
        id: SessionId::new(Uuid::now_v7()),
        user,
        epoch: 1,
        generation: generation(1),
        device: "Firefox on Linux".to_owned(),
        ip: HOME,
        created_at: now(),
        last_used_at: now(),
        stepped_up_at: None,
    }
}

/// A refresh token that is good for an hour.
pub(crate) fn generation(number: u32) -> Generation {
    Generation {
        number,
        issued_at: now(),
        expires_at: minutes(60),
    }
}

/// A token that is good for an hour.
pub(crate) fn token(number: u8, user: Option<UserId>) -> TokenRecord {
    TokenRecord {
        hash: [number; 32],
        purpose: Purpose::VerifyEmail,
        user,
        epoch: user.map(|_| 7),
        data: "ann@example.com".to_owned(),
        expires_at: minutes(60),
        tries: 0,
    }
}

/// A key without limits.
pub(crate) fn api_key(user: UserId) -> Fallible<ApiKeyRecord> {
    Ok(ApiKeyRecord {
        id: ApiKeyId::new(Uuid::now_v7()),
        user,
        name: Name::parse("trading bot")?,
        sealed_secret: vec![0, 255, 32, 10],
        scopes: vec![Scope::Read],
        ip_allow_list: Vec::new(),
        expires_at: None,
        created_at: now(),
        last_used_at: None,
    })
}

/// An address that ends in a number, on somebody's allow-list.
pub(crate) fn address(user: UserId, number: u32) -> Fallible<AddressRecord> {
    let text = format!("0x{number:040x}");
    Ok(AddressRecord {
        id: AddressId::new(Uuid::now_v7()),
        user,
        address: WithdrawalAddress::parse(Network::Ethereum, &text)?,
        label: Label::parse("cold storage")?,
        standing: Standing::added(now()),
        created_at: now(),
        revision: 1,
    })
}

/// So many units of an asset, at 18 decimal places.
pub(crate) fn leg(asset: &str, units: i128) -> Fallible<Leg> {
    Ok(Leg::new(asset.parse()?, Quantity::new(units)))
}

/// So many units of US dollars, at ten decimal places.
pub(crate) const fn money(units: i128) -> Money {
    Money::new(units)
}

/// A holding with this key and an id of its own, so many milliseconds after the beginning of 1970.
pub(crate) fn entry(number: u32) -> Fallible<Recorded> {
    entry_at(number, Timestamp::from_millis(i64::from(number)))
}

/// The same at another time.
pub(crate) fn entry_at(number: u32, at: Timestamp) -> Fallible<Recorded> {
    Ok(Recorded {
        entry: Entry {
            id: Uuid::now_v7(),
            at,
            rank: 0,
            place: Place::Elsewhere,
            act: Act::Deposit {
                leg: leg("BTC", 1_000_000_000_000_000_000)?,
                worth: money(970_000_000_000_000),
            },
        },
        origin: Origin::Holding,
        key: number.to_string(),
        note: Note::default(),
        import: None,
    })
}

/// Entries that came with a file.
pub(crate) fn imported(
    id: ImportId,
    numbers: impl IntoIterator<Item = u32>,
) -> Fallible<Vec<Recorded>> {
    let file = Note::parse("trades.csv")?;
    let told = numbers.into_iter().map(|number| {
        let import = Import {
            id,
            file: file.clone(),
        };
        Ok(Recorded {
            origin: Origin::Import,
            key: format!("kraken:{number}"),
            import: Some(import),
            ..entry(number)?
        })
    });
    told.collect()
}

/// A record of the audit log.
pub(crate) fn act(sequence: u64) -> AuditRecord {
    AuditRecord {
        sequence,
        at: now(),
        actor: None,
        action: "login".to_owned(),
        subject: None,
        ip: None,
        request_id: None,
        detail: String::new(),
        previous: [0; 32],
        hash: [255; 32],
    }
}
