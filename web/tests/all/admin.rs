//! Health and metrics.

use crate::client::get;
use crate::shop::Shop;

#[tokio::test]
async fn a_serving_shop_is_alive_ready_and_says_its_version() {
    let shop = Shop::start().await;
    for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n"), ("/version", "0.1.0\n")] {
        let answer = get(path).send(shop.admin).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, body), "{path}");
        assert_eq!(get(path).send(shop.addr).await.status, 404, "{path} is not for the shop's visitors");
    }
}

#[tokio::test]
async fn metrics_count_requests_by_the_routes_pattern_and_never_by_what_a_visitor_made_up() {
    let shop = Shop::start().await;
    get("/api/v1/books/1").send(shop.addr).await;
    get("/made-up-by-a-visitor").send(shop.addr).await;
    let metrics = get("/metrics").send(shop.admin).await.body;
    for line in [
        "http_requests_total{method=\"GET\",route=\"/api/v1/books/{id}\",status=\"200\"} ",
        "http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} ",
        "http_request_duration_seconds_bucket{method=\"GET\",route=\"/api/v1/books/{id}\",status=\"200\",le=\"0.1\"} ",
        "http_requests_in_flight ",
        "db_pool_connections ",
        "db_pool_idle_connections ",
        "build_info{version=\"0.1.0\"} 1",
        "process_start_time_seconds ",
    ] {
        assert!(metrics.contains(&format!("\n{line}")), "{line} is not in:\n{metrics}");
    }
    assert!(!metrics.contains("made-up"));
}
