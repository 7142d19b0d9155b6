//! Accounts.

use super::{
    MongoStore,
    error::Failure,
    journal::LeavingDocument,
    link::again,
    portfolios::{Leftover, Told},
    sessions::SessionDocument,
    transaction::Work,
    values::{binary, hash, key, keys, micros, signed, stored, time, unsigned, uuid},
};
use crate::store::{Deletion, StoreError, TotpRecord, UserRecord, Users};
use async_trait::async_trait;
use domain::{
    SessionId, UserId,
    account::{Email, EthAddress, Name, PhoneNumber, Role},
};
use futures_util::TryStreamExt;
use mongodb::{
    ClientSession, Collection,
    bson::{Binary, Document, Uuid, doc},
};
use serde::{Deserialize, Serialize};

pub(super) const NAME: &str = "users";
pub(super) const EMAIL_INDEX: &str = "email";
pub(super) const WALLET_INDEX: &str = "wallet";

/// What is missing is left out: the unique indexes pass over documents without the field.
#[derive(Serialize, Deserialize)]
pub(super) struct UserDocument {
    #[serde(rename = "_id")]
    id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<Email>,
    name: String,
    role: Role,
    email_verified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    totp: Option<TotpDocument>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    wallets: Vec<EthAddress>,
    session_epoch: u32,
    created_at_us: i64,
    revision: i64,
}

#[derive(Serialize, Deserialize)]
struct TotpDocument {
    sealed_secret: Binary,
    enabled: bool,
    last_step: i64,
    recovery_codes: Vec<Binary>,
}

impl UserDocument {
    fn new(user: &UserRecord, revision: i64) -> Result<Self, StoreError> {
        Ok(Self {
            id: key(user.id),
            email: user.email.clone(),
            name: user.name.as_str().to_owned(),
            role: user.role,
            email_verified: user.email_verified,
            phone: user.phone.as_ref().map(ToString::to_string),
            password_hash: user.password_hash.clone(),
            totp: user.totp.as_ref().map(TotpDocument::new).transpose()?,
            wallets: user.wallets.clone(),
            session_epoch: user.session_epoch,
            created_at_us: micros(user.created_at),
            revision,
        })
    }

    pub(super) fn record(self) -> Result<UserRecord, StoreError> {
        let phone = self.phone.as_deref().map(PhoneNumber::parse).transpose();
        let phone = phone.map_err(|error| StoreError::Corrupt(format!("phone: {error}")))?;
        Ok(UserRecord {
            id: UserId::new(uuid(self.id)),
            email: self.email,
            name: Name::stored(self.name),
            role: self.role,
            email_verified: self.email_verified,
            phone,
            password_hash: self.password_hash,
            totp: self.totp.map(TotpDocument::record).transpose()?,
            wallets: self.wallets,
            session_epoch: self.session_epoch,
            created_at: time(self.created_at_us)?,
            revision: unsigned(self.revision)?,
        })
    }
}

impl TotpDocument {
    fn new(totp: &TotpRecord) -> Result<Self, StoreError> {
        Ok(Self {
            sealed_secret: binary(&totp.sealed_secret),
            enabled: totp.enabled,
            last_step: signed(totp.last_step)?,
            recovery_codes: totp
                .recovery_codes
                .iter()
                .map(|code| binary(code))
                .collect(),
        })
    }

    fn record(self) -> Result<TotpRecord, StoreError> {
        let codes = self.recovery_codes.iter();
        Ok(TotpRecord {
            sealed_secret: self.sealed_secret.bytes,
            enabled: self.enabled,
            last_step: unsigned(self.last_step)?,
            recovery_codes: codes.map(hash).collect::<Result<_, _>>()?,
        })
    }
}

impl MongoStore {
    fn ending_sessions(
        &self,
        user: &UserRecord,
        spared: Option<SessionId>,
    ) -> Result<UpdateEndingSessions, StoreError> {
        let revision = signed(user.revision)?;
        Ok(UpdateEndingSessions {
            users: self.users.clone(),
            sessions: self.sessions.clone(),
            user: user.id,
            revision,
            document: UserDocument::new(user, revision.saturating_add(1))?,
            epoch: user.session_epoch,
            spared,
        })
    }

