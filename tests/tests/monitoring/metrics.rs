//! The metrics themselves: documented, by the conventions, and of bounded number.

use std::collections::{BTreeMap, BTreeSet};

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::Shop;
use reqwest::Method;

use super::scrape::Scrape;
use super::tools::{find, promtool, repository_file};

/// The rows of the table in docs/operations.md: the type and the labels of each metric.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let page = repository_file("docs/operations.md");
    let table = page.split_once("<!-- metrics -->").unwrap().1.split_once("<!-- /metrics -->").unwrap().0;
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    let unquoted = |text: &str| text.split(", ").map(|name| name.trim_matches('`').to_owned()).collect::<BTreeSet<_>>();
    cells
        .map(|cells| {
            let labels = if cells[3].is_empty() { BTreeSet::new() } else { unquoted(cells[3]) };
            (cells[1].trim_matches('`').to_owned(), (cells[2].to_owned(), labels))
        })
        .collect()
}

/// A shop that has answered a page, a write and an unknown address, and closed an idle connection.
async fn used_shop() -> (sql_server_stand_in::StandIn, Shop) {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let browser = Browser::new(&shop.url);
    browser.open("/books").await;
    browser.add("Emma").await;
    browser.open("/nowhere").await;
    (server, shop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documented_metrics_are_those_of_a_shop() {
    let (_server, shop) = used_shop().await;
    let scrape = Scrape::of(&shop.admin_url).await;
    let labels = scrape.labels();
    let shown: BTreeMap<_, _> = scrape
        .types()
        .into_iter()
        .filter(|(name, _)| !name.starts_with("process_"))
        .map(|(name, kind)| {
            let labels = labels[name].iter().map(|&label| label.to_owned()).collect();
            (name.to_owned(), (kind.to_owned(), labels))
        })
        .collect();
    let mut documented = documented();
    assert!(documented.remove("process_*").is_some());
    assert_eq!(shown, documented, "the output, and the table in docs/operations.md");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_texts_follow_the_conventions() {
    let Some(tool) = find("promtool") else { return };
    let (_server, shop) = used_shop().await;
    promtool(&tool, &["check", "metrics"], &Scrape::of(&shop.admin_url).await.text).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scraper_that_prefers_open_metrics_gets_it() {
    let (_server, shop) = used_shop().await;
    let admin = Browser::new(&shop.admin_url);
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    let response = admin.client.get(admin.at("/metrics")).header("accept", accept).send().await.unwrap();
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = response.text().await.unwrap();
    assert!(text.ends_with("\n# EOF\n") && text.contains("\n# TYPE db_logins counter\n") && !text.contains("\n\n"));
    let plain = admin.client.get(admin.at("/metrics")).send().await.unwrap();
    assert_eq!(plain.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
}

/// Paths of the routing table, with `word` in place of what a visitor can choose.
fn odd_paths(word: &str) -> Vec<String> {
    let table = repository_file("web/src/routes.rs");
    let (table, _) = table.split_once("#[cfg(test)]").unwrap();
    let routes = table.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let mut paths = Vec::new();
    for route in routes {
        for id in [word, "1", "-1", "99999999999999999999", "%00%ff", "%E2%80%AE", &"9".repeat(2000)] {
            paths.push(
                route.replace("{id}", id).replace("{file}", id) + &format!("?sort={word}&q={word}&{word}={word}"),
            );
        }
        paths.push(format!("{}/{word}", route.replace(['{', '}'], "")));
    }
    paths
}

/// Sends each path with each method, all with odd headers.
async fn walk(shop: &Shop, word: &str) {
    let browser = Browser::new(&shop.url);
    for path in odd_paths(word) {
        // A live stream has no end.
        if path.starts_with("/events?") {
            continue;
        }
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", word] {
            let request = browser.client.request(Method::from_bytes(method.as_bytes()).unwrap(), browser.at(&path));
            let request = request.header("x-request-id", word).header("user-agent", word).header("accept", word);
            request.header("sec-fetch-site", "same-origin").body(format!("title={word}")).send().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_requests_add_no_series() {
    let (_server, shop) = used_shop().await;
    walk(&shop, "ODDONE").await;
    let first = Scrape::of(&shop.admin_url).await;
    walk(&shop, "ODDTWO").await;
    let second = Scrape::of(&shop.admin_url).await;
    let before: BTreeSet<_> = first.samples().into_keys().collect();
    let after: BTreeSet<_> = second.samples().into_keys().collect();
    assert_eq!(after.difference(&before).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert!(!second.text.contains("ODD"), "a label has a visitor's text");
}
