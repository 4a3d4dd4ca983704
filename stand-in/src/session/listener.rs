//! Accepts connections and serves each in its own task.

use super::handshake::shake_hands;
use super::requests;
use super::server_state::ServerState;
use crate::faults::{Fault, FaultPoint};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The time limit for a login, as in SQL Server.
const LOGIN_TIME: Duration = Duration::from_secs(60);
/// The listening task and the tasks of its connections.
pub(crate) struct ListenerTasks {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl ListenerTasks {
    pub(crate) fn start(listener: TcpListener, server: Arc<ServerState>) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(stop.clone().run_until_cancelled_owned(accept(listener, server, stop.clone(), tasks.clone())));
        Self { stop, tasks }
    }

    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for ListenerTasks {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, server: Arc<ServerState>, stop: CancellationToken, tasks: TaskTracker) {
    loop {
        // A connection that broke before it was accepted concerns its client only.
        let Ok((tcp, _)) = listener.accept().await else { continue };
        if server.faults.take(FaultPoint::Connection, "") == Some(Fault::RefuseConnection) {
            drop(tcp.set_zero_linger());
            continue;
        }
        let server = Arc::clone(&server);
        let client = async move {
            let _open = server.counters.connection();
            // A client that violates the protocol loses its connection. Nobody else needs the error.
            drop(serve(&server, tcp).await);
        };
        tasks.spawn(stop.clone().run_until_cancelled_owned(client));
    }
}

async fn serve(server: &Arc<ServerState>, tcp: TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    match tokio::time::timeout(LOGIN_TIME, shake_hands(server, tcp)).await?? {
        Some(session) => requests::serve(server, session).await,
        None => Ok(()),
    }
}
