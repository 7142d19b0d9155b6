//! Who writes the journal, in one document, and in which session.
//!
//! A writer whose process has ended may leave a transaction behind, which MongoDB keeps for a minute and
//! with it the lock on this document. So whoever takes over ends the former one's session first.

use super::{
    MongoStore,
    link::again,
    transaction::Work,
    values::{signed, unsigned},
};
use crate::store::{Epoch, StoreError, Tenure};
use mongodb::{
    ClientSession,
    bson::{Document, doc},
    options::ReturnDocument,
};
use serde::{Deserialize, Serialize};

pub(super) const NAME: &str = "tenure";

/// The one document.
const WRITER: &str = "exchange";

#[derive(Serialize, Deserialize)]
pub(super) struct TenureDocument {
    #[serde(rename = "_id")]
    id: String,
    epoch: i64,
    beat: i64,
    vacant: bool,
    /// What the server calls the session that its holder writes in.
    session: Option<Document>,
}

impl TenureDocument {
    fn tenure(&self) -> Result<Tenure, StoreError> {
        Ok(Tenure {
            epoch: unsigned(self.epoch)?,
            beat: unsigned(self.beat)?,
            is_vacant: self.vacant,
        })
    }
}

fn holder(epoch: u64) -> Result<Document, StoreError> {
    Ok(doc! { "_id": WRITER, "epoch": signed(epoch)? })
}

/// The document, as long as `epoch` is the present one.
pub(super) fn writer(epoch: Epoch) -> Result<Document, StoreError> {
    let mut writer = holder(epoch.0)?;
    writer.insert("vacant", false);
    Ok(writer)
}

impl MongoStore {
    async fn tenure_document(&self) -> Result<Option<TenureDocument>, StoreError> {
        let tenure = self.tenure.clone();
        let find = async move { again(|| tenure.find_one(doc! { "_id": WRITER })).await };
        self.link.call(find).await
    }

    async fn set_tenure(
        &self,
        filter: Document,
        update: Document,
    ) -> Result<Option<TenureDocument>, StoreError> {
        let tenure = self.tenure.clone();
        let set = async move {
            again(|| {
                let set = tenure.find_one_and_update(filter.clone(), update.clone());
                set.return_document(ReturnDocument::After)
            })
            .await
        };
        self.link.call(set).await
    }

    pub(super) async fn look_at_tenure(&self) -> Result<Tenure, StoreError> {
        let nobody = Tenure {
            is_vacant: true,
            ..Tenure::default()
        };
        let found = self.tenure_document().await?;
        found.map_or(Ok(nobody), |found| found.tenure())
    }

    pub(super) async fn take_tenure(&self, seen: Tenure) -> Result<Option<Epoch>, StoreError> {
        if seen.epoch == 0 {
            self.make_tenure().await?;
        }
        let found = self.tenure_document().await?;
        let Some(found) = found.filter(|found| found.tenure().is_ok_and(|now| now == seen)) else {
            return Ok(None);
        };
        self.end_session_of(&found).await;
        let session = self.new_session().await?;
        let mut filter = holder(seen.epoch)?;
        filter.insert("beat", signed(seen.beat)?);
        let update = doc! {
            "$inc": { "epoch": 1_i64 },
            "$set": { "beat": 0_i64, "vacant": false, "session": session.id() },
        };
        let taken = self.set_tenure(filter, update).await?;
        let epoch = taken.map(|taken| unsigned(taken.epoch)).transpose()?;
        if epoch.is_some() {
            *self.writing.lock().await = Some(session);
        }
        Ok(epoch.map(Epoch))
    }

    async fn make_tenure(&self) -> Result<(), StoreError> {
        let first = TenureDocument {
            id: WRITER.to_owned(),
            epoch: 0,
            beat: 0,
            vacant: true,
            session: None,
        };
        let tenure = self.tenure.clone();
        let insert = async move { again(|| tenure.insert_one(&first)).await };
        match self.link.call(insert).await {
            Ok(_) | Err(StoreError::Taken(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn new_session(&self) -> Result<ClientSession, StoreError> {
        let client = self.link.client().clone();
        let start = async move { Ok(client.start_session().await?) };
        self.link.call(start).await
    }

    /// Ends the session of a holder, and with it what it may have left unfinished.
    async fn end_session_of(&self, tenure: &TenureDocument) {
        let Some(session) = tenure.session.clone() else {
            return;
        };
        let database = self.link.database().clone();
        let kill = async move {
            let kill = doc! { "killSessions": [session] };
            Ok(database.run_command(kill).await?)
        };
        if let Err(error) = self.link.call(kill).await {
            // What it left ends by itself within a minute.
            tracing::warn!(%error, "the session of the exchange's former writer could not be ended");
        }
    }

    pub(super) async fn beat_tenure(&self, epoch: Epoch) -> Result<(), StoreError> {
        let mut update = doc! { "$inc": { "beat": 1_i64 } };
        let mut writing = self.writing.lock().await;
        if writing.is_none() {
            // Nobody knows what has become of the last transaction: now it is over.
            if let Some(own) = self.tenure_document().await? {
                self.end_session_of(&own).await;
            }
            let session = self.new_session().await?;
            update.insert("$set", doc! { "session": session.id() });
            *writing = Some(session);
        }
        let found = self.set_tenure(writer(epoch)?, update).await?;
        found.map(drop).ok_or(StoreError::Changed)
    }

    pub(super) async fn resign_tenure(&self, epoch: Epoch) -> Result<(), StoreError> {
        let update = doc! { "$set": { "vacant": true } };
        self.set_tenure(holder(epoch.0)?, update).await.map(drop)
    }

    /// Runs `work` in a transaction of the writer's session.
    pub(super) async fn write_in_tenure<W: Work>(
        &self,
        epoch: Epoch,
        work: W,
    ) -> Result<W::Output, StoreError> {
        if self.writing.lock().await.is_none() {
            self.beat_tenure(epoch).await?;
        }
        let mut writing = self.writing.lock().await;
        let session = writing.take().ok_or(StoreError::Changed)?;
        let (session, outcome) = self.link.transaction_in(session, work).await;
        *writing = session;
        outcome
    }
}
