//! Writes have slots of their own, so that those that wait for the database leave request slots to readers.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use crate::http::error::HandlerError;

/// Refuses a write at once if no slot is free. Reads pass.
pub(crate) async fn limit(State(slots): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let Ok(_slot) = slots.try_acquire() else { return HandlerError::BUSY.into_response() };
    next.run(request).await
}
