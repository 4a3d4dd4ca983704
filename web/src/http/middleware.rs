//! The outermost middleware of the shop: what applies to every request and every response. `routes.rs` has the whole
//! order.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tower::{Layer, Service};

use crate::http::allowed_hosts::AllowedHosts;
use crate::http::current_request::CurrentRequest;
use crate::state::AppState;
use crate::state::pinned_store::pin_store;

pub(crate) mod access_log;
pub(crate) mod error_bodies;
mod failure_sampling;
pub(crate) mod request_id;
mod security_headers;

/// A service that adds to each request: the check of its host, a request id, a log line and metrics, a pinned store, a
/// body for bare errors, and the security headers. It is one service rather than several axum middleware functions,
/// each of which would clone all services inside it per request.
#[derive(Clone)]
pub(crate) struct RequestScope<S> {
    state: Arc<AppState>,
    hosts: Arc<AllowedHosts>,
    inner: S,
}

pub(crate) fn request_scope<S>(
    state: Arc<AppState>,
    hosts: AllowedHosts,
) -> impl Layer<S, Service = RequestScope<S>> + Clone {
    let hosts = Arc::new(hosts);
    tower::layer::layer_fn(move |inner| RequestScope { state: state.clone(), hosts: Arc::clone(&hosts), inner })
}

impl<S> Service<Request> for RequestScope<S>
where
    S: Service<Request, Response: IntoResponse, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let id = request_id::ensure(&mut request);
        let is_api = request.uri().path().starts_with("/api/");
        let running = access_log::RunningRequest::start(&id, &request);
        let response = match self.hosts.check(request.version(), request.headers()) {
            Ok(()) => Ok(self.inner.call(request)),
            Err(status) => Err(status),
        };
        let (state, draining) = (self.state.clone(), self.state.clone());
        let current = running.request();
        let response = async move {
            let response = match response {
                Ok(response) => response.await.map_or_else(|never| match never {}, IntoResponse::into_response),
                Err(status) => status.into_response(),
            };
            error_bodies::add_body(&state, is_api, &current, response)
        };
        let response = CurrentRequest::run(Some(running.request()), pin_store(self.state.switch.current(), response));
        let response = running.trace().run(response);
        Box::pin(async move {
            let mut response = response.await;
            running.finish(&response);
            security_headers::add(response.headers_mut());
            response.headers_mut().insert(request_id::HEADER, id);
            if draining.readiness.is_draining() {
                // The client's next request needs another replica.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response)
        })
    }
}
