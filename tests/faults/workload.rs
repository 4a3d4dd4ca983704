//! Clients of the shop that create, edit, list and delete books, and repeat what was not answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bookstore_tests::wait::PATIENCE;
use reqwest::header::{ETAG, HeaderValue, IF_MATCH};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::ledger::{Ledger, Promise};

const PAUSE: Duration = Duration::from_millis(50);
/// Longest wait for one response.
const RESPONSE_LIMIT: Duration = Duration::from_secs(15);

/// What the clients share.
#[derive(Debug, Default)]
pub(crate) struct Workload {
    pub(crate) ledger: Ledger,
    /// Writes that were answered with success.
    pub(crate) acknowledged: AtomicUsize,
    /// Requests that were answered with an outage, and sent again.
    pub(crate) refused: AtomicUsize,
    /// Requests that were not answered in any attempt.
    pub(crate) unanswered: AtomicUsize,
    /// Answers that no client expects: an error that is neither an outage nor a conflict.
    pub(crate) wrong: AtomicUsize,
    stopped: AtomicBool,
}

/// The answer to a request, and whether an earlier attempt may have done the work already.
struct Answer {
    status: u16,
    etag: Option<HeaderValue>,
    body: Value,
    is_repeated: bool,
}

impl Workload {
    /// Starts `clients` clients on the shop at `url`.
    pub(crate) fn start(self: &Arc<Self>, url: &str, name: &str, clients: usize) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for client in 0..clients {
            let (workload, url, name) = (Arc::clone(self), url.to_owned(), format!("{name}, client {client}"));
            tasks.spawn(async move {
                let client = Client::builder().timeout(RESPONSE_LIMIT).build().unwrap_or_default();
                for number in 0.. {
                    if workload.stopped.load(Ordering::Relaxed) {
                        return;
                    }
                    workload.create_edit_and_delete(&client, &url, &format!("{name}, book {number}"), number).await;
                }
            });
        }
        tasks
    }

    /// Waits until `count` more writes are acknowledged, for a minute at most: a shop that answers nothing shows in the
    /// report.
    pub(crate) async fn progress(&self, count: usize) {
        grow(&self.acknowledged, count).await;
    }

    /// Waits until a request is answered with an outage, for a minute at most. Returns whether one was.
    pub(crate) async fn refusal(&self) -> bool {
        grow(&self.refused, 1).await
    }

    /// Lets each client finish its book.
    pub(crate) async fn end(&self, clients: JoinSet<()>) {
        self.stopped.store(true, Ordering::Relaxed);
        clients.join_all().await;
    }

    /// Creates, lists, edits, and deletes every second book.
    async fn create_edit_and_delete(&self, client: &Client, url: &str, title: &str, number: usize) {
        let books = format!("{url}/api/v1/books");
        let mut promise = Promise { exists: None, reviews: vec![1] };
        self.ledger.record(title, promise.clone());
        let id = uuid::Uuid::new_v4().to_string();
        let post = || client.post(&books).header("idempotency-key", &id).json(&book(title, 1));
        let Some(created) = self.send(post).await else { return };
        if created.status != 201 {
            return self.unexpected("POST", &created);
        }
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
        promise.exists = Some(true);
        self.ledger.record(title, promise.clone());
        let (address, Some(etag)) = (format!("{books}/{}", created.body["id"]), created.etag) else { return };

        match self.send(|| client.get(format!("{books}?q=Campaign"))).await {
            Some(listed) if listed.status == 200 => {}
            Some(listed) => self.unexpected("GET", &listed),
            None => {}
        }

        promise.reviews.push(2);
        self.ledger.record(title, promise.clone());
        let put = || client.request(Method::PUT, &address).header(IF_MATCH, &etag).json(&book(title, 2));
        let Some(edited) = self.send(put).await else { return };
        let etag = match edited.status {
            200 => {
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
                promise.reviews = vec![2];
                self.ledger.record(title, promise.clone());
                edited.etag
            }
            // An attempt without an answer has done it: the book's version is no longer the one that was read.
            412 if edited.is_repeated => self.send(|| client.get(&address)).await.and_then(|read| read.etag),
            _ => return self.unexpected("PUT", &edited),
        };
        let (true, Some(etag)) = (number % 2 == 1, etag) else { return };

        promise.exists = None;
        self.ledger.record(title, promise.clone());
        let delete = || client.delete(&address).header(IF_MATCH, &etag);
        let Some(deleted) = self.send(delete).await else { return };
        match deleted.status {
            204 => {
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
                promise.exists = Some(false);
            }
            404 if deleted.is_repeated => promise.exists = Some(false),
            _ => return self.unexpected("DELETE", &deleted),
        }
        self.ledger.record(title, promise);
    }

    /// Sends the request until it is answered by other than an outage, for two minutes at most.
    async fn send(&self, request: impl Fn() -> RequestBuilder) -> Option<Answer> {
        let (began, mut attempt) = (Instant::now(), 0);
        while began.elapsed() < PATIENCE {
            match request().send().await {
                Ok(response) if response.status() != 503 => {
                    if let Some(answer) = read(response, attempt > 0).await {
                        return Some(answer);
                    }
                }
                Ok(_) => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                }
                Err(_) => {}
            }
            attempt += 1;
            sleep(PAUSE).await;
        }
        self.unanswered.fetch_add(1, Ordering::Relaxed);
        None
    }

    fn unexpected(&self, method: &str, answer: &Answer) {
        eprintln!("unexpected answer to {method}: {} {}", answer.status, answer.body);
        self.wrong.fetch_add(1, Ordering::Relaxed);
    }
}

/// Waits until the counter has grown by `count`, for a minute at most. Returns whether it has.
async fn grow(counter: &AtomicUsize, count: usize) -> bool {
    let goal = counter.load(Ordering::Relaxed) + count;
    for _ in 0..60_000 {
        if counter.load(Ordering::Relaxed) >= goal {
            return true;
        }
        sleep(Duration::from_millis(1)).await;
    }
    false
}

/// Reads the response to its end; `None` if the connection breaks before.
async fn read(response: Response, is_repeated: bool) -> Option<Answer> {
    let (status, etag) = (response.status().as_u16(), response.headers().get(ETAG).cloned());
    let body = response.bytes().await.ok()?;
    Some(Answer { status, etag, body: serde_json::from_slice(&body).unwrap_or_default(), is_repeated })
}

fn book(title: &str, reviews: i32) -> Value {
    json!({
        "title": title, "authorFirstName": "Jane", "authorLastName": "Austen", "avgCustomerReviews": reviews,
        "price": "7.50", "bookLanguage": "English", "publisher": "Campaign",
    })
}
