//! Every route: path, method and handler, and what surrounds them.

use std::sync::Arc;

use axum::error_handling::HandleErrorLayer;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, post, put};
use axum::{BoxError, Router};
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::admin::{health, metrics};
use crate::api;
use crate::config::Config;
use crate::http::allowed_hosts::AllowedHosts;
use crate::http::middleware::{error_bodies, request_scope};
use crate::http::static_files;
use crate::http::{request_body, write_slots};
use crate::pages::books::{create, delete, edit, export, list, show};
use crate::pages::{api_docs, compare, diagnostics, events, home, identity, legacy};
use crate::state::AppState;

/// The routes of the shop's listener.
///
/// `cached`: the handler answers by the page cache, which takes a request slot only while a page is rendered, however
/// many requests wait for it. `limited`: when its body has arrived, the request takes a slot until it is answered;
/// without a free slot it is answered with 503.
pub(crate) fn shop(state: Arc<AppState>, config: &Config) -> Router {
    let limited = |handlers| limited(&state, config, handlers);
    let mut routes = Router::new()
        .route("/", cached(get(home::show)))
        .route("/books", cached(get(list::show)))
        .route("/books.csv", limited(get(export::csv)))
        .route("/books/{id}", cached(get(show::show)))
        .route("/books/new", limited(get(create::form).post(create::submit)))
        .route("/books/{id}/edit", limited(get(edit::form).post(edit::submit)))
        .route("/books/{id}/delete", limited(get(delete::form).post(delete::submit)))
        .route("/compare", cached(get(compare::show)))
        .route("/events", limited(get(events::stream)))
        .route("/identity", limited(get(identity::show)))
        .route("/api", limited(get(api_docs::show)))
        .route("/api/openapi.json", limited(get(api::openapi::json)))
        .route("/api/v1/books", cached(get(api::books::list)))
        .route("/api/v1/books", limited(post(api::books::create)))
        .route("/api/v1/books/{id}", cached(get(api::books::read)))
        .route("/api/v1/books/{id}", limited(put(api::books::replace).delete(api::books::delete)))
        .route("/api/v1/identity", limited(get(api::identity::read)))
        .route("/static/{file}", limited(get(static_files::serve)))
        .route("/robots.txt", limited(get(static_files::robots)))
        .route("/favicon.ico", limited(get(static_files::favicon)));
    if config.public_diagnostics {
        routes = routes
            .route("/diagnostics", limited(get(diagnostics::show_in_shop)))
            .route("/diagnostics.json", limited(get(diagnostics::show_json)));
    }
    let not_found = limited(any(legacy::redirect_or_not_found)).with_state(Arc::clone(&state));
    protect(routes.fallback_service(not_found).with_state(Arc::clone(&state)), state, config)
}

/// The routes of the admin listener, without the shop's middleware: probes have to work when all else does not.
pub(crate) fn admin(state: Arc<AppState>, config: &Config) -> Router {
    let hosts = Arc::new(AllowedHosts::of(config.admin_addr, None));
    Router::new()
        .route("/", get(health::index))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/version", get(health::version))
        .route("/metrics", get(metrics::scrape))
        .route("/diagnostics", get(diagnostics::show_on_admin).post(diagnostics::run))
        .route("/diagnostics.json", get(diagnostics::show_json).post(diagnostics::run_json))
        .with_state(state)
        // A page of another site that the operator visits starts no run.
        .layer(CsrfLayer::new())
        .layer(axum::middleware::from_fn_with_state(hosts, check_host))
}

async fn check_host(State(hosts): State<Arc<AllowedHosts>>, request: Request, next: Next) -> Response {
    match hosts.check(request.version(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(status) => (status, format!("{status}: use localhost or an IP address as the host\n")).into_response(),
    }
}

/// Handlers that answer by the page cache, which surrounds each page and not each request.
fn cached(handlers: MethodRouter<Arc<AppState>>) -> MethodRouter<Arc<AppState>> {
    handlers
}

/// Handlers that need a request slot. Without a free one the request is refused at once rather than queued.
fn limited(state: &AppState, config: &Config, handlers: MethodRouter<Arc<AppState>>) -> MethodRouter<Arc<AppState>> {
    let layers = ServiceBuilder::new()
        // The page cache compresses its own pages, once each.
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(has_no_etag)))
        .layer(axum::middleware::from_fn_with_state(config.read_timeout, request_body::receive))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&state.write_slots), write_slots::limit))
        .layer(HandleErrorLayer::new(|_: BoxError| async { StatusCode::SERVICE_UNAVAILABLE }))
        .layer(LoadShedLayer::new())
        .layer(GlobalConcurrencyLimitLayer::with_semaphore(Arc::clone(&state.request_slots)));
    handlers.layer(layers)
}

