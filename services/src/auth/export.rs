//! Taking one's data along.

use super::{Auth, AuthError, Identity};
use crate::store::{
    AuditFilter, MOST_NOTIFICATIONS, OrderFilter, Page, StoreError, TransactionFilter,
};
use domain::{
    account::{Activity, Export, User},
    portfolio::Recorded,
    wallet::AllowedAddress,
    webhook::Webhook,
};
use std::future::Future;
use uuid::Uuid;

/// What is read of a list at a time.
const PAGE: u32 = 500;
/// What an export holds of each list at most.
const MOST: usize = 10_000;

impl Auth {
    /// Everything kept about the account, except secrets; of each list the newest 10,000.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export(&self, identity: &Identity) -> Result<Export, AuthError> {
        let (id, trading) = (identity.id(), &self.store.trading);
        let (orders, transactions) = (OrderFilter::default(), TransactionFilter::default());
        let addresses = self.store.addresses.of_user(id).await?;
        let webhooks = self.store.webhooks.of_user(id).await?;
        let alerts = self.store.alerts.of_user(id).await?;
        let told = &self.store.notifications;
        // No more are kept.
        let most = u32::try_from(MOST_NOTIFICATIONS).unwrap_or(u32::MAX);
        let wallets = identity.user.wallets.iter();
        Ok(Export {
            user: User::from(&identity.user),
            phone: identity.user.phone.as_ref().map(ToString::to_string),
            wallets: wallets.map(ToString::to_string).collect(),
            sessions: self.sessions(identity).await?,
            api_keys: self.api_keys(identity).await?,
            alerts: alerts.into_iter().map(|record| record.alert).collect(),
            notifications: told.list(id, None, most).await?,
            notification_preferences: told.preferences(id).await?,
            webhooks: webhooks.into_iter().map(Webhook::from).collect(),
            withdrawal_addresses: addresses.iter().map(AllowedAddress::from).collect(),
            balances: trading.balances(id).await?,
            orders: all(|page| trading.orders(id, &orders, page), |it| it.id.uuid()).await?,
            fills: all(|page| trading.fills(id, None, page), |it| it.id.uuid()).await?,
            transactions: all(
                |page| trading.transactions(id, &transactions, page),
                |it| it.id.uuid(),
            )
            .await?,
            withdrawals: all(|page| trading.withdrawals(id, page), |it| it.id.uuid()).await?,
            portfolio: self.portfolio(identity).await?,
            activity: self.activity(identity).await?,
        })
    }

    async fn portfolio(&self, identity: &Identity) -> Result<Vec<Recorded>, AuthError> {
        let told = self.store.portfolios.entries(identity.id()).await?;
        let newest = told.into_iter().rev().take(MOST);
        Ok(newest.map(|record| record.told).collect())
    }

    async fn activity(&self, identity: &Identity) -> Result<Vec<Activity>, AuthError> {
        let filter = AuditFilter {
            actor: Some(identity.id()),
            ..AuditFilter::default()
        };
        let (mut acts, mut before) = (Vec::new(), None);
        while acts.len() < MOST {
            let page = self.store.audit.find(&filter, before, PAGE).await?;
            let Some(last) = page.last() else { break };
            before = Some(last.sequence);
            acts.extend(page.into_iter().map(|record| Activity {
                at: record.at,
                action: record.action,
                ip: record.ip,
                detail: record.detail,
            }));
        }
        Ok(acts)
    }
}

/// A list from its newest on, page by page.
async fn all<T, F: Future<Output = Result<Vec<T>, StoreError>>>(
    read: impl Fn(Page) -> F,
    id: impl Fn(&T) -> Uuid,
) -> Result<Vec<T>, StoreError> {
    let (mut found, mut before) = (Vec::new(), None);
    while found.len() < MOST {
        let limit = PAGE;
        let page = read(Page { before, limit }).await?;
        let Some(last) = page.last() else { break };
        before = Some(id(last));
        found.extend(page);
    }
    Ok(found)
}
