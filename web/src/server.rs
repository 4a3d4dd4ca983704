//! Serves a router on a listener until it is told to stop, then lets running requests end.
//!
//! Written on hyper's connections, since `axum::serve` bounds neither the time for a request's head, nor that for which a client
//! leaves its answer unread, nor the number of connections, and its drain has no end.

use std::time::Duration;

use axum::Router;
use axum::serve::{Listener, ListenerExt};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;

/// How long a client may take to send a request's head, and how long a connection may be idle: more than the 60 s for which load
/// balancers keep one, so that they never send a request into a connection that is being closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// The longest head of a request, in bytes; a longer one is answered 431.
const LONGEST_HEAD: usize = 16 << 10;

/// What a server may hold, and how long it may take to end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Open connections; more wait in the system's queue.
    pub(crate) connections: usize,
    /// How long a client may take nothing of its answer.
    pub(crate) stall: Duration,
    /// How long running requests may go on after `stop`.
    pub(crate) drain: Duration,
}

/// A client that vanished without a word, while its request runs or between two, is noticed after about a minute and a half.
const KEEPALIVE: TcpKeepalive =
    TcpKeepalive::new().with_time(Duration::from_secs(60)).with_interval(Duration::from_secs(10));

/// Accepts and serves until `stop`; then accepts no more, closes idle connections and waits for running requests. Answers how many
/// connections were cut off at the end of the drain. If dropped, all connections are cut off.
pub(crate) async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future) -> usize {
    let mut listener = listener.tap_io(|stream| {
        // Without it small answers wait for acknowledgements. Both fail only on a connection that is gone.
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&*stream).set_tcp_keepalive(&KEEPALIVE);
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_header_size(LONGEST_HEAD);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            biased;
            _ = &mut stop => break,
            Some(_) = connections.join_next() => {}
            (stream, _) = listener.accept(), if connections.len() < limits.connections => {
                let service = TowerToHyperService::new(router.clone());
                let mut stream = TimeoutStream::new(stream);
                stream.set_write_timeout(Some(limits.stall));
                let connection = graceful.watch(http.serve_connection(TokioIo::new(Box::pin(stream)), service));
                connections.spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(%error, "connection ended badly");
                    }
                });
            }
        }
    }
    drop(listener);
    // Its outcome is seen in the connections that are left.
    let _ = timeout(limits.drain, graceful.shutdown()).await;
    while connections.try_join_next().is_some() {}
    connections.len()
}
