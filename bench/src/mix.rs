//! Readers and writers, and the check that every book that was accepted is there once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::shop::{ADDR, get};

/// What the clients did.
pub(crate) struct Mix {
    pub(crate) per_second: f64,
    /// Of all requests, in milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) requests: f64,
    pub(crate) written: usize,
}

/// So many clients for so long; of ten requests each, `writes` make a book and the others read the list.
pub(crate) async fn run(clients: u32, writes: u32, seconds: u64) -> Mix {
    let client = Arc::new(Client::new());
    let (began, mut tasks) = (Instant::now(), JoinSet::new());
    for number in 0..clients {
        tasks.spawn(one(Arc::clone(&client), number, writes, began + Duration::from_secs(seconds)));
    }
    let (mut times, mut written) = (Vec::new(), HashSet::new());
    for (own_times, own_written) in tasks.join_all().await {
        times.extend(own_times);
        written.extend(own_written);
    }
    let seconds = began.elapsed().as_secs_f64();
    check(&written).await;
    times.sort();
    let at = |part: usize| times[times.len() * part / 1_000].as_secs_f64() * 1e3;
    let requests = times.len() as f64;
    Mix { per_second: requests / seconds, p50: at(500), p99: at(990), requests, written: written.len() }
}

async fn one(client: Arc<Client>, number: u32, writes: u32, end: Instant) -> (Vec<Duration>, HashSet<String>) {
    let (mut times, mut written) = (Vec::new(), HashSet::new());
    for step in number.. {
        if Instant::now() >= end {
            break;
        }
        let asked = Instant::now();
        if step % 10 < writes {
            let id = Uuid::new_v4().to_string();
            let answer = client.post(url("/api/v1/books")).json(&book(&id)).send().await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::CREATED);
            written.insert(id);
        } else {
            let answer = client.get(url("/books")).send().await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::OK);
            answer.bytes().await.expect("a whole page");
        }
        times.push(asked.elapsed());
    }
    (times, written)
}

fn url(path: &str) -> String {
    format!("http://{ADDR}{path}")
}

fn book(id: &str) -> Value {
    json!({
        "title": id, "authorFirstName": "Jane", "authorLastName": "Austen", "avgCustomerReviews": 12, "price": "9.90",
        "bookLanguage": "English", "publisher": "John Murray", "requestId": id,
    })
}

/// Reads all books, newest first, until all that were written were seen.
async fn check(written: &HashSet<String>) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for page in 1.. {
        let list = get(&format!("/api/v1/books?sort=id&dir=desc&size=100&page={page}")).await.body;
        let list: Value = serde_json::from_str(&list).expect("JSON");
        let titles: Vec<_> =
            list["books"].as_array().expect("books").iter().filter_map(|b| b["title"].as_str()).collect();
        titles.iter().for_each(|title| *seen.entry((*title).to_owned()).or_default() += 1);
        if titles.is_empty() || !titles.iter().any(|title| written.contains(*title)) {
            break;
        }
    }
    let wrong = written.iter().filter(|id| seen.get(*id) != Some(&1)).count();
    assert_eq!(wrong, 0, "of {} accepted books {wrong} are not there once", written.len());
}
