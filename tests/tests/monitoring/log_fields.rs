//! The fields of the log's JSON lines: documented, and no others.

use std::collections::BTreeSet;
use std::path::Path;

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::{Shop, command};
use bookstore_tests::wait::{PATIENCE, eventually};
use serde_json::Value;
use sql_server_stand_in::{Fault, Gate, StandIn};
use tokio::task::JoinSet;

use super::tools::repository_file;

/// Documented fields that these scenarios do not write: of a panic, of Kerberos, and of `bookstore gmsa-ticket`.
const NOT_WRITTEN_HERE: [&str; 6] = ["cache", "ends", "location", "principal", "retry_in_seconds", "spn"];

/// The fields of the table in docs/operations.md.
fn documented() -> BTreeSet<String> {
    let page = repository_file("docs/operations.md");
    let table = page.split_once("<!-- log -->").unwrap().1.split_once("<!-- /log -->").unwrap().0;
    let first_cells = table.lines().filter_map(|row| row.strip_prefix("| `")?.split_once(" |"));
    let names = first_cells.flat_map(|(cell, _)| cell.split(", ").map(|name| name.trim_matches('`').to_owned()));
    names.collect()
}

/// The fields of all lines, and those of their spans as `spans[].name`.
fn fields(output: &str) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    for line in output.lines() {
        let Value::Object(line) = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")) else {
            panic!("no object: {line}")
        };
        for span in line.get("spans").and_then(Value::as_array).into_iter().flatten() {
            fields.extend(span.as_object().unwrap().keys().map(|name| format!("spans[].{name}")));
        }
        fields.extend(line.into_iter().map(|(name, _)| name));
    }
    fields
}

/// A shop that reads its connection string from this file.
async fn start(file: &Path, settings: &[(&str, &str)]) -> Shop {
    let mut command = command(&["serve"]);
    command.env("connectionstring_file", file).env("BOOKSTORE_LOG", "debug").envs(settings.iter().copied());
    Shop::run(command).await
}

/// The log of a shop whose login is switched, whose statement is sent again, whose collector is dead, and whose last
/// request is cut off.
async fn log_of_a_long_life(server: &StandIn) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("connectionstring");
    let good = server.connection_string("webapp");
    std::fs::write(&file, &good).unwrap();
    // Nothing listens there.
    let collector = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_BSP_SCHEDULE_DELAY", "10")];
    let shop = start(&file, &[&collector[..], &[("BOOKSTORE_DRAIN_TIMEOUT", "0s")]].concat()).await;
    let browser = Browser::new(&shop.url);
    server.faults().once_for("FETCH NEXT", Fault::Error { number: 1205, text: "Deadlock".into() });
    assert_eq!(browser.open("/books").await.status, 200);
    assert_eq!(browser.open("/nowhere").await.status, 404);
    std::fs::write(&file, format!("{good};Password=wrong")).unwrap();
    shop.wait_for_output("not switched").await;
    std::fs::write(&file, format!("{good};Application Name=other")).unwrap();
    shop.wait_for_output("switched from").await;
    shop.wait_for_output("traces are lost").await;
    let gate = Gate::closed();
    server.faults().once_for("FETCH NEXT", Fault::HoldReply(gate.clone()));
    let held = tokio::spawn(async move { browser.client.get(browser.at("/books")).send().await.map(drop) });
    eventually("the server holds the read back", PATIENCE, async || gate.arrivals() > 0).await;
    let (_, output) = shop.stop().await;
    gate.open();
    let _ = held.await;
    output
}

/// The log of a shop without a database, whose visitors get more errors than are logged.
async fn log_of_an_outage() -> String {
    let shop = Shop::start("Server=127.0.0.1,1;User ID=webapp;Password=Secret-2;Connect Timeout=1").await;
    let browser = Browser::new(&shop.url);
    let many_errors = async || {
        let mut requests = JoinSet::new();
        for _ in 0..40 {
            let browser = browser.clone();
            requests.spawn(async move { browser.open("/api/v1/books").await.status });
        }
        assert!(requests.join_all().await.iter().all(|status| *status == 503));
        shop.output().contains("\"suppressed\":")
    };
    eventually("a line counts the lines that were left out", PATIENCE, many_errors).await;
    shop.stop().await.1
}

async fn log_of_migrate(server: &StandIn) -> String {
    let mut migrate = command(&["migrate", "--grant", "webapp"]);
    let output = migrate.env("connectionstring", server.connection_string("sa")).output().await.unwrap();
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documented_log_fields_are_those_of_a_shop() {
    let server = shop_server().await;
    let logs = tokio::join!(log_of_a_long_life(&server), log_of_an_outage(), log_of_migrate(&server));
    let written = [logs.0, logs.1, logs.2].iter().flat_map(|output| fields(output)).collect::<BTreeSet<_>>();
    let mut documented = documented();
    for name in NOT_WRITTEN_HERE {
        assert!(documented.remove(name) && !written.contains(name), "{name}");
    }
    assert_eq!(written, documented, "the log, and the table in docs/operations.md");
}
