//! Traces of the commands that use the database and end.

use bookstore_tests::collector::{Collector, Received, attribute};
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::command;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use sql_server_stand_in::{Fault, StandIn};

/// Runs a command that sends its traces to the collector. Returns its exit code and its standard error.
async fn run(arguments: &[&str], connection_string: &str, collector: &Collector) -> (Option<i32>, String) {
    let mut command = command(arguments);
    command.env("connectionstring", connection_string).envs(collector.settings());
    let output = command.output().await.unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The root, and the names of the spans below it.
fn tree<'a>(received: &'a Received, root: &str) -> (&'a Span, Vec<&'a str>) {
    let mut roots = received.spans().filter(|span| span.parent_span_id.is_empty());
    let (Some(only), None) = (roots.next(), roots.next()) else { panic!("{received}") };
    assert_eq!(only.name, root);
    assert!(received.spans().all(|span| span.trace_id == only.trace_id), "{received}");
    (only, received.children(only).into_iter().map(|span| &*span.name).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migration_is_one_trace_with_a_span_per_script() {
    let server = StandIn::builder().login("sa", "Secret-1").start().await.unwrap();
    let collector = Collector::start().await;
    let (exit, log) = run(&["migrate", "--seed"], &server.connection_string("sa"), &collector).await;
    assert_eq!(exit, Some(0), "{log}");
    let received = collector.received();
    let (_, steps) = tree(&received, "migrate");
    for step in ["login", "admin/lock", "admin/unlock"] {
        assert!(steps.contains(&step), "{received}");
    }
    let script = received.spans().find(|span| span.name.starts_with("schema/001")).unwrap();
    assert_eq!(attribute(script, "db.operation.name").as_deref(), Some("BATCH"));
    assert_eq!(attribute(script, "bookstore.db.login").as_deref(), Some("sa"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failed_migration_is_an_error_with_the_number_of_its_step() {
    let (server, collector) = (shop_server().await, Collector::start().await);
    let text = "The transaction log for database 'Bookstore' is full.".to_owned();
    server.faults().once_for("sp_getapplock", Fault::Error { number: 9002, text });
    let (exit, log) = run(&["migrate"], &server.connection_string("sa"), &collector).await;
    assert_eq!(exit, Some(1), "{log}");
    let received = collector.received();
    let (root, _) = tree(&received, "migrate");
    assert_eq!(root.status.as_ref().unwrap().code(), StatusCode::Error);
    let step = received.spans().find(|span| span.name == "admin/lock").unwrap();
    assert_eq!(attribute(step, "error.type").as_deref(), Some("storage-full"));
    assert_eq!(attribute(step, "db.response.status_code").as_deref(), Some("9002"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reset_of_the_demo_is_one_trace() {
    let (server, collector) = (shop_server().await, Collector::start().await);
    let (exit, log) = run(&["demo", "reset", "--yes"], &server.connection_string("sa"), &collector).await;
    assert_eq!(exit, Some(0), "{log}");
    let received = collector.received();
    let (_, steps) = tree(&received, "demo reset");
    assert_eq!(steps, ["pool wait", "reset_demo"], "{received}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn command_without_the_database_starts_no_traces() {
    let collector = Collector::start().await;
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache").display().to_string();
    let (exit, log) =
        run(&["gmsa-ticket", "--check", "--cache", &cache], "Server=(embedded);User ID=sa", &collector).await;
    assert_eq!(exit, Some(1), "{log}");
    assert!(!log.contains("traces") && collector.received().bytes.is_empty(), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_says_why_it_sends_no_traces() {
    let server = shop_server().await;
    let mut doctor = command(&["doctor", "--json"]);
    doctor.env("connectionstring", server.connection_string("webapp"));
    doctor.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://us:Secret-9@127.0.0.1:4318");
    let output = doctor.output().await.unwrap();
    assert!(serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok(), "the report stays JSON");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("no traces are sent: OTEL_EXPORTER_OTLP_ENDPOINT has a user"), "{errors}");
    assert!(!errors.contains("Secret-9"), "{errors}");
}
