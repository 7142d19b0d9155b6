//! What the log says about a mail.

use super::{
    Outcome,
    desk::{RESTLESS, mail, with_smtp},
    smtp_server::{Manner, SmtpServer},
};
use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex, PoisonError},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// Everything that any library logs on this thread.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn text(&self) -> String {
        let text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.clone()
    }
}

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a string does not fail.
        let _written = write!(text, "{field}={value:?} ");
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        attributes.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn the_log_tells_what_failed_and_neither_the_text_nor_the_address() -> Outcome {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let manners = [
        Manner::Answer("450 4.2.1 <ann@example.org> is greylisted"),
        Manner::AuthAnswer("535 5.7.8 ann/hunter2 is wrong"),
    ];
    let server = SmtpServer::start(&manners).await?;
    let desk = with_smtp(&server.url_as("ann:hunter2"), RESTLESS)?;
    assert!(desk.notifier.send_mail(mail("a link with hunter2")?));
    desk.quiet().await?;
    let text = log.text();
    for told in ["450", "535", "SMTP_URL", "a…@example.org"] {
        assert!(text.contains(told), "{told} in {text}");
    }
    for secret in ["hunter2", "ann@example.org", "Tresor"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    Ok(())
}
