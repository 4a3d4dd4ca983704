//! One store a request: what a page says of the login is true of the rows below it, and of the row that the request makes.

use std::sync::Arc;

use bookstore_db::store::Store;
use tokio::task::futures::TaskLocalFuture;

use crate::app::AppState;

tokio::task_local! {
    static STORE: Arc<Store>;
}

/// Keeps the store of now for all that the request does; when it is answered, it lets go.
pub(super) fn keep<F: Future>(state: &AppState, request: F) -> TaskLocalFuture<Arc<Store>, F> {
    STORE.scope(state.switch.current(), request)
}

/// The store that was kept; none outside of a request, as in a stream that goes on after its answer has begun.
pub(crate) fn of_this_request() -> Option<Arc<Store>> {
    STORE.try_with(Arc::clone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookstore_db::connection_string::ConnectionString;
    use bookstore_db::login_policy::LoginPolicy;
    use bookstore_db::switch::Switch;

    #[tokio::test]
    async fn a_request_that_asks_again_after_a_switch_gets_the_store_of_its_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("books.db");
        let text = |user| -> ConnectionString {
            format!("Server=(embedded);AttachDbFilename={};User ID={user}", file.display()).parse().unwrap()
        };
        let state = AppState::new(Switch::new(Store::open(&text("sa")).unwrap()), 512);
        let request = async {
            let before = state.store();
            state.switch.to(&text("other"), LoginPolicy::default()).await.unwrap();
            assert!(Arc::ptr_eq(&before, &state.store()) && !Arc::ptr_eq(&before, &state.switch.current()));
        };
        keep(&state, request).await;
        assert_eq!(state.store().generation(), 2);
    }
}
