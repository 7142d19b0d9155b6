//! Mails and text messages, sent to real servers of this test: they arrive as written, survive
//! servers that fail for a while, hold nobody up, and show nothing secret on the way.

mod desk;
mod headers;
mod log;
mod mail;
mod mailbox;
mod queue;
mod sms;
#[expect(
    dead_code,
    reason = "TLS is tested beside the code, by a client that can be made to trust"
)]
mod smtp_server;
mod twilio_server;

use crate::{counted, wait};
use std::error::Error;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;
