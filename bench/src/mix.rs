//! Concurrent readers and writers, and the check that every accepted book is stored exactly once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::load::Load;
use crate::shop::Shop;

/// Runs `clients` clients; of every ten requests of a client, `writes` create a book and the others read the list.
pub(crate) async fn run(shop: &Shop, clients: u32, writes: u32, seconds: u64) -> Load {
    let client =
        Arc::new(ShopClient { http: Client::new(), list: shop.url("/books"), create: shop.url("/api/v1/books") });
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
    check(shop, &written).await;
    Load::of_times(times, seconds)
}

struct ShopClient {
    http: Client,
    list: String,
    create: String,
}

async fn one(client: Arc<ShopClient>, number: u32, writes: u32, end: Instant) -> (Vec<Duration>, HashSet<String>) {
    let (mut times, mut written) = (Vec::new(), HashSet::new());
    for step in number.. {
        if Instant::now() >= end {
            break;
        }
        let started = Instant::now();
        if step % 10 < writes {
            let id = Uuid::new_v4().to_string();
            let response = client.http.post(&client.create).json(&book(&id)).send().await.expect("a response");
            assert_eq!(response.status(), StatusCode::CREATED);
            written.insert(id);
        } else {
            let response = client.http.get(&client.list).send().await.expect("a response");
            assert_eq!(response.status(), StatusCode::OK);
            response.bytes().await.expect("a whole page");
        }
        times.push(started.elapsed());
    }
    (times, written)
}

fn book(id: &str) -> Value {
    json!({
        "title": id, "authorFirstName": "Jane", "authorLastName": "Austen", "avgCustomerReviews": 12, "price": "9.90",
        "bookLanguage": "English", "publisher": "John Murray", "requestId": id,
    })
}

/// Reads all books, newest first, until a page has none of this run.
async fn check(shop: &Shop, written: &HashSet<String>) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for page in 1.. {
        let list = shop.get(&format!("/api/v1/books?sort=id&dir=desc&size=100&page={page}")).await.body;
        let list: Value = serde_json::from_str(&list).expect("JSON");
        let titles: Vec<_> =
            list["books"].as_array().expect("books").iter().filter_map(|b| b["title"].as_str()).collect();
        titles.iter().for_each(|title| *seen.entry((*title).to_owned()).or_default() += 1);
        if titles.is_empty() || !titles.iter().any(|title| written.contains(*title)) {
            break;
        }
    }
    let wrong = written.iter().filter(|id| seen.get(*id) != Some(&1)).count();
    assert_eq!(wrong, 0, "of {} accepted books {wrong} are not stored exactly once", written.len());
}
