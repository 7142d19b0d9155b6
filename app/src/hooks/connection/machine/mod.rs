//! When to connect, wait, ping, pause and give up: a pure state machine. The driver feeds it events
//! and carries out its actions, so that all of it is tested without a browser or a clock.

/// Connection attempts after a loss before the stream is given up.
pub const MAX_ATTEMPTS: u8 = 10;
/// First wait before reconnecting, in milliseconds, before jitter.
pub const FIRST_DELAY_MS: u32 = 750;
/// Longest wait before reconnecting, in milliseconds, before jitter.
pub const MAX_DELAY_MS: u32 = 15_000;
/// A connection that does not open within this time counts as failed.
pub const CONNECT_LIMIT_MS: u32 = 10_000;
/// Time between pings.
pub const PING_EVERY_MS: u32 = 30_000;
/// A connection without any message for this long after a ping is dead.
pub const PONG_LIMIT_MS: u32 = 10_000;
/// The same where there is reason to doubt the connection: somebody may be waiting for it.
pub const PROBE_LIMIT_MS: u32 = 2_000;
/// A connection that lasts this long after its first message makes up for the failures before it.
pub const SETTLED_AFTER_MS: u32 = 10_000;
/// A tab hidden for this long needs no prices.
pub const HIDDEN_PAUSE_MS: u32 = 300_000;

/// What the connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Not started: the page has just been rendered.
    Idle,
    /// Opening; `attempt` is 0 for the first connection, else the attempt since the loss.
    Connecting {
        /// 0, or 1 to [`MAX_ATTEMPTS`].
        attempt: u8,
    },
    /// Open.
    Open,
    /// Waiting before attempt `attempt`.
    Waiting {
        /// 1 to [`MAX_ATTEMPTS`].
        attempt: u8,
    },
    /// Closed by us while the tab is hidden.
    Paused,
    /// Given up after [`MAX_ATTEMPTS`].
    Disconnected,
}

/// The timers the machine uses; each runs at most once at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// Until the next attempt.
    Retry,
    /// Until an attempt counts as failed.
    Connect,
    /// Until the next ping.
    Ping,
    /// Until a missing answer means that the connection is dead.
    Pong,
    /// Until a connection that delivers counts as restored.
    Settled,
    /// Until a hidden tab pauses.
    Hidden,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The page has been hydrated.
    Start,
    /// The socket opened.
    Opened,
    /// A message arrived.
    Message,
    /// The socket closed, or could not be opened.
    Closed,
    /// A timer ran out.
    Elapsed(Timer),
    /// The browser is online again.
    Online,
    /// The machine slept and woke up.
    Woke,
    /// The tab was hidden.
    Hidden,
    /// The tab became visible.
    Visible,
    /// The visitor asked for another try.
    Retry,
    /// Nobody needs the connection any more.
    Stop,
}

/// What the driver must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Open a socket; a former one is already closed or given up.
    Connect,
    /// Close the socket and forget it.
    Close,
    /// Send a ping.
    Ping,
    /// Start a timer (again).
    Start(Timer, u32),
    /// Stop a timer.
    Stop(Timer),
}

/// The state machine.
#[derive(Debug)]
pub struct Machine {
    link: Link,
    /// Attempts since a connection lasted; one that opens but delivers nothing, or is cut soon
    /// after it did, is a failure.
    failures: u8,
    /// Whether [`Timer::Settled`] runs.
    settling: bool,
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            link: Link::Idle,
            failures: 0,
            settling: false,
        }
    }
}

impl Machine {
    /// What the connection is doing.
    #[must_use]
    pub const fn link(&self) -> Link {
        self.link
    }

    /// Takes an event; `random` in 0..1 spreads the waits.
    #[must_use]
    pub fn on(&mut self, event: Event, random: f64) -> Vec<Action> {
        match event {
            Event::Start => match self.link {
                Link::Idle => self.connect(0),
                _ => Vec::new(),
            },
            Event::Opened => self.opened(),
            Event::Message => self.message(),
            Event::Closed => self.lost(random),
            Event::Elapsed(timer) => self.elapsed(timer, random),
            Event::Online | Event::Woke => self.conditions_changed(),
            Event::Hidden => match self.link {
                Link::Idle => Vec::new(),
                _ => vec![Action::Start(Timer::Hidden, HIDDEN_PAUSE_MS)],
            },
            Event::Visible => self.visible(),
            Event::Retry => match self.link {
                Link::Disconnected | Link::Waiting { .. } => self.connect_afresh(),
                _ => Vec::new(),
            },
            Event::Stop => self.stop(),
        }
    }

    fn stop(&mut self) -> Vec<Action> {
        let mut actions = self.stop_all();
        actions.extend([Action::Stop(Timer::Hidden), Action::Close]);
        *self = Self::default();
        actions
    }

    fn opened(&mut self) -> Vec<Action> {
        if !matches!(self.link, Link::Connecting { .. }) {
            return Vec::new();
        }
        self.link = Link::Open;
        // The server speaks first; one that stays silent is found out like a dead one.
        vec![
            Action::Stop(Timer::Connect),
            Action::Start(Timer::Ping, PING_EVERY_MS),
            Action::Start(Timer::Pong, PONG_LIMIT_MS),
        ]
    }

