//! Each alert fires on the metrics of a shop in its state, and no other does.

use std::path::Path;
use std::time::Duration;

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::{prepare, shop_server};
use bookstore_tests::shop::Shop;
use bookstore_tests::switching::SwitchingShop;
use bookstore_tests::wait::{PATIENCE, eventually};
use futures_util::future::join_all;
use sql_server_stand_in::{Fault, Gate, StandIn};
use tokio::task::JoinSet;

use super::alert_rules::{SLOW, assert_firing, is_silent};
use super::scrape::Scrape;
use super::tools::{find, promtool, repository_file, rules};
use crate::active_directory::site::Site;

/// Scrapes before and after several pages, all of which have this status.
async fn two_scrapes(shop: &Shop, status: u16) -> [Scrape; 2] {
    let before = Scrape::of(&shop.admin_url).await;
    let browser = Browser::new(&shop.url);
    let pages =
        join_all((1..=5).map(|number| browser.open(["/books/1", "/books/2", "/", "/compare", "/books"][number - 1])));
    assert!(pages.await.iter().all(|page| page.status == status), "{}", shop.output());
    [before, Scrape::of(&shop.admin_url).await]
}

/// Waits until a metric has this value.
async fn wait_for(admin_url: &str, line: &str) {
    let probe = async || {
        let scrape = Scrape::of(admin_url).await;
        if scrape.text.lines().any(|found| found == line) { Ok(()) } else { Err(scrape.text) }
    };
    eventually(line, PATIENCE, probe).await;
}

/// A shop that has read its database, on a stand-in.
async fn shop_on(server: &StandIn, keywords: &str) -> Shop {
    let shop = Shop::start(&format!("{}{keywords}", server.connection_string("webapp"))).await;
    wait_for(&shop.admin_url, "bookstore_ready 1").await;
    shop
}

async fn assert_shop_fires(tool: &Path, shop: &Shop, status: u16, alerts: &[&str]) {
    let [before, after] = two_scrapes(shop, status).await;
    assert_firing(tool, &before, &after, alerts);
}

