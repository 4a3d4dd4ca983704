//! Every route of the shop, and the order of the middleware around them.

use std::sync::Arc;

use axum::error_handling::HandleErrorLayer;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, map_request, map_response};
use axum::{BoxError, Router};
use tokio::sync::Semaphore;
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;

use crate::app::AppState;
use crate::config::Config;
use crate::middleware::{access, compression, failure, headers, request_id};
use crate::{api, pages};

/// The shop: all its routes, behind all its middleware.
pub(crate) fn shop(state: AppState, config: &Config) -> Router {
    let routes = Router::new().merge(pages::router(&state)).merge(api::router()).with_state(state);
    protect(routes, config)
}

/// The middleware, from the outside to the inside. Each answer passes it upwards, so what is above holds for all that is made below.
pub(crate) fn protect(routes: Router, config: &Config) -> Router {
    // One budget for all routes: a layer is made once for each of them, the semaphore is shared.
    let budget = Arc::new(Semaphore::new(config.max_requests));
    let layers = ServiceBuilder::new()
        // A client's request id is taken if it is short and plain; otherwise one is made. Echoed, and in every log line.
        .layer(map_request(request_id::keep_safe))
        .layer(SetRequestIdLayer::x_request_id(request_id::MakeId))
        .layer(PropagateRequestIdLayer::x_request_id())
        // Sees every answer, refusals too: one log line, the metrics.
        .layer(from_fn(access::observe))
        // On every answer, pages of errors included.
        .layer(map_response(headers::secure))
        .layer(CompressionLayer::new().compress_when(compression::worthwhile()))
        // Whatever below refuses with a bare status leaves as a page, or as problem+json under /api/.
        .layer(from_fn(failure::explain))
        .layer(CatchPanicLayer::custom(failure::panicked))
        // Too much to do: refused at once instead of queued without end.
        .layer(HandleErrorLayer::new(|_: BoxError| async { StatusCode::SERVICE_UNAVAILABLE }))
        .layer(LoadShedLayer::new())
        .layer(GlobalConcurrencyLimitLayer::with_semaphore(budget))
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
