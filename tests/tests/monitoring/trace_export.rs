//! How spans reach a collector, and one that is slow, unreachable or refuses them.

use bookstore_tests::collector::Collector;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::Shop;
use bookstore_tests::wait::{PATIENCE, eventually};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::trace::v1::Span;
use reqwest::StatusCode;
use serde_json::Value;

use super::traces::{get, is_server_span, ready_shop, trace_id};

/// Whether the program has the thread that sends spans.
fn has_sender_thread(shop: &Shop) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{}/task", shop.pid().unwrap())).unwrap();
    let names = threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok());
    names.into_iter().any(|name| name.starts_with("OpenTelemetry"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traces_are_off_without_an_endpoint() {
    let (server, collector) = (shop_server().await, Collector::start().await);
    let disabled = [&collector.settings()[..], &[("OTEL_SDK_DISABLED", "true")]].concat();
    for settings in [&[("OTEL_SERVICE_NAME", "shop"), ("OTEL_TRACES_SAMPLER", "always_on")][..], &disabled] {
        let shop = ready_shop(&server, "", settings).await;
        let problem: Value = get(&shop, "/api/v1/books/99", &trace_id(1)).await.json().await.unwrap();
        assert_eq!(problem.get("traceId"), None);
        shop.wait_for_output("\"refused\"").await;
        assert!(!shop.output().contains("trace"), "{}", shop.output());
        assert!(!has_sender_thread(&shop));
        shop.stop().await;
    }
    let shop = ready_shop(&server, "", &collector.settings()).await;
    assert!(has_sender_thread(&shop), "otherwise the thread has another name");
    assert!(collector.received().headers.is_empty());
}

/// Sends pages to a shop whose collector is of no use, and stops it.
async fn works_with(endpoint: &str) -> String {
    let server = shop_server().await;
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_BSP_SCHEDULE_DELAY", "10")];
    let settings =
        [&settings[..], &[("OTEL_BSP_MAX_QUEUE_SIZE", "8"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8")]].concat();
    let shop = ready_shop(&server, "", &settings).await;
    for _ in 0..30 {
        assert_eq!(get(&shop, "/books", &trace_id(1)).await.status(), 200);
    }
    let (status, output) = shop.stop().await;
    assert!(status.success(), "{output}");
    output
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_collector_neither_fails_requests_nor_delays_the_end() {
    // Nothing listens there.
    let output = works_with("http://127.0.0.1:1").await;
    assert_eq!(output.matches("traces are lost").count(), 1, "{output}");
}

/// What a collector that refuses the first batches has received of a shop that had one request, and the shop's output.
async fn one_request_with(collector: &Collector, more: &[(&str, &str)]) -> (Vec<Span>, String) {
    let server = shop_server().await;
    // All spans are in the batch of the end.
    let settings = [&collector.settings()[..], &[("OTEL_BSP_SCHEDULE_DELAY", "60000")], more].concat();
    let shop = ready_shop(&server, "", &settings).await;
    let id = trace_id(1);
    get(&shop, "/books", &id).await;
    let (_, output) = shop.stop().await;
    (collector.received().spans().filter(|span| is_server_span(span, &id)).cloned().collect(), output)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batch_that_the_collector_cannot_take_now_is_sent_again() {
    let collector = Collector::refusing(&[StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS]).await;
    let (spans, output) = one_request_with(&collector, &[]).await;
    assert_eq!((spans.len(), collector.received().headers.len()), (1, 3), "{output}");
    assert!(!output.contains("traces are lost"), "{output}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batch_that_the_collector_refuses_is_not_sent_again() {
    let collector = Collector::refusing(&[StatusCode::BAD_REQUEST]).await;
    let (spans, output) = one_request_with(&collector, &[]).await;
    assert_eq!((spans.len(), collector.received().headers.len()), (0, 1), "{output}");
    assert!(output.contains("traces are lost") && output.contains("it answered 400 Bad Request"), "{output}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_batch_is_sent_at_once() {
    let (server, collector) = (shop_server().await, Collector::start().await);
    let limits = [("OTEL_BSP_SCHEDULE_DELAY", "600000"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "20")];
    let shop = ready_shop(&server, "", &[&collector.settings()[..], &limits].concat()).await;
    // The sender wakes at the first span, and sleeps again before the batch is full.
    for _ in 0..10 {
        get(&shop, "/books", &trace_id(1)).await;
    }
    collector.wait_for("a full batch", |_| true).await;
    shop.stop().await;
    let sizes = collector.received().batch_sizes();
    let (last, full) = sizes.split_last().unwrap();
    assert!(full.iter().all(|size| *size == 20) && !full.is_empty() && *last <= 20, "{sizes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_that_find_the_queue_full_are_reported_once() {
    let server = shop_server().await;
    // A batch waits there until its time is over, and the queue is full meanwhile.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "200"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "1"),
    ];
    let shop = ready_shop(&server, "", &settings).await;
    let report = async || {
        get(&shop, "/books", &trace_id(1)).await;
        let output = shop.output();
        if output.contains("spans are dropped") { Ok(()) } else { Err(output) }
    };
    eventually("the shop reports dropped spans", PATIENCE, report).await;
    let (_, output) = shop.stop().await;
    assert_eq!(output.matches("spans are dropped").count(), 1, "{output}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_are_compressed_if_asked_for() {
    let collector = Collector::start().await;
    let (spans, output) = one_request_with(&collector, &[("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")]).await;
    assert_eq!(spans.len(), 1, "{output}");
    let headers = collector.received().headers;
    assert!(headers.iter().all(|headers| headers["content-encoding"] == "gzip"), "{headers:?}");
    assert_eq!(headers[0]["content-type"], "application/x-protobuf");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_that_the_collector_rejects_are_reported_once() {
    let rejected = ExportTracePartialSuccess { rejected_spans: 1, error_message: "quota of ten\nspans".into() };
    let answer = ExportTraceServiceResponse { partial_success: Some(rejected) };
    let output = works_with(&Collector::answering(answer).await.url).await;
    assert_eq!(output.matches("traces are lost").count(), 1, "{output}");
    assert!(
        output.contains(r"it took a batch only in part; spans rejected: 1, reason: quota of ten\nspans"),
        "{output}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collector_that_never_answers_does_not_keep_the_shop() {
    // Connections are accepted by the system, and nobody reads them.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let output = works_with(&format!("http://{}", silent.local_addr().unwrap())).await;
    assert!(output.contains("sending traces to"), "{output}");
    assert!(output.contains("the collector did not take the last spans within 2s"), "{output}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collector_of_another_protocol_is_refused_in_the_log() {
    let server = shop_server().await;
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
    let shop = ready_shop(&server, "", &settings).await;
    assert!(shop.output().contains("OTEL_EXPORTER_OTLP_PROTOCOL is \\\"grpc\\\""), "{}", shop.output());
    assert!(!has_sender_thread(&shop));
}
