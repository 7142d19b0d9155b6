//! Accounts.

use super::{
    SqliteStore, query,
    values::{At, Count, Key, read, read_text, read_words},
};
use crate::store::{Deletion, StoreError, TotpRecord, UserRecord, Users};
use async_trait::async_trait;
use domain::{
    SessionId, UserId,
    account::{Email, EthAddress, Name, PhoneNumber, Role},
};
use rusqlite::{Connection, Row, Transaction, named_params};

/// One statement, so that an account and its wallets are of the same moment.
const SELECT: &str = "
    SELECT *, (
        SELECT group_concat(address, ' ' ORDER BY position)
        FROM wallets WHERE wallets.user_id = users.id
    ) AS wallets
    FROM users WHERE ";

pub(super) fn select(condition: &str) -> String {
    format!("{SELECT}{condition}")
}

const INSERT: &str = "
    INSERT INTO users (
        id, email, name, role, email_verified, phone, password_hash,
        totp_sealed_secret, totp_enabled, totp_last_step, totp_recovery_codes,
        session_epoch, created_at, revision
    ) VALUES (
        :id, :email, :name, :role, :email_verified, :phone, :password_hash,
        :totp_sealed_secret, :totp_enabled, :totp_last_step, :totp_recovery_codes,
        :session_epoch, :created_at, :revision + 1
    )";

const UPDATE: &str = "
    UPDATE users SET
        email = :email, name = :name, role = :role, email_verified = :email_verified,
        phone = :phone, password_hash = :password_hash, totp_sealed_secret = :totp_sealed_secret,
        totp_enabled = :totp_enabled, totp_last_step = :totp_last_step,
        totp_recovery_codes = :totp_recovery_codes, session_epoch = :session_epoch,
        created_at = :created_at, revision = revision + 1
    WHERE id = :id AND revision = :revision";

/// Unless it is the last administrator's.
const DELETE: &str = "
    DELETE FROM users WHERE id = ?1
    AND (role <> 'admin' OR (SELECT count(*) FROM users WHERE role = 'admin') > 1)";

const IS_LAST_ADMIN: &str = "
    SELECT 1 FROM users WHERE id = ?1 AND role = 'admin'
    AND (SELECT count(*) FROM users WHERE role = 'admin') = 1";

pub(super) fn record(row: &Row<'_>) -> Result<UserRecord, StoreError> {
    let email: Option<String> = row.get("email")?;
    let email = email
        .map(|_| read(row, "email", Email::parse))
        .transpose()?;
    let phone: Option<String> = row.get("phone")?;
    let phone = phone
        .map(|_| read(row, "phone", PhoneNumber::parse))
        .transpose()?;
    Ok(UserRecord {
        id: UserId::new(row.get::<_, Key>("id")?.0),
        email,
        name: Name::stored(row.get("name")?),
        role: read_text(row, "role")?,
        email_verified: row.get("email_verified")?,
        phone,
        password_hash: row.get("password_hash")?,
        totp: totp(row)?,
        wallets: read_words(row, "wallets", EthAddress::parse)?,
        session_epoch: row.get("session_epoch")?,
        created_at: row.get::<_, At>("created_at")?.0,
        revision: row.get::<_, Count>("revision")?.0,
    })
}

fn totp(row: &Row<'_>) -> Result<Option<TotpRecord>, StoreError> {
    let Some(sealed_secret) = row.get("totp_sealed_secret")? else {
        return Ok(None);
    };
    let codes: Vec<u8> = row.get("totp_recovery_codes")?;
    let (recovery_codes, rest) = codes.as_chunks::<32>();
    if !rest.is_empty() {
        let text = "totp_recovery_codes: not of 32 bytes each";
        return Err(StoreError::Corrupt(text.to_owned()));
    }
    Ok(Some(TotpRecord {
        sealed_secret,
        enabled: row.get("totp_enabled")?,
        last_step: row.get::<_, Count>("totp_last_step")?.0,
        recovery_codes: recovery_codes.to_vec(),
    }))
}

/// Stores or replaces the account without its wallets; tells how many rows it concerned.
fn put(writer: &Connection, sql: &str, user: &UserRecord) -> Result<usize, StoreError> {
    let totp = user.totp.as_ref();
    let params = named_params! {
        ":id": Key(user.id.uuid()),
        ":email": user.email.as_ref().map(Email::as_str),
        ":name": user.name.as_str(),
        ":role": user.role.as_str(),
        ":email_verified": user.email_verified,
        ":phone": user.phone.as_ref().map(PhoneNumber::as_str),
        ":password_hash": user.password_hash,
        ":totp_sealed_secret": totp.map(|totp| totp.sealed_secret.as_slice()),
        ":totp_enabled": totp.map(|totp| totp.enabled),
        ":totp_last_step": totp.map(|totp| Count(totp.last_step)),
        ":totp_recovery_codes": totp.map(|totp| totp.recovery_codes.concat()),
        ":session_epoch": user.session_epoch,
        ":created_at": At(user.created_at),
        ":revision": Count(user.revision),
    };
    query::run(writer, sql, params)
}

fn add_wallets(writer: &Connection, user: &UserRecord) -> Result<(), StoreError> {
    let sql = "INSERT INTO wallets (address, user_id, position) VALUES (?1, ?2, ?3)";
    for (position, wallet) in (0_u32..).zip(&user.wallets) {
        let params = (wallet.as_str(), Key(user.id.uuid()), position);
        query::run(writer, sql, params)?;
    }
    Ok(())
}

