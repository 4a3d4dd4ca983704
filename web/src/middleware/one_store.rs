//! One store a request: what a page says of the login is true of the rows below it, and of the row that the request makes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bookstore_db::store::Store;

use crate::app::AppState;

tokio::task_local! {
    static STORE: Arc<Store>;
}

/// Keeps the store of now for all that the request does; when it is answered, it lets go.
pub(crate) async fn keep(State(state): State<AppState>, request: Request, next: Next) -> Response {
    STORE.scope(state.switch.current(), next.run(request)).await
}

/// The store that was kept; none outside of a request, as in a stream that goes on after its answer has begun.
pub(crate) fn of_this_request() -> Option<Arc<Store>> {
    STORE.try_with(Arc::clone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use bookstore_db::connection_string::ConnectionString;
    use bookstore_db::login_policy::LoginPolicy;
    use bookstore_db::switch::Switch;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_request_that_asks_again_after_a_switch_gets_the_store_of_its_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("books.db");
        let text = |user| -> ConnectionString {
            format!("Server=(embedded);AttachDbFilename={};User ID={user}", file.display()).parse().unwrap()
        };
        let state = AppState::new(Switch::new(Store::open(&text("sa")).unwrap()), 512);
        let other = text("other");
        let handler = async move |State(state): State<AppState>| {
            let before = state.store();
            state.switch.to(&other, LoginPolicy::default()).await.unwrap();
            assert!(Arc::ptr_eq(&before, &state.store()) && !Arc::ptr_eq(&before, &state.switch.current()));
        };
        let kept = from_fn_with_state(state.clone(), keep);
        let shop = Router::new().route("/", get(handler)).layer(kept).with_state(state.clone());
        assert_eq!(shop.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap().status(), 200);
        assert_eq!(state.store().generation(), 2);
    }
}
