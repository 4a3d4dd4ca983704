//! A shop whose connection string is in a file, and what is asked of it while that file changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bookstore_db::connection_string::SqlServerSettings;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::browser::Browser;
use crate::shop::{Shop, command};
use crate::sql;

/// How many switches a test under load makes. The issue asks for 1,000, which takes minutes.
const SWITCHES: &str = "BOOKSTORE_TEST_SWITCHES";
const FEW_SWITCHES: usize = 20;

/// Between two requests of one client: the switches are what is tested, not how much two cores can take.
const THINKING: Duration = Duration::from_secs(2);

/// So many switches, alternating.
///
/// # Panics
/// If the variable is no number.
pub fn switches() -> usize {
    std::env::var(SWITCHES).map_or(FEW_SWITCHES, |count| count.parse().expect("a number"))
}

/// A running shop and the file that it watches.
pub struct Toggle {
    /// The shop.
    pub shop: Shop,
    /// At the shop.
    pub browser: Browser,
    admin: Browser,
    file: PathBuf,
    _folder: TempDir,
}

impl Toggle {
    /// A shop that starts with this connection string.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn new(text: &str) -> Self {
        Self::with(text, command(&["serve"])).await
    }

    /// The same by a command of one's own.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn with(text: &str, mut command: Command) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("connectionstring");
        std::fs::write(&file, text).expect("the file is written");
        command.env_remove("connectionstring").env("connectionstring_file", &file);
        let shop = Shop::run(command).await;
        let (browser, admin) = (Browser::new(&shop.url), Browser::new(&shop.admin_url));
        Self { shop, browser, admin, file, _folder: folder }
    }

    /// The watched file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Puts a connection string into the file, at once.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, text: &str) {
        let beside = self.file.with_extension("new");
        std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, &self.file)).expect("the file is written");
    }

    /// Puts a connection string into the file and waits until it is current.
    ///
    /// # Panics
    /// If that does not come about.
    pub async fn switch(&self, text: &str) {
        let before = self.metric("db_store_generation").await;
        self.write(text);
        self.until("db_store_generation", before + 1).await;
    }

    /// Waits until a number of `/metrics` is this.
    ///
    /// # Panics
    /// If that does not come about in a minute.
    pub async fn until(&self, metric: &str, value: u64) {
        for _ in 0..6_000 {
            if self.metric(metric).await == value {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{metric} does not become {value}:\n{}", self.shop.output());
    }

    /// A number of `/metrics`, which is 0 before it is first counted.
    ///
    /// # Panics
    /// If it is none.
    pub async fn metric(&self, name: &str) -> u64 {
        let page = self.admin.open("/metrics").await.text;
        let value = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map_or(0, |value| value.parse().expect("a whole number"))
    }

    /// The status of a path of the admin listener.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn admin(&self, path: &str) -> u16 {
        self.admin.open(path).await.status.as_u16()
    }

    /// Who the shop is to the database now.
    ///
    /// # Panics
    /// If it does not say.
    pub async fn login(&self) -> String {
        let page = self.browser.open("/api/v1/identity").await;
        let identity: Value = serde_json::from_str(&page.text).expect("JSON");
        identity["login"].as_str().expect("a login").to_owned()
    }

    /// Makes a book; its id and its creator as the answer has them.
    ///
    /// # Panics
    /// If it is not made.
    pub async fn add(&self, title: &str) -> (i64, String) {
        add(&self.browser, title).await
    }

    /// Runs `work` while so many clients make books and read them. Answers every book that they made: its id, and its creator as
    /// the shop's answer had it.
    ///
    /// # Panics
    /// If any request fails, or one book has two creators.
    pub async fn under_load<T>(&self, clients: usize, work: impl Future<Output = T>) -> (BTreeMap<i64, String>, T) {
        let enough = Arc::new(AtomicBool::new(false));
        let mut running = JoinSet::new();
        for client in 0..clients {
            running.spawn(shop_until(Arc::clone(&enough), self.browser.clone(), client));
        }
        let done = work.await;
        enough.store(true, Ordering::Relaxed);
        (running.join_all().await.into_iter().flatten().collect(), done)
    }
}

/// Switches to and fro between two logins while so many clients make and read books, and asserts what is true of each switch: it
/// needs no try but one, and from the moment in which it is seen every new row has the new login. Answers every row that was made.
///
/// # Panics
/// If a request fails, or a row has another creator.
pub async fn toggle_under_load(
    shop: &Toggle,
    clients: usize,
    switches: usize,
    sides: &[(&str, String); 2],
) -> BTreeMap<i64, String> {
    let (mut made, seen) = shop
        .under_load(clients, async {
            let mut seen = Vec::new();
            for (login, text) in sides.iter().cycle().take(switches) {
                shop.switch(text).await;
                let (id, creator) = shop.add("Made once the switch was seen").await;
                assert_eq!(creator, *login);
                seen.push((id, creator));
            }
            seen
        })
        .await;
    eprintln!("{switches} switches, {} books by {clients} clients meanwhile", made.len());
    made.extend(seen);
    for (login, _) in sides {
        assert!(made.values().any(|creator| creator == login), "{login} made no row");
    }
    assert!(made.values().all(|creator| sides.iter().any(|(login, _)| creator == login)));
    assert_eq!(shop.metric("db_store_generation").await, switches as u64 + 1);
    assert_eq!(shop.metric(r#"db_switches_total{outcome="failed"}"#).await, 0);
    made
}

/// Of these books, who made them by the database's own word.
///
/// # Panics
/// If it does not say.
pub async fn creators_in(settings: &SqlServerSettings, books: &BTreeMap<i64, String>) -> BTreeMap<i64, String> {
    let rows = sql::batch(settings, "SELECT Id, CreatedBy FROM dbo.Books").await.expect("the rows").remove(0);
    let creator = |row: &tiberius::Row| Some((row.get::<i32, _>(0)?.into(), row.get::<&str, _>(1)?.to_owned()));
    rows.iter().filter_map(creator).filter(|(id, _)| books.contains_key(id)).collect()
}

async fn shop_until(enough: Arc<AtomicBool>, browser: Browser, client: usize) -> Vec<(i64, String)> {
    let mut made = Vec::new();
    while !enough.load(Ordering::Relaxed) {
        let (id, creator) = add(&browser, &format!("Book {} of client {client}", made.len())).await;
        for path in [format!("/api/v1/books/{id}"), format!("/books/{id}")] {
            tokio::time::sleep(THINKING).await;
            let page = browser.open(&path).await;
            assert_eq!(page.status, 200, "{path}: {}", page.text);
            assert!(
                !path.starts_with("/api/v1/books/") || page.text.contains(&json!(creator).to_string()),
                "{}",
                page.text
            );
        }
        made.push((id, creator));
        tokio::time::sleep(THINKING).await;
    }
    made
}

async fn add(browser: &Browser, title: &str) -> (i64, String) {
    let book = json!({
        "title": title, "authorFirstName": "Jane", "authorLastName": "Austen", "avgCustomerReviews": 12, "price": "9.99",
        "bookLanguage": "English", "publisher": "John Murray",
    });
    let answer = browser.client.post(browser.at("/api/v1/books")).json(&book).send().await.expect("an answer");
    let (status, text) = (answer.status(), answer.text().await.expect("a whole body"));
    assert_eq!(status, 201, "{text}");
    let book: Value = serde_json::from_str(&text).expect("JSON");
    (book["id"].as_i64().expect("an id"), book["createdBy"].as_str().expect("a creator").to_owned())
}
