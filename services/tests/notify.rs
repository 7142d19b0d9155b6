//! Mails and text messages, sent to real servers of this test: they arrive as written, survive
//! servers that fail for a while, hold nobody up, and show nothing secret on the way.

#[path = "support/counted.rs"]
mod counted;
#[path = "notify/desk.rs"]
mod desk;
#[path = "notify/headers.rs"]
mod headers;
#[path = "notify/log.rs"]
mod log;
#[path = "notify/mail.rs"]
mod mail;
#[path = "notify/mailbox.rs"]
mod mailbox;
#[path = "notify/queue.rs"]
mod queue;
#[path = "notify/sms.rs"]
mod sms;
#[path = "notify/smtp_server.rs"]
mod smtp_server;
#[path = "notify/twilio_server.rs"]
mod twilio_server;
#[path = "support/wait.rs"]
mod wait;

use std::error::Error;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;
