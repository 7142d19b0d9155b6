//! What the visitor is told about the stream.

use crate::hooks::connection::machine::{Link, MAX_ATTEMPTS};
use domain::{Source, StreamState};

/// The connection of this tab and what the server says about its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The tab's own connection.
    pub link: Link,
    /// The server's feed.
    pub feed: StreamState,
    /// The source in use.
    pub source: Option<Source>,
    /// The prices grew old while the server was out of reach, and it has not spoken of its feed
    /// since: what it said before no longer counts.
    pub outdated: bool,
}

/// The five states the interface shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisplayState {
    /// Prices come from a real source.
    Live,
    /// No valid price for 30 s.
    Stale,
    /// This tab, or the server's feed, is connecting again.
    Reconnecting,
    /// Prices are made up.
    Simulated,
    /// This tab has given up.
    Disconnected,
}

impl DisplayState {
    /// The value of `data-state`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Stale => "stale",
            Self::Reconnecting => "reconnecting",
            Self::Simulated => "simulated",
            Self::Disconnected => "disconnected",
        }
    }
}

impl Status {
    /// The tab's own trouble comes first; a healthy connection shows what the server says.
    #[must_use]
    pub const fn display(self) -> DisplayState {
        match self.link {
            Link::Disconnected => DisplayState::Disconnected,
            Link::Connecting { attempt: 1.. } | Link::Waiting { .. } => DisplayState::Reconnecting,
            // Before the first connection the page shows what the server knew when it sent it. A
            // paused tab is not looked at, and its prices grow old.
            Link::Paused => DisplayState::Stale,
            _ if self.outdated => DisplayState::Stale,
            Link::Idle | Link::Connecting { attempt: 0 } | Link::Open => match self.feed {
                StreamState::Live => DisplayState::Live,
                StreamState::Stale => DisplayState::Stale,
                StreamState::Reconnecting => DisplayState::Reconnecting,
                StreamState::Simulated => DisplayState::Simulated,
            },
        }
    }

    /// The attempt under way, when this tab is reconnecting.
    #[must_use]
    pub const fn attempt(self) -> Option<u8> {
        match self.link {
            Link::Connecting { attempt } | Link::Waiting { attempt } if attempt > 0 => {
                Some(attempt)
            }
            _ => None,
        }
    }

    /// In a few words.
    #[must_use]
    pub fn label(self) -> String {
        match (self.display(), self.attempt()) {
            (DisplayState::Live, _) => "Live".to_owned(),
            (DisplayState::Stale, _) => "Stale".to_owned(),
            (DisplayState::Simulated, _) => "Simulated".to_owned(),
            (DisplayState::Disconnected, _) => "Disconnected".to_owned(),
            (DisplayState::Reconnecting, Some(attempt)) => {
                format!("Reconnecting {attempt} of {MAX_ATTEMPTS}")
            }
            (DisplayState::Reconnecting, None) => "Reconnecting".to_owned(),
        }
    }

    /// In a sentence.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match (self.display(), self.attempt()) {
            (DisplayState::Live, _) => "Prices arrive from the market as they change.",
            (DisplayState::Stale, _) => "No new price has arrived for more than 30 seconds.",
            (DisplayState::Simulated, _) => {
                "These prices are made up by a simulation; no market is connected."
            }
            (DisplayState::Disconnected, _) => {
                "The connection to CryptoVault is lost. Prices on this page no longer move."
            }
            (DisplayState::Reconnecting, Some(_)) => {
                "The connection to CryptoVault was lost and is being restored."
            }
            (DisplayState::Reconnecting, None) => "CryptoVault is looking for a source of prices.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(link: Link, feed: StreamState) -> Status {
        Status {
            link,
            feed,
            source: None,
            outdated: false,
        }
    }

    #[test]
    fn trouble_of_the_tab_hides_what_the_server_said_last() {
        let waiting = status(Link::Waiting { attempt: 3 }, StreamState::Live);
        assert_eq!(waiting.display(), DisplayState::Reconnecting);
        assert_eq!(waiting.label(), "Reconnecting 3 of 10");
        let lost = status(Link::Disconnected, StreamState::Simulated);
        assert_eq!(lost.display(), DisplayState::Disconnected);
    }

    #[test]
    fn a_healthy_or_fresh_tab_shows_the_feed() {
        for link in [Link::Idle, Link::Connecting { attempt: 0 }, Link::Open] {
            for (feed, shown) in [
                (StreamState::Live, DisplayState::Live),
                (StreamState::Stale, DisplayState::Stale),
                (StreamState::Simulated, DisplayState::Simulated),
                (StreamState::Reconnecting, DisplayState::Reconnecting),
            ] {
                assert_eq!(status(link, feed).display(), shown);
            }
        }
        let feed_trouble = status(Link::Open, StreamState::Reconnecting);
        assert_eq!(feed_trouble.label(), "Reconnecting");
    }

    #[test]
    fn old_prices_are_not_called_live_by_what_the_server_said_before() {
        for link in [Link::Idle, Link::Connecting { attempt: 0 }, Link::Open] {
            let outdated = Status {
                outdated: true,
                ..status(link, StreamState::Live)
            };
            assert_eq!(outdated.display(), DisplayState::Stale, "{link:?}");
        }
        let waiting = Status {
            outdated: true,
            ..status(Link::Waiting { attempt: 3 }, StreamState::Live)
        };
        assert_eq!(waiting.label(), "Reconnecting 3 of 10");
    }
}
