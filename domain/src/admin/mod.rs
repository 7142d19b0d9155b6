//! The administration: what administrators are shown, and what they may change.

mod audit;
mod stats;
mod system;
mod user;

pub use audit::{AuditEntry, AuditVerdict};
pub use stats::{AdminStats, AssetTotals, Due, ExchangeState, Queue, TradingStats, UserCounts};
pub use system::{PartHealth, SettingShown, SystemReport, Versions};
pub use user::{ChangeUser, ListedUser, UserDetails};
