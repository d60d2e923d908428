//! Connections: how many there are at once, how long each may last, and how they come to their end.

use std::{
    convert::Infallible,
    net::{SocketAddr, ToSocketAddrs},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use axum::{Router, body::Body, extract::Request, response::Response};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};

use super::{Metrics, rate::Places};

/// How many connections there are at once. Others wait until one ends.
const CONNECTIONS: usize = 1024;

/// How many of them one address has. More are closed at once, so that none can have all.
const CONNECTIONS_OF_AN_ADDRESS: usize = 64;

/// How many connections the system holds that were not accepted yet.
const BACKLOG: u32 = 1024;

/// How many files are open beside connections, at most.
const OTHER_FILES: u64 = 64;

/// How long a client may take for the headers of a request, the time before their first byte included: so this is also
/// how long a connection may be idle.
const MOST_FOR_HEADERS: Duration = Duration::from_secs(10);

/// How many bytes the headers of a request may have with its first line, and how many headers there may be.
const HEADER_BYTES: usize = 16 << 10;
const HEADERS: usize = 64;

/// How long a connection may last. Whoever reads or writes as slowly as it can is gone then, and makes room.
const MOST_FOR_A_CONNECTION: Duration = Duration::from_mins(2);

/// How long what is under way may take to come to its end when a connection or the server ends.
const GRACE: Duration = Duration::from_secs(10);

/// How long to wait when the system gives no connection, for instance because too many files are open.
const PAUSE: Duration = Duration::from_millis(50);

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Peer(pub(in crate::cli) SocketAddr);

/// A place where connections are taken.
pub(in crate::cli) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

/// Listens at an address. Port 0 is one that is free.
pub(in crate::cli) fn listen(host: &str, port: u16) -> anyhow::Result<Listener> {
    let mut addresses = (host, port)
        .to_socket_addrs()
        .with_context(|| format!("`{host}` is no address of this machine"))?;
    let address = addresses.next().context("it has no address")?;
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A server that was stopped may be started again at once.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok(Listener { listener, address })
}

impl Listener {
    /// Returns where it listens.
    pub(in crate::cli) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` ends, and then until what is under way is done, but no longer than that may take.
    pub(in crate::cli) async fn serve(
        self,
        routes: Router,
        metrics: Arc<Metrics>,
        stop: impl Future<Output = ()>,
    ) {
        let most = connections();
        let free = Arc::new(Semaphore::new(most as usize));
        let places = Arc::new(Places::new(CONNECTIONS_OF_AN_ADDRESS));
        let (stopping, stopped) = watch::channel(false);
        let mut stop = pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = self.accept(&free) => accepted,
            };
            let (stream, peer, permit) = accepted;
            let Some(place) = places.take(peer.ip()) else {
                continue;
            };
            let connection = connection(stream, peer, routes.clone(), stopped.clone());
            let metrics = Arc::clone(&metrics);
            tokio::spawn(async move {
                metrics.connected(1);
                connection.await;
                metrics.connected(-1);
                drop((place, permit));
            });
        }
        drop(self.listener);
        stopping.send_replace(true);
        drop(timeout(GRACE, free.acquire_many(most)).await);
    }

    async fn accept(
        &self,
        free: &Arc<Semaphore>,
    ) -> (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit) {
        let permit = Arc::clone(free).acquire_owned().await;
        let permit = permit.expect("nobody closes it");
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => return (stream, peer, permit),
                Err(_) => sleep(PAUSE).await,
            }
        }
    }
}

/// Answers the requests of one connection.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
    mut stopped: watch::Receiver<bool>,
) {
    // If it cannot be set, answers come a little later.
    drop(stream.set_nodelay(true));
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        let answer = routes.call(request.map(Body::new));
        async move { answer.await as Result<Response, Infallible> }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(MOST_FOR_HEADERS)
        .max_headers(HEADERS)
        .max_buf_size(HEADER_BYTES);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // How it ended is its client's matter.
        _ = connection.as_mut() => return,
        _ = stopped.wait_for(|is_stopped| *is_stopped) => {}
        () = sleep(MOST_FOR_A_CONNECTION) => {}
    }
    connection.as_mut().graceful_shutdown();
    drop(timeout(GRACE, connection).await);
}

/// Returns how many connections there may be: as many as files can be open, if those are fewer. The process is given as
/// many as the system lets it have.
fn connections() -> u32 {
    let wanted = CONNECTIONS as u64 + OTHER_FILES;
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let mut files = limit.current.unwrap_or(wanted);
    let raised = Rlimit {
        current: Some(most),
        maximum: limit.maximum,
    };
    if files < most && setrlimit(Resource::Nofile, raised).is_ok() {
        files = most;
    }
    let connections = files
        .saturating_sub(OTHER_FILES)
        .clamp(1, CONNECTIONS as u64);
    u32::try_from(connections).expect("it is small")
}
