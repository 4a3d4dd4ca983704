//! `/events`: one stream of server-sent events for all pages.
//!
//! Each event has the identity line and a change marker. A page replaces its identity line, and loads its own content
//! again when the marker has changed: pages come from the page cache, so that is one query however many are open.
//! While a stream is open, one poller per process reads the marker.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use bookstore_db::error::Error;
use bookstore_db::list::{CreatorCount, ListRequest, Sort};
use bookstore_db::search::BookFilter;
use bookstore_db::store::Store;
use futures_util::StreamExt;
use serde::Serialize;

use crate::state::AppState;
use crate::view::identity_line::IdentityLine;
use crate::view::login_palette::LoginPalette;

/// Time between two reads of the change marker.
const PERIOD: Duration = Duration::from_secs(1);
/// The same while the database is unavailable: each read may be a login, and failed logins lock an account.
const OUTAGE_PERIOD: Duration = Duration::from_secs(5);

/// Sends updates until the reader disconnects or the shop shuts down. It takes no request slot: the head of the
/// response is sent at once, and the number of streams has its own limit.
pub(crate) async fn stream(State(state): State<Arc<AppState>>) -> Response {
    let shared = Arc::clone(&state);
    let Some(updates) = state.live_streams.subscribe(move || poll(shared)) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let events = updates.map(|json| Ok::<_, Infallible>(Event::default().data(&*json)));
    // nginx and others buffer a response without this header.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    (unbuffered, Sse::new(events).keep_alive(KeepAlive::default())).into_response()
}

/// What the pages receive.
#[derive(Serialize)]
struct LiveState {
    /// Differs after any change of the books, and after a switch to another database or login. None while the database
    /// is unavailable.
    marker: Option<String>,
    /// The identity line as HTML.
    identity: String,
}

async fn poll(state: Arc<AppState>) {
    // The logins that created books, for the colours: read when the marker changes.
    let mut known: Option<(String, Vec<CreatorCount>)> = None;
    while state.live_streams.is_in_use() {
        let store = state.store();
        let marker = read_marker(&store, &mut known).await.ok();
        let login = store.login_state();
        let creators = known.iter().flat_map(|(_, creators)| creators);
        let palette = LoginPalette::of_creators(&login, creators);
        let update = LiveState { marker, identity: IdentityLine::of(&login, &palette).to_string() };
        let period = if update.marker.is_some() { PERIOD } else { OUTAGE_PERIOD };
        match serde_json::to_string(&update) {
            Ok(json) => state.live_streams.publish(&json.into()),
            Err(error) => tracing::error!(%error, "cannot send an event"),
        }
        drop(store);
        tokio::time::sleep(period).await;
    }
}

async fn read_marker(store: &Store, known: &mut Option<(String, Vec<CreatorCount>)>) -> Result<String, Error> {
    let marker = format!("{}.{}", store.generation(), store.change_marker().await?);
    if known.as_ref().is_none_or(|(last, _)| *last != marker) {
        let request = ListRequest { filter: BookFilter::default(), sort: Sort::default(), page: 1, page_size: 1 };
        *known = Some((marker.clone(), store.list(&request).await?.creators));
    }
    Ok(marker)
}
