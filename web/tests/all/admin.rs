//! Health, readiness and metrics.

use crate::client::get;
use crate::shop::Shop;

#[tokio::test]
async fn serving_shop_is_alive_and_ready() {
    let shop = Shop::start().await;
    for (path, body) in
        [("/healthz", "ok\n"), ("/readyz", "ready\n"), ("/readyz?verbose", "ready\ndatabase: available\n")]
    {
        let response = get(path).send(shop.admin).await;
        assert_eq!((response.status, response.body.as_str()), (200, body), "{path}");
        assert_eq!(get(path).send(shop.addr).await.status, 404, "{path} is not on the shop's listener");
    }
    assert_eq!(get("/version").send(shop.addr).await.status, 404);
}

#[tokio::test]
async fn version_says_what_the_program_was_built_from() {
    let shop = Shop::start().await;
    let version = get("/version").send(shop.admin).await.body;
    let lines: Vec<_> = version.lines().collect();
    assert_eq!(lines[0], "0.1.0");
    let names: Vec<_> = lines[1..].iter().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    assert_eq!(names, ["commit", "target", "features", "built"]);
}

#[tokio::test]
async fn index_lists_the_addresses_of_the_admin_listener() {
    let shop = Shop::start().await;
    let index = get("/").send(shop.admin).await;
    assert_eq!((index.status, index.header("content-type")), (200, "text/html; charset=utf-8"));
    for path in ["/healthz", "/readyz?verbose", "/version", "/metrics", "/diagnostics", "/diagnostics.json"] {
        assert!(index.body.contains(&format!("href=\"{path}\"")), "{path}");
        assert_eq!(get(path).send(shop.admin).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn metrics_count_requests_by_route_and_not_by_path() {
    let shop = Shop::start().await;
    get("/api/v1/books/1").send(shop.addr).await;
    get("/unknown-path").send(shop.addr).await;
    let metrics = get("/metrics").send(shop.admin).await.body;
    for line in [
        "http_requests_total{method=\"GET\",route=\"/api/v1/books/{id}\",status=\"200\"} ",
        "http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} ",
        "http_request_duration_seconds_bucket{method=\"GET\",route=\"/api/v1/books/{id}\",status=\"200\",le=\"0.1\"} ",
        "http_requests_in_flight ",
        "http_requests_waiting_for_read ",
        "db_up 1",
        "db_pool_connections ",
        "db_pool_idle_connections ",
        "bookstore_build_info{version=\"0.1.0\",",
        "process_start_time_seconds ",
    ] {
        assert!(metrics.contains(&format!("\n{line}")), "{line} is not in:\n{metrics}");
    }
    assert!(!metrics.contains("unknown-path"));
}
