//! Serves a router on a listener within limits, and drains its connections at the end.
//!
//! It uses hyper's connections directly: `axum::serve` limits neither the time for a request's head, nor the time for
//! which a client leaves its response unread, nor the number of connections, nor the time to drain.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::{Listener, ListenerExt};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use metrics::{counter, describe_counter};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{interval, sleep, timeout};
use tokio_io_timeout::TimeoutStream;

mod activity;
mod open_connections;
mod service;
mod stream;

use activity::{Activity, Phase};
use open_connections::OpenConnections;
use service::ObservedService;
use stream::ObservedStream;

/// Longest time for which a connection is kept without a request. It is more than the 60 s for which load balancers
/// keep one, so that they never send a request on a connection that is being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// Longest head of a request in bytes; a longer one is answered with 431.
const MAX_HEAD: usize = 16 << 10;
/// How often expired connections are looked for.
const SWEEP: Duration = Duration::from_millis(500);
/// A connection that is idle for less is not closed for another one: its client is about to send a request.
const LEAST_IDLE: Duration = Duration::from_millis(500);
/// How often a listener without room looks for a connection to close.
const RETRY_ROOM: Duration = Duration::from_millis(20);
/// Longest time for the rest of a request's head during the drain.
const HEAD_DURING_DRAIN: Duration = Duration::from_secs(1);

const CLOSED: &str = "http_connections_closed_total";

/// The limits of one listener.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectionLimits {
    /// Most open connections. One more takes the place of the one that has waited for its client, for a request or the
    /// rest of one, for the longest time; if none has for half a second, it waits in the system's queue.
    pub(super) connections: usize,
    /// Most open connections of one client's address.
    pub(super) per_client: usize,
    /// Longest time for a request's head.
    pub(super) head: Duration,
    /// A connection is closed after its client has read nothing for this long.
    pub(super) stall: Duration,
    /// Longest time for running requests after `stop`.
    pub(super) drain: Duration,
}

/// TCP keepalive, which finds a vanished client after about a minute and a half.
const KEEPALIVE: TcpKeepalive =
    TcpKeepalive::new().with_time(Duration::from_secs(60)).with_interval(Duration::from_secs(10));

/// Sets the help text of the metric, and its counters to 0. Call it after the recorder is installed.
pub(super) fn describe_metrics() {
    describe_counter!(
        CLOSED,
        "Connections closed by the shop, by reason: slow_head (part of a request's head, then nothing), idle, room \
         (for another connection), client_limit (its client has too many)"
    );
    for reason in ["slow_head", "idle", "room", "client_limit"] {
        counter!(CLOSED, "reason" => reason).absolute(0);
    }
}

/// Accepts and serves until `stop`, then closes idle connections and waits for running requests. Returns how many
/// requests were still running at the end of the drain and are cut off. Dropping the future closes all connections.
pub(super) async fn serve(listener: TcpListener, router: Router, limits: ConnectionLimits, stop: impl Future) -> usize {
    let mut listener = listener.tap_io(|stream| {
        // Without TCP_NODELAY small responses wait for acknowledgements. Both calls fail only on a closed connection.
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&*stream).set_tcp_keepalive(&KEEPALIVE);
    });
    let (stopping, stopped) = watch::channel(());
    let mut connections = OpenConnections::default();
    let mut sweep = interval(SWEEP);
    let mut stop = pin!(stop);
    loop {
        let is_full = connections.len() >= limits.connections;
        let accepts = !is_full || connections.has_idle(LEAST_IDLE);
        tokio::select! {
            biased;
            _ = &mut stop => break,
            true = connections.one_ended() => {}
            _ = sweep.tick() => close_expired(&mut connections, limits.head),
            (stream, client) = listener.accept(), if accepts => {
                let client = client.ip().to_canonical();
                // Before room is made: a client above its limit must not cost another one its connection.
                if connections.of_client(client) >= limits.per_client {
                    counter!(CLOSED, "reason" => "client_limit").increment(1);
                    continue;
                }
                if is_full && connections.close_longest_idle(LEAST_IDLE) {
                    counter!(CLOSED, "reason" => "room").increment(1);
                }
                let activity = Arc::new(Activity::new());
                let service = ObservedService { router: router.clone(), activity: Arc::clone(&activity) };
                let stream = with_write_timeout(stream, limits.stall);
                connections.spawn(client, activity, connection(stream, service, stopped.clone()));
            }
            () = sleep(RETRY_ROOM), if !accepts => {}
        }
    }
    drop(listener);
    // Its only receivers are the tasks of the connections; without any there is nothing to stop.
    let _ = stopping.send(());
    // The connections that remain show its outcome.
    let _ = timeout(limits.drain, drain(&mut connections, limits.head.min(HEAD_DURING_DRAIN))).await;
    connections.handling()
}

