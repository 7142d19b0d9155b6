//! The allow-list.

use super::{Wallet, WalletError};
use crate::{
    auth::{AuthError, Identity, Visitor, audit::Act},
    notify::messages::{Allowed, address_added, address_enabled},
    store::{AddressRecord, StoreError},
};
use domain::{
    AddressId,
    wallet::{
        AllowedAddress, ChangeAddress, MAX_ADDRESSES, NewAddress, Standing, WithdrawalAddress,
    },
};
use uuid::Uuid;

/// How often somebody else may be first.
const MOST_TRIES: u32 = 16;

impl Wallet {
    /// The account's allow-list, newest first: at most 100 addresses.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn addresses(&self, identity: &Identity) -> Result<Vec<AllowedAddress>, WalletError> {
        let list = self.0.addresses.of_user(identity.id()).await?;
        Ok(list.iter().map(AllowedAddress::from).collect())
    }

    /// Adds an address. Needs a fresh proof of who is there. It may be used 24 hours later, and the
    /// owner gets a mail.
    ///
    /// # Errors
    /// [`WalletError::Address`] when it is none of its network, [`AuthError::StepUpRequired`],
    /// [`WalletError::Listed`] when it is on the list, [`WalletError::Full`] beyond 100.
    pub async fn add_address(
        &self,
        identity: &Identity,
        new: NewAddress,
        visitor: &Visitor,
    ) -> Result<AllowedAddress, WalletError> {
        // Nobody is asked to prove anything for what is refused afterwards.
        let address = WithdrawalAddress::parse(new.network, &new.address)?;
        self.0.auth.require_fresh(identity).await?;
        let now = self.0.clock.now();
        let record = AddressRecord {
            id: AddressId::new(Uuid::now_v7()),
            user: identity.id(),
            address,
            label: new.label,
            standing: Standing::added(now),
            created_at: now,
            revision: 1,
        };
        match self.0.addresses.insert(&record, MAX_ADDRESSES).await {
            Ok(true) => {}
            Ok(false) => return Err(WalletError::Full),
            Err(StoreError::Taken(_)) => return Err(WalletError::Listed),
            Err(StoreError::Changed) => return Err(AuthError::Unauthenticated.into()),
            Err(error) => return Err(error.into()),
        }
        self.tell(identity, &record, address_added);
        self.write_down("address_added", &record, visitor).await?;
        Ok(AllowedAddress::from(&record))
    }

    /// Changes the label of an address, disables or enables it. Enabling one that is disabled needs a
    /// fresh proof of who is there, starts another 24 hours, and the owner gets a mail.
    ///
    /// # Errors
    /// [`WalletError::NotFound`] when the account's list has no such address,
    /// [`AuthError::StepUpRequired`] for enabling.
    pub async fn change_address(
        &self,
        identity: &Identity,
        id: AddressId,
        change: ChangeAddress,
        visitor: &Visitor,
    ) -> Result<AllowedAddress, WalletError> {
        identity.session_only()?;
        let (before, after) = self.changed(identity, id, &change).await?;
        let (was_on, is_on) = (before.standing.enabled, after.standing.enabled);
        if is_on && !was_on {
            self.tell(identity, &after, address_enabled);
            self.write_down("address_enabled", &after, visitor).await?;
        } else if was_on && !is_on {
            self.write_down("address_disabled", &after, visitor).await?;
        }
        if before.label != after.label {
            self.write_down("address_renamed", &after, visitor).await?;
        }
        Ok(AllowedAddress::from(&after))
    }

    /// Reads an address, changes it and stores it; again from the beginning when it was changed
    /// meanwhile. How it was and how it is now.
    async fn changed(
        &self,
        identity: &Identity,
        id: AddressId,
        change: &ChangeAddress,
    ) -> Result<(AddressRecord, AddressRecord), WalletError> {
        for _ in 0..MOST_TRIES {
            let before = self.0.addresses.get(identity.id(), id).await?;
            let before = before.ok_or(WalletError::NotFound)?;
            let mut after = before.clone();
            if let Some(label) = &change.label {
                after.label = label.clone();
            }
            if let Some(enabled) = change.enabled {
                after.standing = after.standing.switched(enabled, self.0.clock.now());
            }
            if after.standing.enabled && !before.standing.enabled {
                self.0.auth.require_fresh(identity).await?;
            }
            if after == before {
                return Ok((before, after));
            }
            match self.0.addresses.update(&after).await {
                Ok(()) => return Ok((before, after)),
                Err(StoreError::Changed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Changed.into())
    }

    /// Takes an address off the account's list.
    ///
    /// # Errors
    /// [`WalletError::NotFound`] when there is no such address on it.
    pub async fn delete_address(
        &self,
        identity: &Identity,
        id: AddressId,
        visitor: &Visitor,
    ) -> Result<(), WalletError> {
        identity.session_only()?;
        let deleted = self.0.addresses.delete(identity.id(), id).await?;
        let deleted = deleted.ok_or(WalletError::NotFound)?;
        self.write_down("address_deleted", &deleted, visitor).await
    }

    /// Queues a mail to the owner, if one can be reached. Before anything that can fail: an address
    /// that is on the list is told of.
    fn tell(
        &self,
        identity: &Identity,
        record: &AddressRecord,
        letter: fn(domain::account::Email, &str, &Allowed<'_>) -> crate::notify::Mail,
    ) {
        let Some(to) = identity.user.email.clone() else {
            return;
        };
        let allowed = Allowed {
            address: &record.address,
            at: self.0.clock.now(),
            usable_from: record.standing.usable_from,
        };
        // What becomes of it is logged and counted there.
        let mail = letter(to, &self.0.public_url, &allowed);
        let _taken = self.0.notifier.send_mail(mail);
    }

    async fn write_down(
        &self,
        action: &'static str,
        record: &AddressRecord,
        visitor: &Visitor,
    ) -> Result<(), WalletError> {
        let (id, address) = (record.id, &record.address);
        let detail = format!("{} {address}, address {id}", address.network());
        let act = Act::own(record.user, action).with(detail);
        Ok(self.0.auth.audit().record(act, Some(visitor)).await?)
    }
}

impl From<&AddressRecord> for AllowedAddress {
    fn from(record: &AddressRecord) -> Self {
        Self {
            id: record.id,
            network: record.address.network(),
            address: record.address.as_str().to_owned(),
            label: record.label.as_str().to_owned(),
            enabled: record.standing.enabled,
            usable_from: record.standing.usable_from,
            created_at: record.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::market::catalogue::Catalogue;
    use domain::{exchange::Asset, wallet::Network};

    #[test]
    fn every_coin_of_the_catalogue_has_a_network() -> Result<(), Box<dyn std::error::Error>> {
        let catalogue = Catalogue::bundled()?;
        let mut elsewhere = Vec::new();
        for coin in catalogue.coins() {
            let asset: Asset = coin.symbol.parse()?;
            match Network::of(asset) {
                Some(Network::Ethereum) => {}
                network => elsewhere.push((coin.id.as_str(), network)),
            }
        }
        elsewhere.sort_unstable();
        assert_eq!(
            elsewhere,
            [
                ("bitcoin", Some(Network::Bitcoin)),
                ("bonk", Some(Network::Solana)),
                ("render-token", Some(Network::Solana)),
                ("solana", Some(Network::Solana)),
            ]
        );
        Ok(())
    }
}
