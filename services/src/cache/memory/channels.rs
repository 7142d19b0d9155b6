//! Publish/subscribe inside the process.

use crate::cache::{Subscription, mailbox::Mailbox};
use bytes::Bytes;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(super) struct Channels {
    readers: HashMap<String, Vec<Mailbox>>,
}

impl Channels {
    pub(super) fn publish(&mut self, channel: &str, message: &Bytes) {
        for mailbox in self.readers.get_mut(channel).into_iter().flatten() {
            mailbox.deliver(message.clone());
        }
    }

    /// Subscribing is rare, so it also clears away the channels nobody reads any more.
    pub(super) fn subscribe(&mut self, channel: &str) -> Subscription {
        self.readers.retain(|_, mailboxes| {
            mailboxes.retain(|mailbox| !mailbox.is_closed());
            !mailboxes.is_empty()
        });
        let (mailbox, subscription) = Mailbox::new();
        self.readers
            .entry(channel.to_owned())
            .or_default()
            .push(mailbox);
        subscription
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.readers.len()
    }
}
