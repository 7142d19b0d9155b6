//! A TCP proxy that delays, stalls, cuts and refuses.

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
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

/// A proxy on a free port. Dropping it closes everything.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    fault: watch::Sender<Fault>,
    cuts: watch::Sender<u64>,
    freezes: watch::Sender<u64>,
    target: watch::Sender<SocketAddr>,
    accepted: Arc<AtomicUsize>,
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
        let link = Link {
            fault: fault.subscribe(),
            cuts: cuts.subscribe(),
            freezes: freezes.subscribe(),
            target: target.subscribe(),
            accepted: Arc::clone(&accepted),
        };
        let listening = tokio::spawn(listen(listener, link)).abort_handle();
        Ok(Self {
            address,
            fault,
            cuts,
            freezes,
            target,
            accepted,
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
    let forwarding = async {
        let server = TcpStream::connect(target).await?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        // Either end closing closes both.
        tokio::select! {
            ended = pump(from_client, to_server, there) => ended,
            ended = pump(from_server, to_client, back) => ended,
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
        to.write_all(&buffer[..count]).await?;
    }
}