fn with_write_timeout(stream: TcpStream, stall: Duration) -> Pin<Box<TimeoutStream<TcpStream>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(stall));
    Box::pin(stream)
}

/// Serves one connection. When the listener stops, the connection ends: at once if it is idle, otherwise after the
/// response.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    service: ObservedService,
    mut stopped: watch::Receiver<()>,
) {
    let activity = Arc::clone(&service.activity);
    let stream = ObservedStream { stream, activity: Arc::clone(&activity) };
    let mut http = http1::Builder::new();
    // The sweep closes slow and idle connections, without a timer per request.
    http.header_read_timeout(None).max_header_size(MAX_HEAD);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        // The connection first: a request that has arrived is read before the connection counts as idle.
        biased;
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            // hyper would close a connection on which part of a head has arrived. The response to that request closes
            // it.
            if activity.phase() != Phase::ReadingHead {
                connection.as_mut().graceful_shutdown();
            }
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended with an error");
    }
}

fn close_expired(connections: &mut OpenConnections, head: Duration) {
    let (slow, idle) = connections.close_expired(head, IDLE_TIMEOUT);
    for (reason, closed) in [("slow_head", slow), ("idle", idle)] {
        if closed > 0 {
            counter!(CLOSED, "reason" => reason).increment(closed as u64);
        }
    }
}

/// Waits until all connections have ended. A request's head that does not arrive holds it up for `head` at most.
async fn drain(connections: &mut OpenConnections, head: Duration) {
    let mut sweep = interval(SWEEP);
    loop {
        tokio::select! {
            more = connections.one_ended() => if !more { return },
            _ = sweep.tick() => close_expired(connections, head),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn connection_is_not_idle_before_its_response_has_been_read() {
        let activity = Arc::new(Activity::new());
        let router = Router::new().route("/", get(|| async { "x".repeat(64 << 10) }));
        let service = ObservedService { router, activity: Arc::clone(&activity) };
        let (stream, mut client) = duplex(1024);
        let (_stopping, stopped) = watch::channel(());
        tokio::spawn(connection(stream, service, stopped));
        client.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        client.read_u8().await.unwrap();
        assert_eq!(activity.phase(), Phase::Handling);
        while activity.phase() != Phase::Idle {
            client.read_buf(&mut Vec::with_capacity(1024)).await.unwrap();
        }
        assert!(activity.has_served());
    }

    #[tokio::test]
    async fn request_whose_head_was_half_sent_at_the_stop_is_answered() {
        let activity = Arc::new(Activity::new());
        let router = Router::new().route("/", get(|| async {}));
        let service = ObservedService { router, activity: Arc::clone(&activity) };
        let (stream, mut client) = duplex(1024);
        let (stopping, stopped) = watch::channel(());
        tokio::spawn(connection(stream, service, stopped));
        // hyper waits for the head of a connection's first request by itself.
        client.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        client.read_buf(&mut Vec::with_capacity(1024)).await.unwrap();
        while !activity.has_served() {
            tokio::task::yield_now().await;
        }
        client.write_all(b"GET / HTTP/1.1\r\nhost: local").await.unwrap();
        while activity.phase() != Phase::ReadingHead {
            tokio::task::yield_now().await;
        }
        stopping.send(()).unwrap();
        tokio::task::yield_now().await;
        // An error would mean that the connection is closed, which the response shows better.
        let _ = client.write_all(b"host\r\nconnection: close\r\n\r\n").await;
        let mut response = String::new();
        client.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    }
}
