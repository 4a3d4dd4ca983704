//! What surrounds every route. The order is in `routes.rs`.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use tower::{Layer, Service};
use tracing::Instrument;

use crate::app::AppState;

pub(crate) mod access;
pub(crate) mod compression;
pub(crate) mod failure;
pub(crate) mod headers;
pub(crate) mod one_store;
pub(crate) mod request_id;

/// The outermost of them together: an id, a log line and the metrics, one store, a text for whatever refused with a bare status, and
/// the headers of every answer. One service instead of a function of axum's for each, which would cost every request a copy of all
/// that is inside.
#[derive(Clone)]
pub(crate) struct Outermost<S> {
    state: AppState,
    inner: S,
}

pub(crate) fn outermost<S>(state: AppState) -> impl Layer<S, Service = Outermost<S>> + Clone {
    tower::layer::layer_fn(move |inner| Outermost { state: state.clone(), inner })
}

impl<S> Service<Request> for Outermost<S>
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
        let id = request_id::of(&mut request);
        let api = request.uri().path().starts_with("/api/");
        let running = access::Running::of(&id, &request);
        let (state, answer) = (self.state.clone(), self.inner.call(request));
        let explained = async move {
            let Ok(response) = answer.await;
            failure::explain(&state, api, response.into_response())
        };
        let explained = one_store::keep(&self.state, explained).instrument(running.span());
        Box::pin(async move {
            let mut response = explained.await;
            running.answered(&response);
            headers::secure(response.headers_mut());
            response.headers_mut().insert(request_id::HEADER, id);
            Ok(response)
        })
    }
}