    async fn one_user(&self, filter: Document) -> Result<Option<UserRecord>, StoreError> {
        let users = self.users.clone();
        let find = async move { again(|| users.find_one(filter.clone())).await };
        let found = self.link.call(find).await?;
        found.map(UserDocument::record).transpose()
    }
}

#[async_trait]
impl Users for MongoStore {
    async fn insert(&self, user: &UserRecord) -> Result<(), StoreError> {
        let (users, document) = (self.users.clone(), UserDocument::new(user, 1)?);
        let insert = async move { again(|| users.insert_one(&document)).await };
        self.link.call(insert).await.map(drop)
    }

    async fn by_id(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        self.one_user(doc! { "_id": key(id) }).await
    }

    async fn by_ids(&self, ids: &[UserId]) -> Result<Vec<UserRecord>, StoreError> {
        let users = self.users.clone();
        let these = doc! { "_id": { "$in": keys(ids) } };
        let find = async move {
            let cursor = users.find(these).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(UserDocument::record).collect()
    }

    async fn by_email(&self, email: &Email) -> Result<Option<UserRecord>, StoreError> {
        self.one_user(doc! { "email": email.as_str() }).await
    }

    async fn by_wallet(&self, wallet: &EthAddress) -> Result<Option<UserRecord>, StoreError> {
        self.one_user(doc! { "wallets": wallet.as_str() }).await
    }

    async fn update(&self, user: &UserRecord) -> Result<(), StoreError> {
        let revision = signed(user.revision)?;
        let filter = doc! { "_id": key(user.id), "revision": revision };
        let document = UserDocument::new(user, revision.saturating_add(1))?;
        let users = self.users.clone();
        let replace = async move { again(|| users.replace_one(filter.clone(), &document)).await };
        match self.link.call(replace).await?.matched_count {
            0 => Err(StoreError::Changed),
            _ => Ok(()),
        }
    }

    async fn update_ending_sessions(
        &self,
        user: &UserRecord,
        spared: Option<SessionId>,
    ) -> Result<(), StoreError> {
        let update = self.ending_sessions(user, spared)?;
        self.link.transaction(update).await
    }

    async fn demote(&self, user: &UserRecord) -> Result<bool, StoreError> {
        let update = self.ending_sessions(user, None)?;
        self.link.transaction(Demote { update }).await
    }

    async fn delete(&self, id: UserId) -> Result<Deletion, StoreError> {
        let store = self.clone();
        let deletion = self.link.transaction(Delete { store, id }).await?;
        if deletion == Deletion::Done {
            self.clear(Leftover::all_of(id)).await;
        }
        Ok(deletion)
    }

    async fn with_totp(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserRecord>, StoreError> {
        let users = self.users.clone();
        let mut filter = doc! { "totp": { "$ne": null } };
        if let Some(id) = after {
            filter.insert("_id", doc! { "$gt": key(id) });
        }
        let find = async move {
            let find = users.find(filter).sort(doc! { "_id": 1 });
            let cursor = find.limit(i64::from(limit)).await?;
            Ok(cursor.try_collect::<Vec<_>>().await?)
        };
        let found = self.link.call(find).await?;
        found.into_iter().map(UserDocument::record).collect()
    }

    async fn count_with_role(&self, role: Role) -> Result<u64, StoreError> {
        let (users, filter) = (self.users.clone(), doc! { "role": role.as_str() });
        let count = async move { again(|| users.count_documents(filter.clone())).await };
        self.link.call(count).await
    }
}

/// Replaces an account, takes one of its sessions over into the new epoch and deletes the others.
struct UpdateEndingSessions {
    users: Collection<UserDocument>,
    sessions: Collection<SessionDocument>,
    user: UserId,
    /// What the account must have.
    revision: i64,
    document: UserDocument,
    epoch: u32,
    spared: Option<SessionId>,
}

#[async_trait]
impl Work for UpdateEndingSessions {
    type Output = ();

    async fn run(&self, session: &mut ClientSession) -> Result<(), Failure> {
        let present = doc! { "_id": key(self.user), "revision": self.revision };
        let replace = self.users.replace_one(present, &self.document);
        if replace.session(&mut *session).await?.matched_count == 0 {
            return Err(StoreError::Changed.into());
        }
        let mut over = doc! { "user": key(self.user) };
        if let Some(spared) = self.spared {
            over.insert("_id", doc! { "$ne": stored(spared.uuid()) });
        }
        let delete = self.sessions.delete_many(over).session(&mut *session);
        delete.await?;
        // At most the spared one is left.
        let epoch = doc! { "$set": { "epoch": i64::from(self.epoch) } };
        let left = doc! { "user": key(self.user) };
        let update = self.sessions.update_many(left, epoch).session(session);
        update.await?;
        Ok(())
    }
}

/// Takes an administrator's role, unless it is the last one's.
struct Demote {
    update: UpdateEndingSessions,
}

#[async_trait]
impl Work for Demote {
    type Output = bool;

    async fn run(&self, session: &mut ClientSession) -> Result<bool, Failure> {
        let UpdateEndingSessions { users, user, .. } = &self.update;
        let admin = doc! { "_id": key(*user), "role": Role::Admin.as_str() };
        let is_admin = users
            .find_one(admin)
            .session(&mut *session)
            .await?
            .is_some();
        if is_admin && !others_are_left(users, *user, session).await? {
            return Ok(false);
        }
        self.update.run(session).await?;
        Ok(true)
    }
}

/// Marks the other administrators, which meets whoever deletes or demotes one of them at the same
/// moment.
async fn others_are_left(
    users: &Collection<UserDocument>,
    user: UserId,
    session: &mut ClientSession,
) -> Result<bool, Failure> {
    let others = doc! { "role": Role::Admin.as_str(), "_id": { "$ne": key(user) } };
    let mark = doc! { "$inc": { "marks": 1_i64 } };
    let marked = users.update_many(others, mark).session(session);
    Ok(marked.await?.matched_count > 0)
}

/// Deletes an account and everything that can't be without it.
struct Delete {
    store: MongoStore,
    id: UserId,
}

#[async_trait]
impl Work for Delete {
    type Output = Deletion;

    async fn run(&self, session: &mut ClientSession) -> Result<Deletion, Failure> {
        let MongoStore {
            users,
            sessions,
            tokens,
            api_keys,
            addresses,
            alerts,
            news,
            webhooks,
            told,
            ..
        } = &self.store;
        let find = users.find_one(doc! { "_id": key(self.id) });
        let Some(user) = find.session(&mut *session).await? else {
            return Ok(Deletion::Missing);
        };
        if user.role == Role::Admin && !others_are_left(users, self.id, session).await? {
            return Ok(Deletion::LastAdmin);
        }
        let delete = users.delete_one(doc! { "_id": key(self.id) });
        delete.session(&mut *session).await?;
        self.delete_from(sessions, session).await?;
        self.delete_from(tokens, session).await?;
        self.delete_from(api_keys, session).await?;
        self.delete_from(addresses, session).await?;
        self.delete_from(alerts, session).await?;
        self.delete_from(&news.notifications, session).await?;
        self.delete_from(&news.deliveries, session).await?;
        self.delete_from(webhooks, session).await?;
        let preferences = news.preferences.delete_one(doc! { "_id": key(self.id) });
        preferences.session(&mut *session).await?;
        self.delete_portfolio(told, session).await?;
        let note = self.store.leaving.insert_one(LeavingDocument::of(self.id));
        note.session(session).await?;
        Ok(Deletion::Done)
    }
}

impl Delete {
    /// Its entries may be too many for a transaction: they are deleted after it.
    async fn delete_portfolio(
        &self,
        told: &Told,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let delete = told.portfolios.delete_one(doc! { "_id": key(self.id) });
        if delete.session(&mut *session).await?.deleted_count == 1 {
            let leftover = Leftover::all_of(self.id);
            let note = told.leftovers.insert_one(leftover);
            note.session(session).await?;
        }
        Ok(())
    }

    async fn delete_from<T: Send + Sync>(
        &self,
        collection: &Collection<T>,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let delete = collection.delete_many(doc! { "user": key(self.id) });
        delete.session(session).await?;
        Ok(())
    }
}
