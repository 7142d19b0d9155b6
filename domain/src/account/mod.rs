//! Accounts: who somebody is and what they send to prove it.

mod api_key;
mod device;
mod email;
mod export;
mod name;
mod password;
mod phone;
mod request;
mod sensitive;
mod session;
mod user;
mod wallet;

pub use api_key::{ApiKey, ApiKeyMade, InvalidScope, NewApiKey, Scope};
pub use device::device_name;
pub use email::{Email, InvalidEmail};
pub use export::{Activity, Export};
pub use name::{InvalidName, Name};
pub use password::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, password_length};
pub use phone::{InvalidPhoneNumber, PhoneNumber};
pub use request::{
    ChangePassword, DeleteMe, ForgotPassword, Login, Register, ResendVerification, ResetPassword,
    SecondFactor, StepUp, TotpCode, UpdateMe, VerifyEmail, WalletAddress, WalletProof,
};
pub use sensitive::Sensitive;
pub use session::{Session, TotpSetup};
pub use user::{InvalidRole, Role, User};
pub use wallet::{EthAddress, InvalidEthAddress};
