//! Pins one store per request: the identity line of a page and the books below it come from the same store.

use std::sync::Arc;

use bookstore_db::store::Store;
use tokio::task::futures::TaskLocalFuture;

tokio::task_local! {
    static STORE: Arc<Store>;
}

/// Pins the store for all that `request` does. It is released when the request is answered.
pub(crate) fn pin_store<F: Future>(store: Arc<Store>, request: F) -> TaskLocalFuture<Arc<Store>, F> {
    STORE.scope(store, request)
}

/// The pinned store. None outside of a request, for example in a stream that continues after the head of its response.
pub(super) fn pinned_store() -> Option<Arc<Store>> {
    STORE.try_with(Arc::clone).ok()
}
