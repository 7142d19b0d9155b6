//! Mails about accounts. They are queued: no answer waits for them, and none fails for them.

use super::{Parts, Visitor};
use crate::{
    config::Secret,
    notify::{
        Mail,
        messages::{self, SignIn},
    },
    store::UserRecord,
};
use domain::{
    UserId,
    account::{Email, device_name},
    notification::{Message, Topic},
};
use time::UtcOffset;

impl Parts {
    fn send(&self, mail: Mail) {
        // What becomes of it is logged and counted there.
        let _taken = self.notifier.send_mail(mail);
    }

    pub(super) fn send_verify_link(&self, to: &Email, token: &Secret) {
        let url = &self.rules.public_url;
        let is_required = self.rules.require_verification;
        self.send(messages::verify_address(
            to.clone(),
            url,
            token.expose(),
            is_required,
        ));
    }

    pub(super) fn send_reset_mail(&self, to: &Email, token: &Secret) {
        let url = &self.rules.public_url;
        self.send(messages::reset_password(to.clone(), url, token.expose()));
    }

    pub(super) fn tell_address_taken(&self, to: &Email) {
        self.send(messages::address_in_use(to.clone(), &self.rules.public_url));
    }

    pub(super) fn tell_password_changed(&self, user: &UserRecord) {
        if let Some(to) = user.email.clone() {
            let now = self.clock.now();
            self.send(messages::password_changed(to, &self.rules.public_url, now));
        }
    }

    pub(super) fn tell_new_sign_in(&self, user: &UserRecord, visitor: &Visitor) {
        if let Some(to) = user.email.clone() {
            let sign_in = SignIn {
                at: self.clock.now(),
                ip: visitor.ip,
                device: &visitor.user_agent,
            };
            self.send(messages::new_sign_in(to, &self.rules.public_url, &sign_in));
        }
        self.note_new_sign_in(user.id, visitor);
    }

    /// No answer waits for this either.
    fn note_new_sign_in(&self, user: UserId, visitor: &Visitor) {
        let device = device_name(&visitor.user_agent);
        let message = Message {
            topic: Topic::SignIn,
            title: "New sign-in to your account".to_owned(),
            text: format!(
                "By {device}, from {}. If that was not you, end that session and change your password.",
                visitor.ip
            ),
            link: Some("/settings/sessions".to_owned()),
            created_at: self.clock.now(),
        };
        let teller = self.teller.clone();
        self.tasks.spawn(async move {
            if let Err(error) = teller.tell(user, message).await {
                tracing::warn!(%error, "of a sign-in its owner was not told on the page");
            }
        });
    }

    pub(super) fn tell_second_factor(&self, user: &UserRecord, enabled: bool) {
        let Some(to) = user.email.clone() else {
            return;
        };
        let (url, now) = (&self.rules.public_url, self.clock.now());
        self.send(if enabled {
            messages::second_factor_enabled(to, url, now)
        } else {
            messages::second_factor_disabled(to, url, now)
        });
    }

    pub(super) fn tell_second_factor_reset(&self, user: &UserRecord) {
        let Some(to) = user.email.clone() else {
            return;
        };
        let at = self.clock.now().to_offset(UtcOffset::UTC);
        let (hour, minute) = (at.hour(), at.minute());
        let text = format!(
            "An administrator has switched off two-factor authentication for your CryptoVault account \
             on {} {} {}, {hour:02}:{minute:02} UTC, and has signed out all devices.\n\n\
             If you had asked for it, sign in and set it up again:\n\n\
             {}/settings/security\n\n\
             If you had not, please tell your administrator, and choose a new password.\n",
            at.day(),
            at.month(),
            at.year(),
            self.rules.public_url,
        );
        let subject = "Two-factor authentication was switched off";
        self.send(Mail::new(to, subject, text));
    }
}