/// A strong ETag names exact bytes, so a response with one is not compressed.
fn has_no_etag(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::ETAG)
}

/// The middleware around all routes, from the outside to the inside. A response passes it upwards, so each layer
/// applies to all responses from below it.
fn protect(routes: Router, state: Arc<AppState>, config: &Config) -> Router {
    let layers = ServiceBuilder::new()
        // Host, request id, log line and metrics, pinned store, bodies of errors, security headers.
        .layer(request_scope(state, AllowedHosts::of(config.shop_addr, config.hosts.as_deref())))
        .layer(CatchPanicLayer::custom(error_bodies::panicked))
        .layer(RequestBodyLimitLayer::new(config.max_body))
        // The limit above replaces axum's.
        .layer(DefaultBodyLimit::disable())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, config.request_timeout))
        // Refuses writes from pages of other sites, by Sec-Fetch-Site, or by Origin and Host. A client that sends
        // neither, such as curl, is not a browser, so no page can make it send a request.
        .layer(CsrfLayer::new());
    routes.layer(layers)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::body::{Body, to_bytes};
    use axum::http::{Request, Response};
    use axum::routing::get;
    use bookstore_db::store::Store;
    use bookstore_db::switch::Switch;
    use tower::ServiceExt;

    use super::*;

    fn state(config: &Config) -> (tempfile::TempDir, Arc<AppState>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("books.db");
        let store = format!("Server=(embedded);AttachDbFilename={};User Id=tester", file.display());
        let store = Store::open(&store.parse().unwrap()).unwrap();
        (folder, Arc::new(AppState::new(Switch::new(store), config.max_requests)))
    }

    async fn send(routes: Router, path: &str) -> Response<Body> {
        let config = Config::read(|name| (name == "BOOKSTORE_REQUEST_TIMEOUT").then(|| "10ms".into())).unwrap();
        let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
        let (_folder, state) = state(&config);
        protect(routes, state, &config).oneshot(request).await.unwrap()
    }

    #[test]
    fn openapi_document_has_the_api_paths_of_the_table() {
        let (table, _) = include_str!("routes.rs").split_once("#[cfg(test)]").unwrap();
        let paths = table.split('"').filter(|text| text.starts_with("/api/v1/"));
        let documented = api::openapi::document().paths.paths.into_keys();
        assert_eq!(
            paths.collect::<BTreeSet<_>>(),
            documented.collect::<BTreeSet<_>>().iter().map(String::as_str).collect()
        );
    }

    #[tokio::test]
    async fn openapi_document_has_the_methods_of_the_table() {
        let config = Config::read(|_| None).unwrap();
        let (_folder, state) = state(&config);
        let shop = shop(state, &config);
        for (path, item) in api::openapi::document().paths.paths {
            let request =
                Request::patch(path.replace("{id}", "1")).header("host", "localhost").body(Body::empty()).unwrap();
            let response = shop.clone().oneshot(request).await.unwrap();
            let allowed = response.headers()[header::ALLOW].to_str().unwrap();
            let allowed: BTreeSet<_> = allowed.split(',').filter(|method| *method != "HEAD").collect();
            let documented = [("GET", item.get), ("POST", item.post), ("PUT", item.put), ("DELETE", item.delete)];
            let documented: BTreeSet<_> =
                documented.into_iter().filter(|(_, it)| it.is_some()).map(|(name, _)| name).collect();
            assert_eq!(allowed, documented, "{path}");
        }
    }

    async fn text(response: Response<Body>) -> String {
        String::from_utf8(to_bytes(response.into_body(), 10_000).await.unwrap().to_vec()).unwrap()
    }

    async fn panics() -> StatusCode {
        panic!("the secret reason")
    }

    #[tokio::test]
    async fn panic_is_500_with_all_headers_and_without_its_reason() {
        let response = send(Router::new().route("/api/broken", get(panics)), "/api/broken").await;
        assert_eq!(response.status(), 500);
        assert!(response.headers().contains_key("content-security-policy"));
        assert!(response.headers().contains_key("x-request-id"));
        let text = text(response).await;
        assert!(text.contains("Internal Server Error") && !text.contains("secret"), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn slow_handler_is_cancelled_and_503() {
        let response = send(Router::new().route("/slow", get(std::future::pending::<()>)), "/slow").await;
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
    }

    #[tokio::test]
    async fn body_of_a_handlers_own_error_stays() {
        let conflict = || async { (StatusCode::CONFLICT, axum::response::Html("two versions")) };
        let response = send(Router::new().route("/conflict", get(conflict)), "/conflict").await;
        assert_eq!((response.status().as_u16(), text(response).await.as_str()), (409, "two versions"));
    }
}
