//! A TCP proxy that delays, stalls, cuts and refuses.

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::sleep,
};

/// What happens to bytes that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Every piece waits for this long, in each direction.
    Delay(Duration),
    /// Connections stay open and nothing gets through, as when a cable is pulled. What was sent
    /// meanwhile arrives afterwards.
    Stall,
    /// New connections are closed at once.
    Refuse,
}

/// What happens to a connection on which something certain is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spring {
    /// It ends before that gets through.
    Before,
    /// That gets through, and it ends with the answer.
    After,
}

#[derive(Debug, Default)]
struct Trap {
    what: &'static [u8],
    spring: Option<Spring>,
    times: usize,
    caught: usize,
}

/// A proxy on a free port. Dropping it closes everything.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    fault: watch::Sender<Fault>,
    cuts: watch::Sender<u64>,
    freezes: watch::Sender<u64>,
    target: watch::Sender<SocketAddr>,
    accepted: Arc<AtomicUsize>,
    trap: Arc<Mutex<Trap>>,
    listening: AbortHandle,
}

impl Proxy {
    /// Forwards to `target`.
    pub(crate) async fn start(target: SocketAddr) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let fault = watch::Sender::new(Fault::None);
        let (cuts, freezes) = (watch::Sender::new(0), watch::Sender::new(0));
        let (target, accepted) = (watch::Sender::new(target), Arc::default());
        let trap = Arc::default();
        let link = Link {
            fault: fault.subscribe(),
            cuts: cuts.subscribe(),
            freezes: freezes.subscribe(),
            target: target.subscribe(),
            accepted: Arc::clone(&accepted),
            trap: Arc::clone(&trap),
        };
        let listening = tokio::spawn(listen(listener, link)).abort_handle();
        Ok(Self {
            address,
            fault,
            cuts,
            freezes,
            target,
            accepted,
            trap,
            listening,
        })
    }

    /// Where to connect instead of the target.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what happens from now on.
    pub(crate) fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// Nothing passes any more on the connections that are open, for good; new ones work. So it is
    /// when a router in between forgets them.
    pub(crate) fn freeze_present(&self) {
        self.freezes.send_modify(|times| *times += 1);
    }

    /// New connections go to `target` instead; those that are open stay as they are. So it is when
    /// an address moves to another machine.
    pub(crate) fn redirect(&self, target: SocketAddr) {
        self.target.send_replace(target);
    }

    /// Ends connections, so many times, on which `what` is said in one piece, in either direction.
    pub(crate) fn trap(&self, what: &'static [u8], spring: Spring, times: usize) {
        let spring = Some(spring);
        *locked(&self.trap) = Trap {
            what,
            spring,
            times,
            caught: 0,
        };
    }

    /// How many connections the trap has ended.
    pub(crate) fn caught(&self) -> usize {
        locked(&self.trap).caught
    }

    /// Connections so far.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Closes every connection without a word.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|times| *times += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

#[derive(Clone)]
struct Link {
    fault: watch::Receiver<Fault>,
    cuts: watch::Receiver<u64>,
    freezes: watch::Receiver<u64>,
    target: watch::Receiver<SocketAddr>,
    accepted: Arc<AtomicUsize>,
    trap: Arc<Mutex<Trap>>,
}

fn locked(trap: &Mutex<Trap>) -> MutexGuard<'_, Trap> {
    trap.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link {
    /// What the trap does about a piece.
    fn springs(&self, piece: &[u8]) -> Option<Spring> {
        let mut trap = locked(&self.trap);
        let is_said = || piece.windows(trap.what.len()).any(|part| part == trap.what);
        if trap.times == 0 || !is_said() {
            return None;
        }
        trap.times -= 1;
        trap.caught += 1;
        trap.spring
    }
}

/// The connections end with this task: the set aborts them when it is dropped.
async fn listen(listener: TcpListener, link: Link) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        link.accepted.fetch_add(1, Ordering::SeqCst);
        if *link.fault.borrow() == Fault::Refuse {
            continue;
        }
        connections.spawn(connection(client, link.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(client: TcpStream, mut link: Link) {
    link.cuts.mark_unchanged();
    link.freezes.mark_unchanged();
    let target = *link.target.borrow();
    let (there, back) = (link.clone(), link.clone());
    // Set once the next thing that is said ends the connection.
    let last = AtomicBool::new(false);
    let forwarding = async {
        let server = TcpStream::connect(target).await?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        // Either end closing closes both.
        tokio::select! {
            ended = pump(from_client, to_server, there, &last) => ended,
            ended = pump(from_server, to_client, back, &last) => ended,
        }
    };
    tokio::select! {
        _closed = forwarding => {}
        _cut = link.cuts.changed() => {}
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut link: Link,
    last: &AtomicBool,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let now = *link.fault.borrow();
        if let Fault::Delay(by) = now {
            sleep(by).await;
        }
        // Fails only when the proxy is gone, which ends this task too.
        drop(link.fault.wait_for(|fault| *fault != Fault::Stall).await);
        if link.freezes.has_changed().unwrap_or(true) {
            std::future::pending::<()>().await;
        }
        if last.load(Ordering::SeqCst) {
            return Ok(());
        }
        match link.springs(&buffer[..count]) {
            Some(Spring::Before) => return Ok(()),
            Some(Spring::After) => last.store(true, Ordering::SeqCst),
            None => {}
        }
        to.write_all(&buffer[..count]).await?;
    }
}