/// Replaces the account with its wallets, if it has the revision of `user`.
fn replace(writer: &Connection, user: &UserRecord) -> Result<(), StoreError> {
    if put(writer, UPDATE, user)? == 0 {
        return Err(StoreError::Changed);
    }
    let sql = "DELETE FROM wallets WHERE user_id = ?1";
    query::run(writer, sql, [Key(user.id.uuid())])?;
    add_wallets(writer, user)
}

/// The same, and ends its sessions but for one.
fn replace_ending_sessions(
    writer: &Connection,
    user: &UserRecord,
    spared: Option<SessionId>,
) -> Result<(), StoreError> {
    replace(writer, user)?;
    let owner = || Key(user.id.uuid());
    let spared = spared.map(|id| Key(id.uuid()));
    let sql = "DELETE FROM sessions WHERE user_id = ?1 AND id IS NOT ?2";
    query::run(writer, sql, (owner(), spared))?;
    // At most the spared one is left.
    let sql = "UPDATE sessions SET epoch = ?2 WHERE user_id = ?1";
    query::run(writer, sql, (owner(), user.session_epoch)).map(drop)
}

#[async_trait]
impl Users for SqliteStore {
    async fn insert(&self, user: &UserRecord) -> Result<(), StoreError> {
        // Its first revision is 1, whatever it says.
        let user = UserRecord {
            revision: 0,
            ..user.clone()
        };
        let work = move |writer: &Transaction<'_>| {
            put(writer, INSERT, &user)?;
            add_wallets(writer, &user)
        };
        self.connections.write(work).await
    }

    async fn by_id(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        let sql = select("id = ?1");
        let work = move |reader: &Connection| query::one(reader, &sql, [Key(id.uuid())], record);
        self.connections.read(work).await
    }

    async fn by_ids(&self, ids: &[UserId]) -> Result<Vec<UserRecord>, StoreError> {
        let sql = select("id IN (SELECT unhex(value) FROM json_each(?1))");
        let ids = query::list(ids.iter().map(|id| id.uuid()))?;
        let work = move |reader: &Connection| query::all(reader, &sql, [ids], record);
        self.connections.read(work).await
    }

    async fn by_email(&self, email: &Email) -> Result<Option<UserRecord>, StoreError> {
        let sql = select("email = ?1");
        let email = email.clone();
        let work = move |reader: &Connection| query::one(reader, &sql, [email.as_str()], record);
        self.connections.read(work).await
    }

    async fn by_wallet(&self, wallet: &EthAddress) -> Result<Option<UserRecord>, StoreError> {
        let owner = "id = (SELECT user_id FROM wallets WHERE address = ?1)";
        let sql = select(owner);
        let wallet = wallet.clone();
        let work = move |reader: &Connection| query::one(reader, &sql, [wallet.as_str()], record);
        self.connections.read(work).await
    }

    async fn update(&self, user: &UserRecord) -> Result<(), StoreError> {
        let user = user.clone();
        let work = move |writer: &Transaction<'_>| replace(writer, &user);
        self.connections.write(work).await
    }

    async fn update_ending_sessions(
        &self,
        user: &UserRecord,
        spared: Option<SessionId>,
    ) -> Result<(), StoreError> {
        let user = user.clone();
        let work = move |writer: &Transaction<'_>| replace_ending_sessions(writer, &user, spared);
        self.connections.write(work).await
    }

    async fn demote(&self, user: &UserRecord) -> Result<bool, StoreError> {
        let user = user.clone();
        let work = move |writer: &Transaction<'_>| {
            let id = || Key(user.id.uuid());
            let is_last = query::one(writer, IS_LAST_ADMIN, [id()], |_| Ok(()))?;
            if is_last.is_some() {
                return Ok(false);
            }
            replace_ending_sessions(writer, &user, None)?;
            Ok(true)
        };
        self.connections.write(work).await
    }

    async fn delete(&self, id: UserId) -> Result<Deletion, StoreError> {
        let work = move |writer: &Transaction<'_>| {
            if query::run(writer, DELETE, [Key(id.uuid())])? == 1 {
                let sql = "INSERT INTO leaving (user_id) VALUES (?1)";
                query::run(writer, sql, [Key(id.uuid())])?;
                return Ok(Deletion::Done);
            }
            let sql = "SELECT 1 FROM users WHERE id = ?1";
            let stays = query::one(writer, sql, [Key(id.uuid())], |_| Ok(()))?;
            Ok(stays.map_or(Deletion::Missing, |()| Deletion::LastAdmin))
        };
        self.connections.write(work).await
    }

    async fn with_totp(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserRecord>, StoreError> {
        let sql = select(
            "totp_sealed_secret IS NOT NULL AND (?1 IS NULL OR id > ?1) ORDER BY id LIMIT ?2",
        );
        let after = after.map(|id| Key(id.uuid()));
        let work = move |reader: &Connection| query::all(reader, &sql, (after, limit), record);
        self.connections.read(work).await
    }

    async fn count_with_role(&self, role: Role) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM users WHERE role = ?1";
        let count = self.connections.read(move |reader| {
            query::one(reader, sql, [role.as_str()], |row| {
                Ok(row.get::<_, Count>(0)?.0)
            })
        });
        Ok(count.await?.unwrap_or_default())
    }
}
