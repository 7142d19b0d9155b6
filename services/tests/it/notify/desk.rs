//! A notifier with short times, and what it needs around it.

use super::Outcome;
use domain::account::{Email, PhoneNumber};
use services::{
    config::{Config, NotifyConfig, NotifyTimings},
    notify::{Mail, Notifier, NotifyStartError, Sms},
};
use std::{path::Path, time::Duration};
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Longer than anything here takes.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Failures are noticed and tried again at once.
pub(crate) const RESTLESS: NotifyTimings = NotifyTimings {
    connect: Duration::from_secs(10),
    delivery: Duration::from_secs(10),
    backoff: Duration::from_millis(1),
    backoff_max: Duration::from_millis(1),
    tries: 3,
    capacity: 100,
    shutdown: Duration::from_secs(10),
};

pub(crate) struct Desk {
    pub(crate) notifier: Notifier,
    pub(crate) tasks: TaskTracker,
    pub(crate) shutdown: CancellationToken,
}

impl Desk {
    pub(crate) fn start(config: &NotifyConfig, data_dir: &Path) -> Result<Self, NotifyStartError> {
        let (tasks, shutdown) = (TaskTracker::new(), CancellationToken::new());
        let notifier = Notifier::start(config, data_dir, &tasks, &shutdown)?;
        tasks.close();
        Ok(Self {
            notifier,
            tasks,
            shutdown,
        })
    }

    /// Waits until nothing is on its way any more.
    pub(crate) async fn quiet(&self) -> Outcome {
        let waited = timeout(SOON, self.tasks.wait()).await;
        Ok(waited.map_err(|_| "messages are still on their way")?)
    }
}

/// Settings as the program reads them.
pub(crate) fn config(variables: &[(&str, &str)], timings: NotifyTimings) -> Outcome<NotifyConfig> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let config = Config::from_vars(variables.iter().map(owned))?;
    Ok(NotifyConfig {
        timings,
        ..config.notify
    })
}

/// A notifier that sends mails to `url`.
pub(crate) fn with_smtp(url: &str, timings: NotifyTimings) -> Outcome<Desk> {
    let from = "Tresor Köln <vault@example.com>";
    let config = config(&[("SMTP_URL", url), ("MAIL_FROM", from)], timings)?;
    Ok(Desk::start(&config, Path::new("/nowhere"))?)
}

pub(crate) fn mail(text: &str) -> Outcome<Mail> {
    let to = Email::parse("ann@example.org")?;
    Ok(Mail::new(to, "Grüße vom Tresor", text))
}

pub(crate) fn sms(text: &str) -> Outcome<Sms> {
    let (to, text) = (PhoneNumber::parse("+4930123456")?, text.to_owned());
    Ok(Sms { to, text })
}
