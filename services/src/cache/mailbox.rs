//! The sending end of a subscription: never waits, and tells a slow reader what it missed.

use super::{Delivery, Subscription};
use bytes::Bytes;
use tokio::sync::mpsc::{self, error::TrySendError};

/// Deliveries a reader may lag behind before it misses some.
const BACKLOG: usize = 1024;

#[derive(Debug)]
pub(super) struct Mailbox {
    sender: mpsc::Sender<Delivery>,
    /// Something was lost that the reader has not been told of.
    missed: bool,
}

impl Mailbox {
    pub(super) fn new() -> (Self, Subscription) {
        let (sender, messages) = mpsc::channel(BACKLOG);
        let mailbox = Self {
            sender,
            missed: false,
        };
        (mailbox, Subscription { messages })
    }

    /// Hands a message over, or remembers that there was no room.
    pub(super) fn deliver(&mut self, message: Bytes) {
        if self.tell_missed() && !self.put(Delivery::Message(message)) {
            self.missed = true;
        }
    }

    /// Tells the reader that messages may be missing, as soon as there is room.
    pub(super) fn note_missed(&mut self) {
        self.missed = true;
        let _told = self.tell_missed();
    }

    /// Nobody reads any more.
    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Resolves when nobody reads any more.
    pub(super) async fn closed(&self) {
        self.sender.closed().await;
    }

    /// Whether the reader knows all it has missed.
    fn tell_missed(&mut self) -> bool {
        if self.missed {
            self.missed = !self.put(Delivery::Missed);
        }
        !self.missed
    }

    /// Whether there was room. A closed mailbox swallows everything.
    fn put(&self, delivery: Delivery) -> bool {
        !matches!(self.sender.try_send(delivery), Err(TrySendError::Full(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reader_is_told_once_and_goes_on_with_the_latest() {
        let (mut mailbox, mut subscription) = Mailbox::new();
        for _ in 0..BACKLOG + 5 {
            mailbox.deliver(Bytes::from_static(b"old"));
        }
        for _ in 0..BACKLOG {
            let delivery = subscription.messages.try_recv();
            assert_eq!(delivery, Ok(Delivery::Message(Bytes::from_static(b"old"))));
        }
        mailbox.deliver(Bytes::from_static(b"new"));
        assert_eq!(subscription.messages.try_recv(), Ok(Delivery::Missed));
        let delivery = subscription.messages.try_recv();
        assert_eq!(delivery, Ok(Delivery::Message(Bytes::from_static(b"new"))));
    }
}
