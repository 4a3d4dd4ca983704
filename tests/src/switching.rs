//! A shop that reads its connection string from a file, and the load on it while that file changes.

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
use crate::wait::{PATIENCE, eventually};

/// The variable with the number of switches in a test under load; 1,000 take minutes.
const SWITCHES_VARIABLE: &str = "BOOKSTORE_TEST_SWITCHES";
const DEFAULT_SWITCHES: usize = 20;

/// Between two requests of one client: the test is about switches, not about throughput.
const THINK_TIME: Duration = Duration::from_secs(2);

/// The number of switches in a test under load.
///
/// # Panics
/// If the variable is not a number.
pub fn switches() -> usize {
    std::env::var(SWITCHES_VARIABLE).map_or(DEFAULT_SWITCHES, |count| count.parse().expect("a number"))
}

/// A running shop and the file that it watches.
pub struct SwitchingShop {
    /// The shop.
    pub shop: Shop,
    /// A browser at the shop.
    pub browser: Browser,
    admin: Browser,
    file: PathBuf,
    _folder: TempDir,
}

impl SwitchingShop {
    /// A shop that starts with this connection string.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn new(text: &str) -> Self {
        Self::with(text, command(&["serve"])).await
    }

    /// The same by another command.
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

    /// Writes a connection string to the file, atomically.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, text: &str) {
        let beside = self.file.with_extension("new");
        std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, &self.file)).expect("the file is written");
    }

    /// Writes a connection string to the file and waits until it is current.
    ///
    /// # Panics
    /// If it does not become current.
    pub async fn switch(&self, text: &str) {
        let before = self.metric("db_store_generation").await;
        self.write(text);
        self.wait_for_metric("db_store_generation", before + 1).await;
    }

    /// Waits until a metric has this value.
    ///
    /// # Panics
    /// With the shop's output, if it does not.
    pub async fn wait_for_metric(&self, metric: &str, value: u64) {
        let probe = async || if self.metric(metric).await == value { Ok(()) } else { Err(self.shop.output()) };
        eventually(&format!("{metric} is {value}"), PATIENCE, probe).await;
    }

    /// The value of a metric; 0 if `/metrics` does not list it yet.
    ///
    /// # Panics
    /// If it is not a whole number.
    pub async fn metric(&self, name: &str) -> u64 {
        let page = self.admin.open("/metrics").await.text;
        let value = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map_or(0, |value| value.parse().expect("a whole number"))
    }

    /// The status of a path of the admin listener.
    ///
    /// # Panics
    /// If there is no response.
    pub async fn admin(&self, path: &str) -> u16 {
        self.admin.open(path).await.status.as_u16()
    }

    /// The shop's current login, as reported by the database.
    ///
    /// # Panics
    /// If the response has no login.
    pub async fn login(&self) -> String {
        let page = self.browser.open("/api/v1/identity").await;
        let identity: Value = serde_json::from_str(&page.text).expect("JSON");
        identity["login"].as_str().expect("a login").to_owned()
    }

    /// Creates a book. Returns its id and its creator as in the response.
    ///
    /// # Panics
    /// If it is not created.
    pub async fn add(&self, title: &str) -> (i64, String) {
        add(&self.browser, title).await
    }

    /// Runs `work` while `clients` clients create and read books. Returns every book that they created: its id, and its
    /// creator as in the shop's response.
    ///
    /// # Panics
    /// If any request fails, or one book has two creators.
    pub async fn under_load<T>(&self, clients: usize, work: impl Future<Output = T>) -> (BTreeMap<i64, String>, T) {
        let stop = Arc::new(AtomicBool::new(false));
        let mut running = JoinSet::new();
        for client in 0..clients {
            running.spawn(create_and_read_until(Arc::clone(&stop), self.browser.clone(), client));
        }
        let result = work.await;
        stop.store(true, Ordering::Relaxed);
        (running.join_all().await.into_iter().flatten().collect(), result)
    }
}

/// Switches back and forth between two logins while `clients` clients create and read books. Asserts for each switch
/// that the first attempt succeeds, and that every row created after the switch is visible has the new login. Returns
/// every row created.
///
/// # Panics
/// If a request fails, or a row has another creator.
pub async fn switch_under_load(
    shop: &SwitchingShop,
    clients: usize,
    switches: usize,
    sides: &[(&str, String); 2],
) -> BTreeMap<i64, String> {
    let (mut created, after_switches) = shop
        .under_load(clients, async {
            let mut after_switches = Vec::new();
            for (login, text) in sides.iter().cycle().take(switches) {
                shop.switch(text).await;
                let (id, creator) = shop.add("Created after the switch").await;
                assert_eq!(creator, *login);
                after_switches.push((id, creator));
            }
            after_switches
        })
        .await;
    eprintln!("{switches} switches, {} books by {clients} clients meanwhile", created.len());
    created.extend(after_switches);
    for (login, _) in sides {
        assert!(created.values().any(|creator| creator == login), "{login} created no row");
    }
    assert!(created.values().all(|creator| sides.iter().any(|(login, _)| creator == login)));
    assert_eq!(shop.metric("db_store_generation").await, switches as u64 + 1);
    assert_eq!(shop.metric(r#"db_switches_total{outcome="failed"}"#).await, 0);
    created
}

/// The creators of these books, as reported by the database.
///
/// # Panics
/// If the query fails.
pub async fn creators_in(settings: &SqlServerSettings, books: &BTreeMap<i64, String>) -> BTreeMap<i64, String> {
    let rows = sql::batch(settings, "SELECT Id, CreatedBy FROM dbo.Books").await.expect("the rows").remove(0);
    let creator = |row: &tiberius::Row| Some((row.get::<i32, _>(0)?.into(), row.get::<&str, _>(1)?.to_owned()));
    rows.iter().filter_map(creator).filter(|(id, _)| books.contains_key(id)).collect()
}

async fn create_and_read_until(stop: Arc<AtomicBool>, browser: Browser, client: usize) -> Vec<(i64, String)> {
    let mut created = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let (id, creator) = add(&browser, &format!("Book {} of client {client}", created.len())).await;
        for path in [format!("/api/v1/books/{id}"), format!("/books/{id}")] {
            tokio::time::sleep(THINK_TIME).await;
            let page = browser.open(&path).await;
            assert_eq!(page.status, 200, "{path}: {}", page.text);
            assert!(
                !path.starts_with("/api/v1/books/") || page.text.contains(&json!(creator).to_string()),
                "{}",
                page.text
            );
        }
        created.push((id, creator));
        tokio::time::sleep(THINK_TIME).await;
    }
    created
}

async fn add(browser: &Browser, title: &str) -> (i64, String) {
    let book = json!({
        "title": title, "authorFirstName": "Jane", "authorLastName": "Austen", "avgCustomerReviews": 12,
        "price": "9.99", "bookLanguage": "English", "publisher": "John Murray",
    });
    let response = browser.client.post(browser.at("/api/v1/books")).json(&book).send().await.expect("a response");
    let (status, text) = (response.status(), response.text().await.expect("a whole body"));
    assert_eq!(status, 201, "{text}");
    let book: Value = serde_json::from_str(&text).expect("JSON");
    (book["id"].as_i64().expect("an id"), book["createdBy"].as_str().expect("a creator").to_owned())
}
