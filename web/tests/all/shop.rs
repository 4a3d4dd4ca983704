//! A shop in this process, on a new store and free ports.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bookstore_web::config::Config;
use bookstore_web::server::App;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::client::{Request, Response, StartedRequest, get};

/// The longest time for which a test waits for the shop: more than a loaded machine needs.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Shop {
    pub(crate) addr: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// The file of its store.
    pub(crate) file: PathBuf,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Shop {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("books.db");
        let store = format!("Server=(embedded);AttachDbFilename={};User Id=tester", file.display());
        let app = App::bind(&config(&[settings, &[("connectionstring", &store)]].concat())).await.unwrap();
        let (addr, admin) = (app.shop_addr(), app.admin_addr());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            app.run(async { drop(stopped.await) }).await;
            drop(folder);
        });
        // Ready by the first read of the store.
        let ready = timeout(LIMIT, async { while get("/readyz").send(admin).await.status != 200 {} });
        ready.await.unwrap();
        Self { addr, admin, file, stop, running }
    }

    /// Starts the shutdown. The task ends when the shop has stopped.
    pub(crate) fn stop(self) -> JoinHandle<()> {
        self.stop.send(()).unwrap();
        self.running
    }

    /// Sends a write, which waits for the locked database, and waits until it has the only request slot: needs
    /// `BOOKSTORE_MAX_REQUESTS=1`.
    pub(crate) async fn occupied(&self, request: Request) -> BlockedWrite {
        let lock = Connection::open(&self.file).unwrap();
        lock.execute_batch("BEGIN IMMEDIATE").unwrap();
        let request = request.send_only(self.addr).await;
        let occupied = timeout(LIMIT, async { while get("/api/v1/identity").send(self.addr).await.status != 503 {} });
        occupied.await.unwrap();
        BlockedWrite { request, lock }
    }
}

/// A write that waits for the locked database.
pub(crate) struct BlockedWrite {
    request: StartedRequest,
    lock: Connection,
}

impl BlockedWrite {
    /// Unlocks the database and waits for the response.
    pub(crate) async fn finish(self) -> Response {
        self.lock.execute_batch("ROLLBACK").unwrap();
        self.request.response().await
    }
}

fn config(settings: &[(&str, &str)]) -> Config {
    let any_port = [("BOOKSTORE_ADDR", "127.0.0.1:0"), ("BOOKSTORE_ADMIN_ADDR", "127.0.0.1:0")];
    let all = || settings.iter().chain(&any_port);
    Config::read(|name| all().find(|(key, _)| *key == name).map(|(_, text)| text.into())).unwrap()
}

pub(crate) fn emma() -> Value {
    json!({
        "title": "Emma", "authorFirstName": "Jane", "authorLastName": "Austen", "avgCustomerReviews": 12,
        "price": "7.50", "bookLanguage": "English", "publisher": "John Murray",
    })
}

pub(crate) fn post(book: &Value) -> Request {
    Request::new("POST", "/api/v1/books").json(book)
}
