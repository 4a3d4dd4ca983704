//! The router as the service of one connection, observed: when a request starts, when its body has been read, and when
//! its response ends.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::http::{Request, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::Service;

use super::activity::Activity;

/// Reports to the activity when a request starts, when its body has been read, and when its response ends.
pub(super) struct ObservedService {
    pub(super) router: Router,
    pub(super) activity: Arc<Activity>,
}

impl Service<Request<Incoming>> for ObservedService {
    type Response = Response<ObservedBody<Body>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.activity.request_started(!request.body().is_end_stream());
        let activity = Arc::clone(&self.activity);
        let request = request.map(|body| ObservedBody { body, activity, ended: Activity::body_ended });
        // A router is always ready, and a clone of it is a clone of an Arc.
        let response = tower::Service::call(&mut self.router.clone(), request);
        let activity = Arc::clone(&self.activity);
        Box::pin(async move {
            let Ok(response) = response.await;
            Ok(response.map(|body| ObservedBody { body, activity, ended: Activity::response_ended }))
        })
    }
}

/// A body that reports when it is dropped: when a request's has been read or is not wanted, and when hyper has produced a
/// response's to its end.
pub(super) struct ObservedBody<B> {
    body: B,
    activity: Arc<Activity>,
    ended: fn(&Activity),
}

impl<B> Drop for ObservedBody<B> {
    fn drop(&mut self) {
        (self.ended)(&self.activity);
    }
}

impl<B: HttpBody + Unpin> HttpBody for ObservedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
