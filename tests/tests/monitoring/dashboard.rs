//! The dashboard and the alerts in a real Prometheus that scrapes a shop: every query is valid and finds the shop's
//! metrics.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::Shop;
use bookstore_tests::wait::{PATIENCE, eventually};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::tools::{find, repository_file, rules};

/// A Prometheus that scrapes one shop, as the ServiceMonitor lets it, but more often.
struct Prometheus {
    url: String,
    client: reqwest::Client,
    _process: Child,
    _folder: TempDir,
}

impl Prometheus {
    fn start(program: &Path, admin_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let target = admin_url.trim_start_matches("http://");
        let config = format!(
            "global: {{scrape_interval: 250ms, scrape_timeout: 250ms, evaluation_interval: 250ms}}\n\
             rule_files: [rules.yaml]\n\
             scrape_configs:\n\
             - job_name: bookstore-admin\n  static_configs:\n\
             \x20 - {{targets: ['{target}'], labels: {{namespace: shop, pod: web-0}}}}\n"
        );
        std::fs::write(folder.path().join("prometheus.yaml"), config).unwrap();
        std::fs::write(folder.path().join("rules.yaml"), rules()).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut command = Command::new(program);
        command.current_dir(folder.path()).args(["--config.file=prometheus.yaml", "--storage.tsdb.path=data"]);
        command.arg(format!("--web.listen-address={address}")).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.kill_on_drop(true).spawn().unwrap();
        Self { url: format!("http://{address}"), client: reqwest::Client::new(), _process: process, _folder: folder }
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, String> {
        let query: Vec<_> = query.to_vec();
        let request = self.client.post(format!("{}{path}", self.url)).form(&query);
        let request = if query.is_empty() { self.client.get(format!("{}{path}", self.url)) } else { request };
        let response = request.send().await.map_err(|error| error.to_string())?;
        response.json().await.map_err(|error| error.to_string())
    }

    /// The number of series that an expression finds.
    async fn count(&self, expression: &str) -> Result<usize, String> {
        let answer = self.get("/api/v1/query", &[("query", expression)]).await?;
        answer["data"]["result"].as_array().map(Vec::len).ok_or_else(|| answer.to_string())
    }
}

/// The expressions of all panels, for the namespace of the test.
fn expressions() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&repository_file("k8s/components/monitoring/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let expressions = targets.map(|target| target["expr"].as_str().unwrap());
    expressions.map(|text| text.replace("$namespace", "shop").replace("$__rate_interval", "5m")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_query_of_the_dashboard_and_the_alerts_finds_the_shops_metrics() {
    let Some(program) = find("prometheus") else { return };
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let prometheus = Prometheus::start(&program, &shop.admin_url);
    let scraped = async || prometheus.count("count_over_time(db_up[5m]) >= 2").await.map(|series| series == 1);
    eventually("two scrapes", PATIENCE, async || {
        scraped().await.and_then(|is| if is { Ok(()) } else { Err("none".into()) })
    })
    .await;
    let browser = Browser::new(&shop.url);
    for expression in expressions() {
        let probe = async || {
            browser.open("/books").await;
            match prometheus.count(&expression).await {
                Ok(0) => Err("it finds nothing".to_owned()),
                found => found,
            }
        };
        eventually(&expression, PATIENCE, probe).await;
    }
    let healthy = async || {
        let answer = prometheus.get("/api/v1/rules", &[]).await?;
        let rules: Vec<_> = answer["data"]["groups"][0]["rules"].as_array().into_iter().flatten().collect();
        let is_ok = !rules.is_empty() && rules.iter().all(|rule| rule["health"] == "ok" && rule["state"] == "inactive");
        if is_ok { Ok(()) } else { Err(answer.to_string()) }
    };
    eventually("every rule is evaluated, and no alert is pending", PATIENCE, healthy).await;
}
