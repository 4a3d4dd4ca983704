//! Every route of the shop, and the order of the middleware around them.

use std::sync::Arc;

use axum::error_handling::HandleErrorLayer;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::{BoxError, Router};
use tokio::sync::Semaphore;
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::AppState;
use crate::config::Config;
use crate::middleware::{self, compression, failure};
use crate::{api, diagnostics, pages};

/// The shop: all its routes, behind all its middleware.
pub(crate) fn shop(state: AppState, config: &Config) -> Router {
    // A page that many share takes its place where it is made: those who wait for it cost next to nothing.
    let mut alone = Router::new().merge(pages::router()).merge(api::router());
    if config.public_diagnostics {
        alone = alone.merge(diagnostics::shop());
    }
    let routes = pages::shared().merge(within(&state.budget, alone)).with_state(state.clone());
    protect(routes, state, config)
}

/// Too much to do is refused at once instead of queued without end.
fn within(budget: &Arc<Semaphore>, routes: Router<AppState>) -> Router<AppState> {
    // A layer is made once for each route, the semaphore is shared.
    let layers = ServiceBuilder::new()
        // Shared pages are compressed once, where they are made.
        .layer(CompressionLayer::new().compress_when(compression::worthwhile()))
        .layer(HandleErrorLayer::new(|_: BoxError| async { StatusCode::SERVICE_UNAVAILABLE }))
        .layer(LoadShedLayer::new())
        .layer(GlobalConcurrencyLimitLayer::with_semaphore(Arc::clone(budget)));
    routes.layer(layers)
}

/// The middleware, from the outside to the inside. Each answer passes it upwards, so what is above holds for all that is made below.
fn protect(routes: Router, state: AppState, config: &Config) -> Router {
    let layers = ServiceBuilder::new()
        // A request id, a log line and the metrics of every answer, refusals too; one store, so that what a page says of the login and
        // the rows below it belong together; a page, or problem+json under /api/, for whatever below refuses with a bare status; headers.
        .layer(middleware::outermost(state))
        .layer(CatchPanicLayer::custom(failure::panicked))
        .layer(RequestBodyLimitLayer::new(config.max_body))
        // The limit above is the only one.
        .layer(DefaultBodyLimit::disable())
        // Reading a body counts, so nobody holds a place by sending slowly.
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, config.request_timeout))
        // Writes from other sites' pages are refused, by Sec-Fetch-Site or by Origin against Host. A client that sends neither, as
        // curl, is not a browser and cannot be tricked into a request.
        .layer(CsrfLayer::new());
    routes.layer(layers)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, Response};
    use axum::routing::get;
    use bookstore_db::store::Store;
    use bookstore_db::switch::Switch;
    use tower::ServiceExt;

    use super::*;

    async fn ask(routes: Router, path: &str) -> Response<Body> {
        let config = Config::read(|name| (name == "BOOKSTORE_REQUEST_TIMEOUT").then(|| "10ms".into())).unwrap();
        let request = Request::get(path).body(Body::empty()).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let store = format!("Server=(embedded);AttachDbFilename={};User Id=tester", file.path().display());
        let store = Store::open(&store.parse().unwrap()).unwrap();
        protect(routes, AppState::new(Switch::new(store), config.max_requests), &config).oneshot(request).await.unwrap()
    }

    async fn text(response: Response<Body>) -> String {
        String::from_utf8(to_bytes(response.into_body(), 10_000).await.unwrap().to_vec()).unwrap()
    }

    async fn panics() -> StatusCode {
        panic!("the secret reason")
    }

    #[tokio::test]
    async fn a_panic_is_a_page_with_all_headers_and_without_its_reason() {
        let response = ask(Router::new().route("/api/broken", get(panics)), "/api/broken").await;
        assert_eq!(response.status(), 500);
        assert!(response.headers().contains_key("content-security-policy"));
        assert!(response.headers().contains_key("x-request-id"));
        let text = text(response).await;
        assert!(text.contains("Internal Server Error") && !text.contains("secret"), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_takes_too_long_is_given_up() {
        let response = ask(Router::new().route("/slow", get(std::future::pending::<()>)), "/slow").await;
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
    }

    #[tokio::test]
    async fn what_a_handler_says_of_its_own_failure_stays() {
        let says = || async { (StatusCode::CONFLICT, axum::response::Html("two versions")) };
        let response = ask(Router::new().route("/says", get(says)), "/says").await;
        assert_eq!((response.status().as_u16(), text(response).await.as_str()), (409, "two versions"));
    }
}
