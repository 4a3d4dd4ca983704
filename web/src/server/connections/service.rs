//! The router as the service of one connection, observed: when a request starts, when its body has arrived, and when its
//! response ends.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::Service;

use super::activity::Activity;

/// Reports to the activity when a request starts, when its body has arrived, and when its response ends.
pub(super) struct ObservedService {
    pub(super) router: Router,
    pub(super) activity: Arc<Activity>,
}

impl Service<Request<Incoming>> for ObservedService {
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.activity.request_started(!request.body().is_end_stream());
        let request = request.map(|body| RequestBody { body, activity: Arc::clone(&self.activity) });
        // A router is always ready, and a clone of it is a clone of an Arc.
        let response = tower::Service::call(&mut self.router.clone(), request);
        let activity = Arc::clone(&self.activity);
        Box::pin(async move {
            let Ok(response) = response.await;
            Ok(response.map(|body| ResponseBody { body, activity }))
        })
    }
}

/// A request's body.
struct RequestBody {
    body: Incoming,
    activity: Arc<Activity>,
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        let has_more = matches!(&frame, Poll::Pending | Poll::Ready(Some(Ok(_)))) && !self.body.is_end_stream();
        if !has_more {
            self.activity.body_ended();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A response's body. hyper drops it when it has produced the response to its end.
pub(super) struct ResponseBody {
    body: Body,
    activity: Arc<Activity>,
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.activity.response_ended();
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
