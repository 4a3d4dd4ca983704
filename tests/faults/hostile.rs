//! The shop on a false server: it answers every request, names the limit in its log, and stays small.

use bookstore_tests::shop::Shop;
use bookstore_tests::wait::{PATIENCE, eventually};
use futures_util::future::join_all;
use reqwest::Client;
use sql_server_stand_in::StandIn;

use crate::hostile_replies::{self, HostileReply};
use crate::hostile_server::HostileServer;
use crate::setup::{Outcome, Setup, peak_memory};

/// The most resident memory that a false server may cause, in MiB.
const MEMORY_LIMIT: usize = 200;
/// The most that the shop may log per hostile reply, in bytes: a few lines per request.
const LOG_LIMIT: usize = 100_000;
/// Requests that no page cache joins.
const PATHS: [&str; 8] = [
    "/books",
    "/books?page=2",
    "/compare",
    "/books.csv",
    "/api/v1/books",
    "/api/v1/books?q=Emma",
    "/api/v1/books/1",
    "/books/1",
];

/// Runs `rounds` times through all hostile replies.
pub(crate) async fn run(setup: &Setup, server: &StandIn, login: &str, rounds: usize) -> Outcome {
    let proxy = HostileServer::start(server.addr()).await.expect("the proxy starts");
    let direct = server.connection_string(login);
    let port = proxy.addr.port();
    let string = format!("{direct};Server=127.0.0.1,{port};Encrypt=Optional;Connect Timeout=10;Command Timeout=20");
    let shop = Shop::run(setup.shop_command(&[("connectionstring", &string)])).await;
    let client = Client::new();
    let mut outcome = Outcome { name: "hostile servers", ..Outcome::default() };
    for round in 0..rounds {
        for reply in hostile_replies::all(setup.seed + round as u64) {
            proxy.replace_replies(Some(reply.clone())).await;
            let (before, written) = (proxy.sent(), shop.output().len());
            // For a moment after a failed login the shop returns the same error without another login, and a log line
            // may arrive after the response.
            let answers = eventually(reply.name, PATIENCE, async || {
                let answers = join_all(PATHS.map(|path| status(&client, format!("{}{path}", shop.url)))).await;
                let log = shop.output().split_off(written);
                let is_named = reply.logged.is_none_or(|text| log.contains(text));
                if proxy.sent() > before && is_named { Ok(answers) } else { Err(log) }
            });
            let answers = answers.await;
            outcome.acknowledged += answers.iter().flatten().count();
            outcome.unanswered += answers.iter().filter(|answer| answer.is_none()).count();
            let log = shop.output();
            outcome.wrong += usize::from(!is_handled(&reply, &answers, &log[written..], proxy.sent() - before));
        }
    }
    proxy.replace_replies(None).await;
    let answers = async || status(&client, format!("{}/books", shop.url)).await == Some(200);
    eventually("the shop serves books again", PATIENCE, answers).await;
    outcome.faults = proxy.sent();
    outcome.panics = shop.output().matches("panicked").count() + shop.output().matches("\"panic\"").count();
    outcome.peak_memory = peak_memory(&shop);
    if outcome.peak_memory > MEMORY_LIMIT {
        eprintln!("the shop's memory reached {} MiB, more than {MEMORY_LIMIT}", outcome.peak_memory);
        outcome.wrong += 1;
    }
    outcome
}

async fn status(client: &Client, url: String) -> Option<u16> {
    let response = client.get(url).send().await.ok()?;
    let status = response.status().as_u16();
    response.bytes().await.is_ok().then_some(status)
}

/// Whether no page showed anything of the reply, and the log has a few lines only.
fn is_handled(reply: &HostileReply, answers: &[Option<u16>], log: &str, sent: usize) -> bool {
    let is_refused = answers.iter().flatten().all(|status| matches!(status, 500 | 503));
    let is_handled = is_refused && log.len() < LOG_LIMIT;
    if !is_handled {
        let start: String = log.chars().take(3000).collect();
        eprintln!("{}: sent {sent} times, answers {answers:?}, {} bytes of log:\n{start}", reply.name, log.len());
    }
    is_handled
}
