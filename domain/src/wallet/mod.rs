//! The wallet: where money may be withdrawn to.
//!
//! Money leaves only to addresses of the owner's allow-list. An address is checked for its network
//! before it gets there, and waits a day before it counts ([`Standing`]), so that whoever gets into
//! an account has to be there for a day without being noticed.

mod address;
mod allow_list;
mod bitcoin;
mod ethereum;
mod label;
mod network;
mod solana;
mod standing;

pub use address::{InvalidAddress, WithdrawalAddress};
pub use allow_list::{AllowedAddress, ChangeAddress, MAX_ADDRESSES, NewAddress};
pub use label::{InvalidLabel, Label};
pub use network::{InvalidNetwork, Network};
pub use standing::{HOLD, Standing};