    fn message(&mut self) -> Vec<Action> {
        if self.link != Link::Open {
            return Vec::new();
        }
        let mut actions = vec![Action::Stop(Timer::Pong)];
        // Something on the way may let the first message through and cut every connection then:
        // to forgive it at once would be to try for ever.
        if self.failures > 0 && !self.settling {
            self.settling = true;
            actions.push(Action::Start(Timer::Settled, SETTLED_AFTER_MS));
        }
        actions
    }

    fn elapsed(&mut self, timer: Timer, random: f64) -> Vec<Action> {
        match (timer, self.link) {
            (Timer::Retry, Link::Waiting { attempt }) => self.connect(attempt),
            (Timer::Connect, Link::Connecting { .. }) | (Timer::Pong, Link::Open) => {
                let mut actions = vec![Action::Close];
                actions.extend(self.lost(random));
                actions
            }
            (Timer::Ping, Link::Open) => vec![
                Action::Ping,
                Action::Start(Timer::Ping, PING_EVERY_MS),
                Action::Start(Timer::Pong, PONG_LIMIT_MS),
            ],
            (Timer::Settled, Link::Open) => {
                self.settling = false;
                self.failures = 0;
                Vec::new()
            }
            (Timer::Hidden, Link::Idle | Link::Paused) => Vec::new(),
            (Timer::Hidden, _) => {
                self.link = Link::Paused;
                let mut actions = vec![Action::Close];
                actions.extend(self.stop_all());
                actions
            }
            _ => Vec::new(),
        }
    }

    /// The network came back or the machine woke up: waits and failures before that say nothing.
    fn conditions_changed(&mut self) -> Vec<Action> {
        match self.link {
            // An attempt made without a network may hang until its time is up.
            Link::Connecting { .. } => {
                let mut actions = vec![Action::Close];
                actions.extend(self.connect_afresh());
                actions
            }
            Link::Idle | Link::Paused => Vec::new(),
            Link::Waiting { .. } | Link::Disconnected | Link::Open => self.wanted_now(),
        }
    }

    fn visible(&mut self) -> Vec<Action> {
        let mut actions = vec![Action::Stop(Timer::Hidden)];
        actions.extend(self.wanted_now());
        actions
    }

    /// Somebody looks: no more waiting, and a doubtful connection is tried. An attempt goes on:
    /// every page that is opened becomes visible during its first.
    fn wanted_now(&mut self) -> Vec<Action> {
        match self.link {
            Link::Paused | Link::Waiting { .. } | Link::Disconnected => self.connect_afresh(),
            // The socket may be dead without knowing it yet.
            Link::Open => vec![Action::Ping, Action::Start(Timer::Pong, PROBE_LIMIT_MS)],
            Link::Idle | Link::Connecting { .. } => Vec::new(),
        }
    }

    fn connect_afresh(&mut self) -> Vec<Action> {
        // At the start and after a pause nothing had failed; after a loss this is the first
        // attempt of ten.
        let nothing_failed = matches!(self.link, Link::Paused | Link::Connecting { attempt: 0 });
        let attempt = u8::from(!nothing_failed);
        self.failures = attempt;
        self.connect(attempt)
    }

    fn connect(&mut self, attempt: u8) -> Vec<Action> {
        self.link = Link::Connecting { attempt };
        vec![
            Action::Stop(Timer::Retry),
            Action::Connect,
            Action::Start(Timer::Connect, CONNECT_LIMIT_MS),
        ]
    }

    /// The connection failed or was lost.
    fn lost(&mut self, random: f64) -> Vec<Action> {
        if !matches!(self.link, Link::Connecting { .. } | Link::Open) {
            return Vec::new();
        }
        let mut actions = self.stop_all();
        if self.failures >= MAX_ATTEMPTS {
            self.link = Link::Disconnected;
            return actions;
        }
        self.failures += 1;
        self.link = Link::Waiting {
            attempt: self.failures,
        };
        actions.push(Action::Start(Timer::Retry, delay(self.failures, random)));
        actions
    }

    /// Stops every timer that belongs to a connection; the one for the hidden tab goes on.
    fn stop_all(&mut self) -> Vec<Action> {
        self.settling = false;
        [
            Timer::Retry,
            Timer::Connect,
            Timer::Ping,
            Timer::Pong,
            Timer::Settled,
        ]
        .map(Action::Stop)
        .to_vec()
    }
}

/// The wait before attempt `attempt` (from 1) in milliseconds: doubling from [`FIRST_DELAY_MS`] to
/// [`MAX_DELAY_MS`], a quarter more or less, so that clients do not return all at once.
#[must_use]
pub fn delay(attempt: u8, random: f64) -> u32 {
    let doublings = u32::from(attempt.saturating_sub(1)).min(16);
    let full = FIRST_DELAY_MS
        .saturating_mul(1 << doublings)
        .min(MAX_DELAY_MS);
    let spread = 0.75 + 0.5 * random.clamp(0.0, 1.0);
    // At most 18,750: no loss.
    (f64::from(full) * spread) as u32
}

#[cfg(test)]
mod tests;
