//! A shop in this process, on a new store and on ports of its own.

use std::net::SocketAddr;

use bookstore_web::app::App;
use bookstore_web::config::Config;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::{Begun, Request, get};

pub(crate) struct Shop {
    pub(crate) addr: SocketAddr,
    pub(crate) admin: SocketAddr,
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
        Self { addr, admin, stop, running }
    }

    /// Asks it to end; what ends when it has ended.
    pub(crate) fn stop(self) -> JoinHandle<()> {
        self.stop.send(()).unwrap();
        self.running
    }

    /// A request that runs: its head has been read, its body is awaited. Only with `BOOKSTORE_MAX_REQUESTS=1`, which makes it visible.
    pub(crate) async fn occupied(&self, request: Request) -> Begun {
        let begun = request.begin(self.addr).await;
        while get("/api/v1/identity").send(self.addr).await.status != 503 {}
        begun
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
