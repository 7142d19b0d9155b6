//! One client's conversation. A task for each: there are as many as people who trade, not as many as
//! look at prices.

use crate::ws::{
    client::keep_little,
    disconnect::Disconnect,
    encode,
    frame::{Decoder, Incoming},
    hub::Shared,
    pace::Pace,
    session::discard,
    upgrade::Socket,
};
use bytes::{Buf, Bytes};
use domain::{
    notification::Notification,
    trading::{AccountMessage, AccountRequest},
};
use metrics::{counter, gauge};
use services::{Services, auth::Identity};
use socket2::SockRef;
use std::{io, net::Shutdown, sync::Arc};
use time::OffsetDateTime;
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};

const READ_CHUNK: usize = 2048;
/// Notifications that are read at a time.
const NOTIFICATIONS: u32 = 50;
const WRONG: &str = "This address takes {\"type\":\"ping\"} and nothing else.";

pub(super) struct Session {
    shared: Arc<Shared>,
    services: Services,
    identity: Identity,
    stream: TcpStream,
    decoder: Decoder,
    pace: Pace,
    /// The last change that was told, by us or before.
    told: Option<u64>,
    /// The number of the newest notification that was told.
    notified: u64,
    /// How many it was told are unread.
    unread: u64,
    /// Pings sent since the last pong.
    unanswered: u32,
}

impl Session {
    /// Serves a client until either side ends it.
    pub(super) async fn run(
        shared: Arc<Shared>,
        services: Services,
        identity: Identity,
        since: Option<u64>,
        socket: Socket,
    ) {
        let Socket {
            stream,
            early,
            permit: _permit,
        } = socket;
        keep_little(&stream);
        let limits = shared.limits();
        let pace = Pace::new(limits.message_burst, limits.message_every, Instant::now());
        let mut decoder = Decoder::default();
        decoder.push(&early);
        let mut session = Self {
            shared,
            services,
            identity,
            stream,
            decoder,
            pace,
            told: since,
            notified: 0,
            unread: 0,
            unanswered: 0,
        };
        let _open = Open::new();
        let Err(reason) = session.talk().await;
        counter!("cryptovault_websocket_disconnects_total", "reason" => reason.label())
            .increment(1);
        session.finish(reason).await;
    }

    async fn talk(&mut self) -> Result<std::convert::Infallible, Disconnect> {
        // From before the first look on: nothing that changes meanwhile is missed.
        let watched = self.services.exchange.watch(&self.identity);
        let mut changed = watched.map_err(|_| Disconnect::Unavailable)?;
        let shutdown = self.shared.shutdown().clone();
        let mut upkeep = interval(self.shared.limits().ping_every);
        upkeep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        upkeep.reset();
        self.begin().await?;
        self.look().await?;
        let mut resume = None;
        loop {
            while resume.is_none() {
                let incoming = self.decoder.message().map_err(Disconnect::Violation)?;
                let Some(incoming) = incoming else { break };
                let now = Instant::now();
                resume = Some(self.pace.next(now)).filter(|resume| *resume > now);
                self.answer(incoming).await?;
            }
            tokio::select! {
                () = shutdown.cancelled() => return Err(Disconnect::Shutdown),
                () = sleep_until(resume.unwrap_or_else(Instant::now)), if resume.is_some() => resume = None,
                ready = self.stream.readable(), if resume.is_none() => self.read(ready)?,
                _ = changed.changed() => self.look().await?,
                _ = upkeep.tick() => self.keep_up(&mut changed).await?,
            }
        }
    }

