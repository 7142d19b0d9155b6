//! Which way a message takes.

use super::{DevMailbox, Mail, SendError, Sms, mask, smtp::SmtpClient, twilio::TwilioClient};
use crate::config::NotifyConfig;
use lettre::Message as Rfc5322;
use std::{path::Path, time::Duration};

/// Something that is to be sent.
pub(super) enum Message {
    Mail(Mail),
    Sms(Sms),
}

/// A message in the form its way asks for, made once for all tries.
pub(super) enum Prepared<'a> {
    Smtp(&'a SmtpClient, Rfc5322),
    Twilio(&'a TwilioClient, Sms),
    MailToFile(&'a DevMailbox, Mail),
    SmsToFile(&'a DevMailbox, Sms),
}

/// The ways out of here.
pub(super) struct Ways {
    smtp: Option<SmtpClient>,
    twilio: Option<TwilioClient>,
    pub(super) mailbox: Option<DevMailbox>,
}

impl Message {
    pub(super) fn masked_address(&self) -> String {
        match self {
            Self::Mail(mail) => mask::email(mail.to()),
            Self::Sms(sms) => mask::phone(&sms.to),
        }
    }

    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Mail(_) => "mail",
            Self::Sms(_) => "sms",
        }
    }
}

impl Ways {
    pub(super) fn open(config: &NotifyConfig, data_dir: &Path) -> Result<Self, SendError> {
        let smtp = config.smtp.as_ref();
        let smtp = smtp.map(|smtp| SmtpClient::new(smtp, &config.timings));
        let twilio = config.twilio.as_ref();
        let twilio = twilio.map(|twilio| TwilioClient::new(twilio, &config.timings));
        Ok(Self {
            smtp: smtp.transpose()?,
            twilio: twilio.transpose()?,
            mailbox: config.to_mailbox.then(|| DevMailbox::new(data_dir)),
        })
    }

    pub(super) const fn has_mail(&self) -> bool {
        self.smtp.is_some() || self.mailbox.is_some()
    }

    pub(super) const fn has_sms(&self) -> bool {
        self.twilio.is_some() || self.mailbox.is_some()
    }

    /// Chooses a way: a server where one is set up, else the mailbox.
    pub(super) fn prepare(&self, message: Message) -> Result<Prepared<'_>, SendError> {
        let mailbox = self.mailbox.as_ref().ok_or(SendError::NoServer);
        Ok(match message {
            Message::Mail(mail) => match &self.smtp {
                Some(smtp) => Prepared::Smtp(smtp, smtp.write(&mail)?),
                None => Prepared::MailToFile(mailbox?, mail),
            },
            Message::Sms(sms) if sms.text.chars().count() > Sms::MAX_CHARS => {
                return Err(SendError::Unsendable("the text is too long"));
            }
            Message::Sms(sms) => match &self.twilio {
                Some(twilio) => Prepared::Twilio(twilio, sms),
                None => Prepared::SmsToFile(mailbox?, sms),
            },
        })
    }
}

impl Prepared<'_> {
    /// One try. A mail server gets `limit`; Twilio's client has a limit of its own, and a file
    /// needs none.
    pub(super) async fn send(&self, limit: Duration) -> Result<(), SendError> {
        match self {
            Self::Smtp(smtp, message) => smtp.send(message, limit).await,
            Self::Twilio(twilio, sms) => twilio.send(sms).await,
            Self::MailToFile(mailbox, mail) => mailbox.keep_mail(mail).await,
            Self::SmsToFile(mailbox, sms) => mailbox.keep_sms(sms).await,
        }
    }
}