#[test]
fn rules_are_valid_and_each_alert_has_a_runbook() {
    let rules = rules();
    let page = repository_file("docs/operations.md");
    let alerts: Vec<_> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    for alert in &alerts {
        assert!(page.contains(&format!("\n### {alert}\n")), "{alert} has no section in docs/operations.md");
        let runbook = format!("runbook_url: \"RUNBOOK_URL#{}\"\n", alert.to_lowercase());
        assert!(rules.contains(&runbook), "{alert} has no link to its section");
    }
    let Some(tool) = find("promtool") else { return };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), rules).unwrap();
    promtool(&tool, &["check", "rules", file.path().to_str().unwrap()], "").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn healthy_shop_fires_no_alert() {
    let Some(tool) = find("promtool") else { return };
    let server = shop_server().await;
    let shop = shop_on(&server, "").await;
    // Again, if this machine was too slow.
    let silent = async || {
        let [before, after] = two_scrapes(&shop, 200).await;
        is_silent(&tool, &before, &after)
    };
    eventually("no alert fires", PATIENCE, silent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreachable_database_fires_unavailable_and_burns_the_budget() {
    let Some(tool) = find("promtool") else { return };
    let mut server = shop_server().await;
    let shop = shop_on(&server, ";Connect Retry Count=0").await;
    server.stop().await;
    // The first request finds a connection that is lost.
    Browser::new(&shop.url).open("/books").await;
    let alerts = ["BookstoreDatabaseUnavailable", "BookstoreErrorBudgetBurn"];
    assert_shop_fires(&tool, &shop, 503, &alerts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_login_fires_login_failing() {
    let Some(tool) = find("promtool") else { return };
    let server = shop_server().await;
    let shop = shop_on(&server, ";Pooling=false").await;
    server.faults().always(Fault::RefuseLogin { number: 18456, state: 1, text: "Login failed.".to_owned() });
    let alerts = ["BookstoreDatabaseUnavailable", "BookstoreErrorBudgetBurn", "BookstoreLoginFailing"];
    assert_shop_fires(&tool, &shop, 503, &alerts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ntlm_login_fires_ntlm_fallback() {
    let Some(tool) = find("promtool") else { return };
    let server = shop_server().await;
    server.faults().always(Fault::Scheme("NTLM"));
    assert_shop_fires(&tool, &shop_on(&server, "").await, 200, &["BookstoreNtlmFallback"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificate_near_its_end_fires_certificate_expiring() {
    let Some(tool) = find("promtool") else { return };
    for (days, alerts) in [(7, &["BookstoreCertificateExpiring"][..]), (60, &[])] {
        let logins = StandIn::builder().login("sa", "Secret-1").login("webapp", "Secret-2");
        let server = logins.database("Bookstore").certificate_days(days).start().await.unwrap();
        prepare(&server, "webapp").await;
        let shop = shop_on(&server, "").await;
        let known =
            async || !Scrape::of(&shop.admin_url).await.text.contains("certificate_expiry_timestamp_seconds NaN");
        eventually("the certificate has been read", PATIENCE, known).await;
        assert_shop_fires(&tool, &shop, 200, alerts).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_statements_fire_slow() {
    let Some(tool) = find("promtool") else { return };
    let server = shop_server().await;
    let shop = shop_on(&server, "").await;
    server.faults().always(Fault::DelayReply(Duration::from_millis(1200)));
    assert_shop_fires(&tool, &shop, 200, &[SLOW]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_wait_for_a_connection_fire_pool_exhausted() {
    let Some(tool) = find("promtool") else { return };
    let server = shop_server().await;
    let shop = shop_on(&server, ";Max Pool Size=1").await;
    let gate = Gate::closed();
    server.faults().always_for("FROM dbo.Books", Fault::HoldReply(gate.clone()));
    let browser = Browser::new(&shop.url);
    let mut requests = JoinSet::new();
    // Each probe sends one more, for a page of its own: the pool gives up those that have waited for a time.
    let waiting = async || {
        let (browser, page) = (browser.clone(), format!("/books/{}", requests.len() + 1));
        requests.spawn(async move { browser.open(&page).await });
        let scrape = Scrape::of(&shop.admin_url).await;
        let samples = scrape.samples();
        let in_use = samples["db_pool_connections"] - samples["db_pool_idle_connections"];
        // A request also waits for a moment before it gets the idle connection.
        let is_exhausted = samples["db_pool_waiting_requests"] > 0.0 && in_use > 0.0;
        if is_exhausted { Ok(scrape) } else { Err(scrape.text) }
    };
    let scrape = eventually("a request waits while the only connection is in use", PATIENCE, waiting).await;
    assert_firing(&tool, &scrape, &scrape, &["BookstorePoolExhausted"]);
    gate.open();
    requests.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_connection_string_in_the_file_fires_switch_failing() {
    let Some(tool) = find("promtool") else { return };
    let server = shop_server().await;
    let shop = SwitchingShop::new(&server.connection_string("webapp")).await;
    wait_for(&shop.shop.admin_url, "bookstore_ready 1").await;
    shop.write("Server=db;Pasword=x");
    shop.wait_for_metric("db_switch_failing", 1).await;
    assert_shop_fires(&tool, &shop.shop, 200, &["BookstoreLoginSwitchFailing"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn short_ticket_fires_ticket_expiring() {
    let Some(tool) = find("promtool") else { return };
    let Some(site) = Site::new().await else { return };
    const HALF_AN_HOUR: u32 = 1800;
    for (seconds, alerts) in [(HALF_AN_HOUR, &["BookstoreTicketExpiring"][..]), (10 * HALF_AN_HOUR, &[])] {
        let ticket = site.directory.ticket("host1", &site.cache(), seconds).await;
        assert!(ticket.status.success(), "{}", String::from_utf8_lossy(&ticket.stderr));
        let open = site.shop().await;
        wait_for(&open.shop.admin_url, "bookstore_ready 1").await;
        assert_shop_fires(&tool, &open.shop, 200, alerts).await;
    }
}
