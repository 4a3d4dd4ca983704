//! The request that a task works for. Its log lines and its error bodies name it.

use std::sync::Arc;

use axum::http::{HeaderValue, Uri};
use tokio::task::futures::TaskLocalFuture;

use crate::traces::TraceId;

/// What identifies a request.
#[derive(Debug)]
pub(crate) struct CurrentRequest {
    /// The value of `x-request-id`.
    pub(crate) id: HeaderValue,
    /// A known method, or `other`.
    pub(crate) method: &'static str,
    pub(crate) uri: Uri,
    /// None while traces are off.
    pub(crate) trace_id: Option<TraceId>,
}

tokio::task_local! {
    static CURRENT: Option<Arc<CurrentRequest>>;
}

/// Work for a request.
pub(crate) type ForRequest<F> = TaskLocalFuture<Option<Arc<CurrentRequest>>, F>;

impl CurrentRequest {
    /// The request that the caller works for. In a shared read it is the one that supplied the read, which must not
    /// be a part of the result.
    pub(crate) fn get() -> Option<Arc<Self>> {
        CURRENT.try_with(Option::clone).ok().flatten()
    }

    /// Runs work for a request, or for none.
    pub(crate) fn run<F: Future>(request: Option<Arc<Self>>, work: F) -> ForRequest<F> {
        CURRENT.scope(request, work)
    }

    /// Runs synchronous work for this request.
    pub(crate) fn run_sync<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(Some(Arc::clone(self)), work)
    }
}
