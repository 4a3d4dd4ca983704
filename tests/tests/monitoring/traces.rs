//! Traces, as a collector receives them.

use bookstore_tests::browser::Browser;
use bookstore_tests::collector::{Collector, attribute};
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::{Shop, command};
use bookstore_tests::wait::{PATIENCE, eventually};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use reqwest::Response;
use serde_json::Value;
use sql_server_stand_in::{Fault, Gate, StandIn};

/// The span of a client, as `traceparent` names it.
const CLIENT_SPAN: &str = "00f067aa0ba902b7";

/// A trace id that ends so.
pub(super) fn trace_id(end: u8) -> String {
    format!("4bf92f3577b34da6a3ce929d0e0e47{end:02x}")
}

/// Sends a request of a sampled trace.
pub(super) async fn get(shop: &Shop, path: &str, trace_id: &str) -> Response {
    let browser = Browser::new(&shop.url);
    let request = browser.client.get(browser.at(path)).header("traceparent", format!("00-{trace_id}-{CLIENT_SPAN}-01"));
    request.header("x-request-id", format!("id-of-{trace_id}")).send().await.unwrap()
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn is_server_span(span: &Span, trace_id: &str) -> bool {
    span.kind() == SpanKind::Server && hex(&span.trace_id) == trace_id
}

/// A shop that sends its traces to the collector. It has finished the statements of its start.
pub(super) async fn ready_shop(server: &StandIn, more: &str, settings: &[(&str, &str)]) -> Shop {
    let shop = Shop::start_with(&format!("{}{more}", server.connection_string("webapp")), settings).await;
    let admin = Browser::new(&shop.admin_url);
    eventually("the shop is ready", PATIENCE, async || admin.open("/readyz").await.status == 200).await;
    shop
}

fn has_attributes(span: &Span, expected: &[(&str, &str)]) {
    for (key, value) in expected {
        assert_eq!(attribute(span, key).as_deref(), Some(*value), "{key} of {}", span.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_has_one_tree_of_spans_by_the_conventions() {
    let (server, collector) = (shop_server().await, Collector::start().await);
    let settings = [&collector.settings()[..], &[("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")]];
    // Each statement needs a login of its own.
    let shop = ready_shop(&server, ";Pooling=false", &settings.concat()).await;
    let id = trace_id(1);
    assert_eq!(get(&shop, "/books/1?q=Needle", &id).await.status(), 200);

    let request = collector.wait_for("the server span", |span| is_server_span(span, &id)).await;
    let received = collector.received();
    assert_eq!((request.name.as_str(), hex(&request.parent_span_id).as_str()), ("GET /books/{id}", CLIENT_SPAN));
    let (_, port) = shop.url.rsplit_once(':').unwrap();
    has_attributes(
        &request,
        &[
            ("http.request.method", "GET"),
            ("http.route", "/books/{id}"),
            ("http.response.status_code", "int 200"),
            ("url.path", "/books/1"),
            ("url.scheme", "http"),
            ("server.address", "127.0.0.1"),
            ("server.port", &format!("int {port}")),
            ("bookstore.request.id", &format!("id-of-{id}")),
        ],
    );
    let [read] = received.children(&request)[..] else { panic!("{received}") };
    assert_eq!((read.name.as_str(), read.kind()), ("shared read", SpanKind::Internal));
    let mut below = received.children(read);
    below.sort_by_key(|span| span.start_time_unix_nano);
    let [wait, statement] = below[..] else { panic!("{received}") };
    let [login] = received.children(wait)[..] else { panic!("{received}") };
    let names = [wait, login, statement].map(|span| (span.name.as_str(), span.kind()));
    assert_eq!(names, ["pool wait", "login", "get"].map(|name| (name, SpanKind::Client)));
    let address = server.addr();
    let port = format!("int {}", address.port());
    for span in [wait, login, statement] {
        assert_eq!(hex(&span.trace_id), id);
        has_attributes(
            span,
            &[
                ("db.system.name", "microsoft.sql_server"),
                ("db.namespace", "Bookstore"),
                ("server.address", "localhost"),
                ("server.port", &port),
            ],
        );
    }
    for span in [login, statement] {
        has_attributes(span, &[("bookstore.db.login", "webapp"), ("bookstore.db.auth_scheme", "SQL")]);
    }
    has_attributes(statement, &[("db.operation.name", "SELECT"), ("db.query.summary", "get")]);
    let resource = received.resource();
    let resource_of = |key: &str| resource.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    assert_eq!(resource_of("service.name"), Some("bookstore"));
    assert_eq!(resource_of("deployment.environment.name"), Some("test"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_share_a_read_are_linked_to_its_span() {
    let (server, collector) = (shop_server().await, Collector::start().await);
    let shop = ready_shop(&server, "", &collector.settings()).await;
    let gate = Gate::closed();
    server.faults().once_for("FETCH NEXT", Fault::HoldReply(gate.clone()));
    let ids = [1, 2, 3].map(trace_id);
    let [first, second, third] = &ids;
    let requests = async {
        let held = get(&shop, "/books", first);
        let sharing = async {
            eventually("the server holds the read back", PATIENCE, async || gate.arrivals() > 0).await;
            let metrics = Browser::new(&shop.admin_url);
            let waiting = "http_requests_waiting_for_read 2\n";
            let open = async {
                let probe = async || metrics.open("/metrics").await.text.contains(waiting);
                eventually(waiting, PATIENCE, probe).await;
                gate.open();
            };
            tokio::join!(get(&shop, "/books", second), get(&shop, "/books", third), open)
        };
        tokio::join!(held, sharing)
    };
    requests.await;

    for id in &ids {
        collector.wait_for("a server span", |span| is_server_span(span, id)).await;
    }
    let received = collector.received();
    let requests = ids.each_ref().map(|id| received.spans().find(|span| is_server_span(span, id)).unwrap());
    let reads = || received.spans().filter(|span| span.name == "shared read");
    assert_eq!(reads().count(), 2, "{received}");
    let shared = reads().find(|span| hex(&span.trace_id) != *first).unwrap();
    let (parents, linked): (Vec<&Span>, Vec<&Span>) =
        requests[1..].iter().copied().partition(|request| request.span_id == shared.parent_span_id);
    assert!(parents.len() == 1 && parents[0].links.is_empty(), "{parents:?}");
    let links: Vec<_> = linked.iter().flat_map(|request| &request.links).collect();
    let [link] = links[..] else { panic!("{linked:?}") };
    assert_eq!((&link.span_id, &link.trace_id), (&shared.span_id, &shared.trace_id));
    assert!(requests[0].links.is_empty(), "it shared its read with nobody");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failed_login_is_an_error_of_its_spans_without_secrets() {
    let (server, collector) = (shop_server().await, Collector::start().await);
    let text = format!("{};Password=Wr0ng-Horse", server.connection_string("webapp"));
    let shop = Shop::start_with(&text, &collector.settings()).await;
    let id = trace_id(1);
    assert_eq!(get(&shop, "/books?q=Needle&author=Needle", &id).await.status(), 503);
    let request = collector.wait_for("the server span", |span| is_server_span(span, &id)).await;
    has_attributes(&request, &[("error.type", "login-refused"), ("http.response.status_code", "int 503")]);
    assert_eq!(request.status.as_ref().unwrap().code(), StatusCode::Error);
    let read = collector.wait_for("the shared read", |span| span.name == "shared read").await;
    has_attributes(&read, &[("error.type", "login-refused")]);
    assert_eq!(read.status.as_ref().unwrap().code(), StatusCode::Error);
    // The login within it may end after the request.
    let wait = collector.wait_for("the wait", |span| span.name == "pool wait").await;
    has_attributes(&wait, &[("error.type", "login-refused"), ("db.response.status_code", "18456")]);

    let write = Browser::new(&shop.url);
    let client = write.client.post(write.at("/books/new")).body("title=Needle&price=1");
    client.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    collector.wait_for("the write", |span| span.name == "POST /books/new").await;
    let received = collector.received();
    let mut bytes = String::from_utf8_lossy(&received.bytes).into_owned();
    received.headers.iter().for_each(|headers| bytes.push_str(&format!("{headers:?}")));
    for secret in ["Wr0ng-Horse", "Secret-2", "assword", "Needle", "Data Source", "Login failed"] {
        assert!(!bytes.contains(secret), "{secret} is in:\n{received}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_line_and_problem_have_the_trace_id() {
    let (server, collector) = (shop_server().await, Collector::start().await);
    let shop = ready_shop(&server, "", &collector.settings()).await;
    let id = trace_id(1);
    let problem: Value = get(&shop, "/api/v1/books/99", &id).await.json().await.unwrap();
    assert_eq!((&problem["status"], &problem["traceId"]), (&404.into(), &id.as_str().into()));
    assert_eq!(problem["xRequestId"], format!("id-of-{id}"));
    shop.wait_for_output("\"refused\"").await;
    let output = shop.output();
    let line: Value = serde_json::from_str(output.lines().find(|line| line.contains("\"refused\"")).unwrap()).unwrap();
    assert_eq!((&line["spans"][0]["trace_id"], &line["spans"][0]["id"]), (&problem["traceId"], &problem["xRequestId"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_that_is_not_sampled_has_only_a_trace_id() {
    let (server, collector) = (shop_server().await, Collector::start().await);
    let settings = [&collector.settings()[..], &[("OTEL_TRACES_SAMPLER", "always_off")]].concat();
    let shop = ready_shop(&server, "", &settings).await;
    let browser = Browser::new(&shop.url);
    let response = browser.client.get(browser.at("/api/v1/books/99")).send().await.unwrap();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["traceId"].as_str().unwrap().len(), 32);
    let (status, output) = shop.stop().await;
    assert!(status.success(), "{output}");
    assert!(collector.received().headers.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctors_report_has_the_id_of_its_trace() {
    let (server, collector) = (shop_server().await, Collector::start().await);
    let mut doctor = command(&["doctor", "--json"]);
    doctor.env("connectionstring", server.connection_string("webapp")).envs(collector.settings());
    let output = doctor.output().await.unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let shop = ready_shop(&server, "", &collector.settings()).await;
    let admin = Browser::new(&shop.admin_url);
    let response = admin.client.post(admin.at("/diagnostics.json")).send().await.unwrap();
    let served: Value = response.json().await.unwrap();
    assert_ne!(report["trace_id"], served["trace_id"]);
    for report in [report, served] {
        let is_run = |span: &Span| span.name == "doctor" && report["trace_id"] == hex(&span.trace_id);
        let run = collector.wait_for("the doctor's span", is_run).await;
        let received = collector.received();
        let children = received.children(&run);
        assert!(children.iter().any(|span| span.name == "login"), "{received}");
    }
}
