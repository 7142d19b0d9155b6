//! Mails and text messages.
//!
//! Nobody waits for them: [`Notifier`] takes a message and delivers it in the background, so that
//! an answer is neither slow because of a mail server nor tells by its time that there was a mail.

mod deliver;
mod error;
mod mail;
pub mod mailbox;
pub(crate) mod mask;
pub mod messages;
mod queue;
mod sms;
mod smtp;
mod twilio;

pub use error::SendError;
pub use mail::Mail;
pub use mailbox::{DevMailbox, Kept, Kind, Part};
pub use queue::{Notifier, NotifyStartError};
pub use sms::Sms;
