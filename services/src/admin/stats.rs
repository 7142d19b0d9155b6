//! Figures about everybody together.

use super::Admin;
use crate::{
    auth::{AuthError, Identity, SESSION_TTL},
    exchange::LedgerTotals,
    store::{Lane, SessionsWithin, StoreError},
};
use domain::{
    UserId,
    account::Role,
    admin::{AdminStats, AssetTotals, Due, Queue, TradingStats, UserCounts},
    exchange::Asset,
    trading::Digits,
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};
use tokio::time::timeout;
use uuid::Uuid;

/// What is lately.
const LATELY: Duration = Duration::DAY;
/// How long a sum of trades is shown.
const KEPT: Duration = Duration::MINUTE;
/// Fills read at a time.
const PART: u32 = 1_000;
/// Accounts whose balances are read at a time.
const ACCOUNTS: u32 = 1_000;
/// How often the ledger and the balances are read before they are not compared.
const TRIES: u32 = 3;

/// How long the ledger is waited for: the other figures are there without it.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);

/// What was traded lately.
#[derive(Debug, Clone, Copy)]
pub(super) struct Traded {
    volume: Decimal,
    trades: u64,
    as_of: OffsetDateTime,
}

impl Admin {
    /// How everything stands. What the exchange can't be asked for is missing.
    ///
    /// # Errors
    /// [`AuthError::Forbidden`] for everybody but administrators.
    pub async fn stats(&self, identity: &Identity) -> Result<AdminStats, AuthError> {
        identity.admin_only()?;
        let (ledger, shown, compared) = self.balances().await?;
        let [messages, webhooks] = Lane::ALL;
        Ok(AdminStats {
            users: self.count_users().await?,
            trading: self.trading(ledger.as_ref()).await?,
            balances: beside(&shown, ledger.as_ref(), compared),
            compared,
            feed: self.market.status(),
            queues: self.queues(),
            deliveries: vec![self.due(messages).await?, self.due(webhooks).await?],
        })
    }

    async fn due(&self, lane: Lane) -> Result<Due, StoreError> {
        let now = self.now();
        let backlog = self.store.notifications.backlog(lane, now).await?;
        let age = |oldest: OffsetDateTime| {
            u64::try_from((now - oldest).whole_seconds()).unwrap_or_default()
        };
        Ok(Due {
            name: lane.as_str().to_owned(),
            waiting: backlog.waiting,
            oldest_seconds: backlog.oldest.map(age),
        })
    }

    async fn count_users(&self) -> Result<UserCounts, StoreError> {
        let count = |role| self.store.users.count_with_role(role);
        let (users, admins) = (count(Role::User).await?, count(Role::Admin).await?);
        let suspended = count(Role::Suspended).await?;
        let now = self.now();
        let within = SessionsWithin {
            now,
            begun: now - SESSION_TTL,
            used: now - LATELY,
        };
        let sessions = self.store.overview.count_sessions(within).await?;
        Ok(UserCounts {
            total: users + admins + suspended,
            users,
            admins,
            suspended,
            active_24h: sessions.active,
            signed_in: sessions.users,
            sessions: sessions.open,
        })
    }

    async fn trading(&self, ledger: Option<&LedgerTotals>) -> Result<TradingStats, StoreError> {
        let since = first_id(self.now() - LATELY);
        let counts = self.store.overview.count_trades(since).await?;
        let traded = self.traded().await?;
        Ok(TradingStats {
            state: self.exchange.state(),
            volume_24h: traded.volume.into(),
            trades_24h: traded.trades,
            orders_24h: counts.new_orders,
            orders: counts.orders,
            fills: counts.fills,
            open_orders: ledger.map(|ledger| ledger.open_orders),
            waiting_withdrawals: ledger.map(|ledger| ledger.waiting_withdrawals),
            as_of: traded.as_of,
        })
    }

    /// Adds trades up once a minute, however often it is asked.
    async fn traded(&self) -> Result<Traded, StoreError> {
        let mut kept = self.0.traded.lock().await;
        let now = self.now();
        if let Some(kept) = kept.filter(|kept| now - kept.as_of < KEPT) {
            return Ok(kept);
        }
        let mut sum = Traded {
            volume: Decimal::ZERO,
            trades: 0,
            as_of: now,
        };
        for pair in self.exchange.pairs() {
            let mut after = first_id(now - LATELY);
            loop {
                let fills = self.store.overview.fills_after(pair.pair, after, PART);
                let fills = fills.await?;
                for fill in &fills {
                    // The other side of the trade before.
                    if fill.id.uuid() == after {
                        continue;
                    }
                    after = fill.id.uuid();
                    sum.trades += 1;
                    sum.volume = sum.volume.saturating_add(fill.amount.get());
                }
                if fills.len() < PART as usize {
                    break;
                }
            }
        }
        *kept = Some(sum);
        Ok(sum)
    }