    fn read(&mut self, ready: io::Result<()>) -> Result<(), Disconnect> {
        let mut chunk = [0; READ_CHUNK];
        match ready.and_then(|()| self.stream.try_read(&mut chunk)) {
            Ok(0) => Err(Disconnect::Gone),
            Ok(length) => {
                self.decoder.push(chunk.get(..length).unwrap_or_default());
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(_) => Err(Disconnect::Gone),
        }
    }

    /// Whether the client is there, whether its session still counts, and what was perhaps missed.
    async fn keep_up(&mut self, changed: &mut watch::Receiver<()>) -> Result<(), Disconnect> {
        let limits = self.shared.limits();
        let allowed = limits.pong_timeout.as_nanos() / limits.ping_every.as_nanos().max(1);
        if u128::from(self.unanswered) >= allowed.max(1) {
            return Err(Disconnect::NoPong);
        }
        self.unanswered += 1;
        self.send(encode::ping()).await?;
        changed.mark_unchanged();
        self.look().await
    }

    /// Nobody is told anything about an account whose session has ended, or while that can't be told.
    async fn still_counts(&self) -> Result<(), Disconnect> {
        match self.services.auth.still_counts(&self.identity).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Disconnect::SignedOut),
            Err(_) => Err(Disconnect::Unavailable),
        }
    }

    /// Tells what the client has not seen yet.
    async fn begin(&mut self) -> Result<(), Disconnect> {
        let exchange = &self.services.exchange;
        let first = exchange.resume(&self.identity, self.told).await;
        self.tell_all(first.map_err(|_| Disconnect::Unavailable)?)
            .await?;
        let notifications = self.services.notifications.clone();
        let newest = notifications
            .list(&self.identity, None, NOTIFICATIONS)
            .await;
        let newest = newest.map_err(|_| Disconnect::Unavailable)?;
        self.notified = newest.first().map_or(0, |newest| newest.sequence);
        let unread = newest.into_iter().rev().filter(|one| !one.read);
        self.notify(unread.collect()).await?;
        let unread = notifications.unread(&self.identity).await;
        self.count(unread.map_err(|_| Disconnect::Unavailable)?)
            .await
    }

    /// Tells what has changed; what can't be read now is looked for again with the next ping.
    async fn look(&mut self) -> Result<(), Disconnect> {
        let mut has_moved = false;
        loop {
            if self.shared.shutdown().is_cancelled() {
                return Err(Disconnect::Shutdown);
            }
            self.still_counts().await?;
            let behind = self.told.unwrap_or_default();
            let exchange = &self.services.exchange;
            match exchange.changes(&self.identity, behind).await {
                Ok(changes) if changes.is_empty() => return self.look_for_news(has_moved).await,
                Ok(changes) => {
                    has_moved = true;
                    self.tell_all(changes).await?;
                }
                Err(error) => {
                    tracing::debug!(%error, "changes of an account can't be read");
                    return Ok(());
                }
            }
        }
    }

    /// Tells what its owner was told since. When neither that nor orders have moved, something was seen.
    async fn look_for_news(&mut self, mut has_moved: bool) -> Result<(), Disconnect> {
        let notifications = self.services.notifications.clone();
        loop {
            let since = notifications.since(&self.identity, self.notified, NOTIFICATIONS);
            let Ok(news) = since.await else {
                return Ok(());
            };
            let Some(newest) = news.last() else { break };
            self.notified = newest.sequence;
            has_moved = true;
            self.notify(news).await?;
        }
        if has_moved {
            return Ok(());
        }
        match notifications.unread(&self.identity).await {
            Ok(unread) if unread != self.unread => self.count(unread).await,
            _ => Ok(()),
        }
    }

    async fn count(&mut self, unread: u64) -> Result<(), Disconnect> {
        self.unread = unread;
        let sequence = self.told.unwrap_or_default();
        self.tell(&AccountMessage::Unread { sequence, unread })
            .await
    }

    async fn notify(&mut self, news: Vec<Notification>) -> Result<(), Disconnect> {
        if news.is_empty() {
            return Ok(());
        }
        let notifications = &self.services.notifications;
        let unread = notifications.unread(&self.identity).await;
        let unread = unread.map_err(|_| Disconnect::Unavailable)?;
        self.unread = unread;
        for notification in news {
            let behind = self.told.unwrap_or_default();
            let told = AccountMessage::told(notification, behind, unread);
            self.tell(&told).await?;
        }
        Ok(())
    }

    async fn tell_all(&mut self, changes: Vec<AccountMessage>) -> Result<(), Disconnect> {
        for change in changes {
            self.tell(&change).await?;
            self.told = change.sequence().or(self.told);
        }
        Ok(())
    }

    async fn answer(&mut self, incoming: Incoming) -> Result<(), Disconnect> {
        match incoming {
            Incoming::Text(text) => match serde_json::from_str(&text) {
                Ok(AccountRequest::Ping {}) => {
                    let timestamp = OffsetDateTime::now_utc();
                    self.tell(&AccountMessage::Pong { timestamp }).await
                }
                Err(_) => self.refuse().await,
            },
            Incoming::Binary => self.refuse().await,
            Incoming::Ping(payload) => self.send(encode::pong(&payload)).await,
            Incoming::Pong => {
                self.unanswered = 0;
                Ok(())
            }
            Incoming::Close(code) => Err(Disconnect::ByClient(code)),
        }
    }

    async fn refuse(&mut self) -> Result<(), Disconnect> {
        let error = AccountMessage::Error {
            code: "bad_message".to_owned(),
            message: WRONG.to_owned(),
        };
        self.tell(&error).await?;
        Err(Disconnect::BadMessage)
    }

    async fn tell(&mut self, message: &AccountMessage) -> Result<(), Disconnect> {
        match encode::json(message) {
            Ok(frame) => self.send(frame).await,
            Err(error) => {
                tracing::error!(%error, "a message can't be written as JSON");
                Err(Disconnect::Unavailable)
            }
        }
    }

    async fn send(&mut self, frame: Bytes) -> Result<(), Disconnect> {
        let limit = self.shared.limits().stall_timeout;
        let mut rest = frame;
        while !rest.is_empty() {
            // Whoever takes something is slow, and not gone.
            match timeout(limit, self.stream.write(&rest)).await {
                Ok(Ok(written)) if written > 0 => rest.advance(written),
                Ok(_) => return Err(Disconnect::Gone),
                Err(_) => return Err(Disconnect::Stalled),
            }
        }
        Ok(())
    }

    /// Sends the close frame, and gives the client time to close its side.
    async fn finish(mut self, reason: Disconnect) {
        // Half a message may lie before it for a client that takes nothing.
        if matches!(reason, Disconnect::Gone | Disconnect::Stalled) {
            return;
        }
        let patience = self.shared.limits().close_timeout;
        let (code, text) = reason.frame();
        let frame = encode::close(code, text);
        if let Ok(Ok(())) = timeout(patience, self.stream.write_all(&frame)).await
            && SockRef::from(&self.stream)
                .shutdown(Shutdown::Write)
                .is_ok()
        {
            let _in_time = timeout(patience, discard(&self.stream)).await;
        }
    }
}

/// Counts an open socket until it is dropped.
struct Open;

impl Open {
    fn new() -> Self {
        gauge!("cryptovault_account_connections").increment(1.0);
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!("cryptovault_account_connections").decrement(1.0);
    }
}