    /// The ledger, what users are shown to have, and whether both are of the same moment.
    async fn balances(
        &self,
    ) -> Result<(Option<LedgerTotals>, BTreeMap<Asset, Decimal>, bool), StoreError> {
        let (mut ledger, mut shown) = (None, BTreeMap::new());
        for _ in 0..TRIES {
            let asked = timeout(PATIENCE, self.exchange.ledger_totals()).await;
            ledger = asked.ok().and_then(Result::ok);
            shown = self.shown_balances().await?;
            let Some(of) = ledger.as_ref().map(|ledger| ledger.sequence) else {
                break;
            };
            if self.store.journal.last().await? == of {
                return Ok((ledger, shown, true));
            }
        }
        Ok((ledger, shown, false))
    }

    async fn shown_balances(&self) -> Result<BTreeMap<Asset, Decimal>, StoreError> {
        let (mut sums, mut after) = (BTreeMap::new(), None::<UserId>);
        loop {
            let page = self.store.trading.all_balances(after, ACCOUNTS).await?;
            let Some(last) = page.last() else {
                return Ok(sums);
            };
            after = Some(last.user);
            for row in page {
                let sum: &mut Decimal = sums.entry(row.value.asset).or_default();
                *sum = sum.saturating_add(row.value.total.get());
            }
        }
    }

    fn queues(&self) -> Vec<Queue> {
        let queue = |name: &str, (waiting, capacity): (usize, usize)| Queue {
            name: name.to_owned(),
            waiting: waiting as u64,
            capacity: capacity as u64,
        };
        vec![
            queue("exchange", self.exchange.queue()),
            queue("messages", self.notifier.on_their_way()),
            queue("passwords", self.auth.password_queue()),
        ]
    }
}

/// What users are shown to have beside what the ledger says of each asset, US dollars first.
fn beside(
    shown: &BTreeMap<Asset, Decimal>,
    ledger: Option<&LedgerTotals>,
    compared: bool,
) -> Vec<AssetTotals> {
    let ledgers = ledger.map_or(&[][..], |ledger| ledger.assets.as_slice());
    let named = ledgers.iter().map(|one| one.asset);
    let mut assets: Vec<Asset> = shown.keys().copied().chain(named).collect();
    assets.sort_by_key(|asset| (*asset != Asset::USD, *asset));
    assets.dedup();
    let row = |asset: Asset| {
        let sum = Digits::from(shown.get(&asset).copied().unwrap_or_default());
        let found = ledgers.iter().find(|one| one.asset == asset);
        // What is nowhere in the ledger is nothing there.
        let users = found.map_or(Some(Digits::default()), |one| one.users);
        let is_balanced = found.is_none_or(|one| one.is_balanced);
        AssetTotals {
            asset,
            shown: sum,
            ledger: ledger.and(users),
            house: found.and_then(|one| one.house),
            fees: found.and_then(|one| one.fees),
            outside: found.and_then(|one| one.outside),
            agrees: compared.then(|| users == Some(sum) && is_balanced),
        }
    };
    assets.into_iter().map(row).collect()
}

/// Comes before every id that is made from this moment on (UUIDs of version 7 begin with it).
fn first_id(from: OffsetDateTime) -> Uuid {
    let millis = from.unix_timestamp_nanos() / 1_000_000;
    let millis = u64::try_from(millis).unwrap_or_default();
    let mut bytes = [0; 16];
    let [_, _, moment @ ..] = millis.to_be_bytes();
    for (byte, of_moment) in bytes.iter_mut().zip(moment) {
        *byte = of_moment;
    }
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::AssetLedger;

    fn ledger(users: i64, is_balanced: bool) -> LedgerTotals {
        let digits = |number: i64| Some(Digits::from(Decimal::from(number)));
        LedgerTotals {
            sequence: 7,
            open_orders: 0,
            waiting_withdrawals: 0,
            assets: vec![AssetLedger {
                asset: Asset::USD,
                users: digits(users),
                house: digits(0),
                fees: digits(0),
                outside: digits(-users),
                is_balanced,
            }],
        }
    }

    fn agrees(shown: i64, ledger: Option<&LedgerTotals>, compared: bool) -> Option<bool> {
        let shown = BTreeMap::from([(Asset::USD, Decimal::from(shown))]);
        beside(&shown, ledger, compared).first()?.agrees
    }

    #[test]
    fn an_operator_sees_whether_balances_are_what_the_ledger_says() {
        assert_eq!(agrees(5, Some(&ledger(5, true)), true), Some(true));
        assert_eq!(agrees(6, Some(&ledger(5, true)), true), Some(false));
        assert_eq!(agrees(5, Some(&ledger(5, false)), true), Some(false));
        assert_eq!(agrees(5, Some(&ledger(5, true)), false), None);
        assert_eq!(agrees(5, None, false), None);
        let nothing = beside(&BTreeMap::new(), Some(&ledger(5, true)), true);
        let first = nothing.first().and_then(|row| row.agrees);
        assert_eq!(first, Some(false), "nobody is shown what the ledger has");
    }

    #[test]
    fn ids_of_a_moment_come_behind_its_first() {
        use domain::exchange::{Timestamp, id::TradeId};
        let moment = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let id = |at: OffsetDateTime| {
            let millis = i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
            TradeId::at(Timestamp::from_millis(millis), 0).uuid()
        };
        assert!(first_id(moment) < id(moment));
        assert!(id(moment - Duration::MILLISECOND) < first_id(moment));
    }
}
